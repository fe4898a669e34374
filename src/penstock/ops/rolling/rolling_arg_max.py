"""Ticks since the largest of the last values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.rolling.extremes import HISTORY, REGISTERS, since


def _oracle(x: F8, window: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        newest_first = x[t - window + 1 : t + 1][::-1]
        if np.isfinite(newest_first).all():
            out[t] = np.argmax(newest_first)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingArgMax(Operator):
    r"""Ticks since the largest of the last `window` values.

    .. math:: y_t = \min \{ k \ge 0 : x_{t-k} = \max_{t-w < i \le t} x_i \}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    1. From 0 to `window` - 1; of equal values the newest counts. Aroon is 1 less the share of the
    window.

    References
    ----------
    Chande, T. S. (1995). A time price oscillator. Technical Analysis of Stocks & Commodities 13(9):
    Aroon.

    Examples
    --------
    >>> evaluate(RollingArgMax(x, window=3), x=[1.0, 3.0, 2.0, 3.0])
    [nan, nan, 1.0, 0.0]
    """

    x: Expr
    window: int

    registers: ClassVar = REGISTERS
    history: ClassVar = HISTORY
    ahead: ClassVar = "entered"
    kernel = staticmethod(since)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)

    @property
    def sign(self) -> float:
        """1 for the largest, -1 for the smallest."""
        return 1.0

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
