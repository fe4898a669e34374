"""Trimmed mean over the last values."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.rolling.ordered import ORDERED, REGISTERS, move_on


@jit
def _kernel(
    out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int, cut: int
) -> None:
    s = registers[0]
    seen, size = s["seen"], s["size"]
    for i in range(out.size):
        size = move_on(history, seen, size, x[i], x[i + window], window)
        seen += 1
        out[i] = np.nan
        if size == window:
            first, past = history[cut]["value"], 0.0
            kept = history[cut : window - cut]
            for j in range(kept.size):
                past += kept[j]["value"] - first
            out[i] = first + past / (window - 2 * cut)
    s["seen"], s["size"] = seen, size


def _oracle(x: F8, window: int, cut: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = np.sort(x[t - window + 1 : t + 1])
        if np.isfinite(values).all():
            kept = values[cut : window - cut]
            out[t] = kept[0] + (kept - kept[0]).astype(np.longdouble).mean()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingTrimmedMean(Operator):
    r"""Mean of the last `window` values without the most extreme ones at either end.

    .. math:: y_t = \frac{1}{w - 2 g} \sum_{j=g+1}^{w-g} x_{(j)}, \quad g = \lfloor w q \rfloor

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`. `share` q is what is left out at each end.

    References
    ----------
    Tukey, J. W., McLaughlin, D. H. (1963). Less vulnerable confidence and significance procedures
    for location based on a single sample. Sankhya A 25(3), 331-352.

    Examples
    --------
    >>> evaluate(RollingTrimmedMean(x, window=3, share=0.34), x=[1.0, 3.0, 9.0, 4.0])
    [nan, nan, 3.0, 4.0]
    """

    x: Expr
    window: int
    share: float

    registers: ClassVar = REGISTERS
    history: ClassVar = ORDERED
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "share": 0.2}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require("share must be at least 0 and below 0.5", 0.0 <= self.share < 0.5, self.share)

    @property
    def cut(self) -> int:
        """How many values are left out at each end."""
        return math.floor(self.window * self.share)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window
