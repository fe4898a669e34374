"""Median over the last ticks."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.rolling.ordered import ORDERED, REGISTERS, quantile


def _oracle(x: F8, window: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        out[t] = np.median(values) if np.isfinite(values).all() else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingMedian(Operator):
    r"""Median of the last `window` values; the mean of the middle two where the window is even.

    .. math:: y_t = \operatorname{median}(x_{t-w+1}, \dots, x_t)

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`.

    References
    ----------
    Tukey, J. W. (1977). Exploratory Data Analysis. Addison-Wesley, chapter 2.

    Examples
    --------
    >>> evaluate(RollingMedian(x, window=3), x=[1.0, 3.0, 2.0, 9.0])
    [nan, nan, 2.0, 3.0]
    """

    x: Expr
    window: int

    registers: ClassVar = REGISTERS
    history: ClassVar = ORDERED
    cost: ClassVar = LINEAR
    kernel = staticmethod(quantile)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)

    @property
    def rank(self) -> int:
        """The place of the lower of the middle values."""
        return (self.window - 1) // 2

    @property
    def weight(self) -> float:
        """The weight of the upper of the middle values."""
        return 0.5 if self.window % 2 == 0 else 0.0

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window
