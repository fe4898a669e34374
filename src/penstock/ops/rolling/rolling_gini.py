"""Gini's coefficient of the last values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.rolling.ordered import ORDERED, REGISTERS, move_on


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int) -> None:
    s = registers[0]
    seen, size = s["seen"], s["size"]
    for i in range(out.size):
        size = move_on(history, seen, size, x[i], x[i + window], window)
        seen += 1
        out[i] = np.nan
        if size == window and history[0]["value"] >= 0.0:
            least, total, ranked, rank = history[0]["value"], 0.0, 0.0, float(1 - window)
            for j in range(window):
                above = history[j]["value"] - least
                total += above
                ranked += rank * above
                rank += 2.0
            total += window * least
            if total > 0.0:
                out[i] = max(ranked / (window * total), 0.0)
    s["seen"], s["size"] = seen, size


def _oracle(x: F8, window: int) -> F8:
    """The mean difference of all pairs over twice the mean."""
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all() and values.min() >= 0 and values.sum() > 0:
            pairs = np.abs(values[:, None] - values[None, :]).astype(np.longdouble)
            out[t] = pairs.mean() / (2 * values.astype(np.longdouble).mean())
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingGini(Operator):
    r"""Gini's coefficient of the last `window` values: 0 where all are equal, towards 1 where one has everything.

    .. math:: G_t = \frac{\sum_{j=1}^{w} (2 j - w - 1) x_{(j)}}{w \sum_j x_{(j)}}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite, or below 0, is in the window, and where
    all are 0. Warm-up: `window`. Unit: 1. From 0 to 1 - 1/`window`. A tick costs one pass over the
    values in order.

    References
    ----------
    Gini, C. (1912). Variabilita e mutabilita. Bologna. Damgaard, C., Weiner, J. (2000). Describing
    inequality in plant size or fecundity. Ecology 81(4), 1139-1142.

    Examples
    --------
    >>> evaluate(RollingGini(x, window=2), x=[1.0, 3.0, 3.0])
    [nan, 0.25, 0.0]
    """

    x: Expr
    window: int

    registers: ClassVar = REGISTERS
    history: ClassVar = ORDERED
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)

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
