"""Median over a time window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr
from penstock.ops.window.ranked import Ranked, quantile
from penstock.streams import Clock


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        values = x[(np.arange(x.size) < upto[i]) & (ts > at[i] - width)]
        if values.size and np.isfinite(values).all():
            out[i] = np.median(values)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowMedian(Ranked):
    r"""Median of the last `width` of time; the mean of the middle two of an even number of values.

    .. math:: y_p = \operatorname{median} \{ x_q : q \in W(p) \}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: 1; an empty
    window is NaN. Unit: that of `x`. The window is (t-w, t] at an event and [T-w, T) over events at
    a timed tick. Exact.

    References
    ----------
    Tukey, J. W. (1977). Exploratory Data Analysis. Addison-Wesley, chapter 2.

    Examples
    --------
    >>> evaluate(WindowMedian(x, width="3s"), x=[1.0, 3.0, 2.0, 9.0])
    [1.0, 2.0, 2.0, 3.0]
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    kernel = staticmethod(quantile)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}

    @property
    def q(self) -> float:
        """The middle."""
        return 0.5
