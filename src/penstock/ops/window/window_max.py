"""Maximum over a time window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr
from penstock.ops.window.extremes import Extreme, extreme
from penstock.streams import Clock


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        values = x[(np.arange(x.size) < upto[i]) & (ts > at[i] - width)]
        if values.size and np.isfinite(values).all():
            out[i] = values.max()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowMax(Extreme):
    r"""Maximum of the last `width` of time.

    .. math:: y_p = \max_{q \in W(p)} x_q

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: 1; an empty
    window is NaN. Unit: that of `x`. The window is (t-w, t] at an event and [T-w, T) over events at
    a timed tick.

    References
    ----------
    Lemire, D. (2006). Streaming maximum-minimum filter using no more than three comparisons per
    element. Nordic Journal of Computing 13(4), 328-339.

    Examples
    --------
    >>> evaluate(WindowMax(x, width="2s"), x=[1.0, 3.0, 2.0])
    [1.0, 3.0, 3.0]
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    kernel = staticmethod(extreme)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}

    @property
    def sign(self) -> float:
        """1 for the largest, -1 for the smallest."""
        return 1.0
