"""Wilder's smoothing."""

from dataclasses import dataclass
from typing import ClassVar

from penstock.core.arrays import F8
from penstock.expr import Expr, Operator
from penstock.ops.expanding.seeded import REGISTERS, smooth, weighted


def _oracle(x: F8, window: int) -> F8:
    return weighted(x, window, 1.0 / window)


@dataclass(frozen=True, eq=False, repr=False)
class Wilder(Operator):
    r"""Wilder's moving average.

    .. math::
        y_t = y_{t-1} + \frac{1}{w} (x_t - y_{t-1}), \quad y_w = \frac{1}{w} \sum_{i=1}^{w} x_i

    Notes
    -----
    Seed: the mean of the first `window` values. NaN: what is not finite is skipped, the last
    average stands. Warm-up: `window`. Unit: that of `x`. This is the average of RSI, ATR and ADX.

    References
    ----------
    Wilder, J. W. (1978). New Concepts in Technical Trading Systems. Trend Research, section II.

    Examples
    --------
    >>> evaluate(Wilder(x, window=2), x=[1.0, 3.0, 4.0])
    [nan, 2.0, 3.0]
    """

    x: Expr
    window: int

    registers: ClassVar = REGISTERS
    kernel = staticmethod(smooth)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)

    @property
    def alpha(self) -> float:
        """The weight of the newest value."""
        return 1.0 / self.window

    @property
    def warmup(self) -> int:
        return self.window
