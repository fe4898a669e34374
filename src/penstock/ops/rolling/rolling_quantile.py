"""Quantile over the last ticks."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.rolling.ordered import ORDERED, REGISTERS, quantile


def _oracle(x: F8, window: int, q: float) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        out[t] = np.quantile(values, q, method="linear") if np.isfinite(values).all() else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingQuantile(Operator):
    r"""Quantile of the last `window` values, linear between order statistics (type 7).

    .. math::
        y_t = x_{(k)} + (h - k) (x_{(k+1)} - x_{(k)}), \quad
        h = 1 + (w - 1) q, \; k = \lfloor h \rfloor

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`.

    References
    ----------
    Hyndman, R. J., Fan, Y. (1996). Sample quantiles in statistical packages. The American
    Statistician 50(4), 361-365.

    Examples
    --------
    >>> evaluate(RollingQuantile(x, window=3, q=0.75), x=[1.0, 3.0, 2.0, 9.0])
    [nan, nan, 2.5, 6.0]
    """

    x: Expr
    window: int
    q: float

    registers: ClassVar = REGISTERS
    history: ClassVar = ORDERED
    cost: ClassVar = LINEAR
    kernel = staticmethod(quantile)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "q": 0.2}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require("q must be from 0 to 1", 0.0 <= self.q <= 1.0, self.q)

    @property
    def rank(self) -> int:
        """The place of the lower of the two values."""
        return math.floor((self.window - 1) * self.q)

    @property
    def weight(self) -> float:
        """The weight of the upper of the two values."""
        return (self.window - 1) * self.q - self.rank

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window
