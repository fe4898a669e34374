"""Quantile over a time window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr
from penstock.ops.window.ranked import Ranked, quantile
from penstock.streams import Clock


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int, q: float) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        values = x[(np.arange(x.size) < upto[i]) & (ts > at[i] - width)]
        if values.size and np.isfinite(values).all():
            out[i] = np.quantile(values, q, method="linear")
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowQuantile(Ranked):
    r"""Quantile of the last `width` of time, linear between order statistics (type 7).

    .. math:: y_p = x_{(k)} + (h - k) (x_{(k+1)} - x_{(k)}), \quad
        h = 1 + (|W(p)| - 1) q, \; k = \lfloor h \rfloor

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: 1; an empty
    window is NaN. Unit: that of `x`. The window is (t-w, t] at an event and [T-w, T) over events at
    a timed tick. Exact; equal values are kept once, and the place of the last one is the first guess,
    so that a walk on a grid of prices costs little.

    References
    ----------
    Hyndman, R. J., Fan, Y. (1996). Sample quantiles in statistical packages. The American
    Statistician 50(4), 361-365.

    Examples
    --------
    >>> evaluate(WindowQuantile(x, width="3s", q=0.75), x=[1.0, 3.0, 2.0, 9.0])
    [1.0, 2.5, 2.5, 6.0]
    """

    x: Expr
    width: Duration
    q: float
    on: Clock = VIEW

    kernel = staticmethod(quantile)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s", "q": 0.2}

    def check(self) -> None:
        super().check()
        self.require("q must be from 0 to 1", 0.0 <= self.q <= 1.0, self.q)
