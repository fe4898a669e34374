"""Linearly weighted mean of the last values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.rolling.positions import HISTORY, REGISTERS, move_on, sums


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int) -> None:
    s = registers[0]
    for i in range(out.size):
        move_on(s, history, x, i + window, window)
        total, product, _ = sums(s, history, window)
        known = s["full"] == 1 and maths.is_finite(total)
        value = s["anchor"] + total / window + 2.0 * product / (window * (window + 1.0))
        out[i] = value if known else np.nan


def _oracle(x: F8, window: int) -> F8:
    out, weights = np.full(x.size, np.nan), np.arange(1, window + 1).astype(np.longdouble)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            out[t] = values[0] + np.dot(weights, values - values[0]) / weights.sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingWeightedMean(Operator):
    r"""Mean of the last `window` values with weights that rise by one from the oldest to the newest.

    .. math:: y_t = \frac{2}{w (w + 1)} \sum_{k=0}^{w-1} (w - k) \, x_{t-k}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`. The building block of the Hull average.

    References
    ----------
    Hull, A. (2005). How to reduce lag in a moving average. Kaufman, P. J. (2013). Trading Systems
    and Methods, 5th edition, chapter 7.

    Examples
    --------
    >>> evaluate(RollingWeightedMean(x, window=3), x=[1.0, 1.0, 4.0])
    [nan, nan, 2.5]
    """

    x: Expr
    window: int

    registers: ClassVar = REGISTERS
    history: ClassVar = HISTORY
    ahead: ClassVar = "entered"
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window
