"""Mean of the lower tail of the last values."""

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
    out: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    rank: int,
    weight: float,
) -> None:
    s = registers[0]
    seen, size = s["seen"], s["size"]
    for i in range(out.size):
        size = move_on(history, seen, size, x[i], x[i + window], window)
        seen += 1
        out[i] = np.nan
        if size == window:
            low, high = history[rank]["value"], history[rank + (weight > 0.0)]["value"]
            limit, past, n = low + weight * (high - low), 0.0, 0
            while n < window and history[n]["value"] <= limit:
                past += history[n]["value"] - low
                n += 1
            out[i] = low + past / n
    s["seen"], s["size"] = seen, size


def _oracle(x: F8, window: int, q: float) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            tail = np.sort(values)[values[np.argsort(values)] <= np.quantile(values, q)]
            out[t] = tail[-1] + (tail - tail[-1]).astype(np.longdouble).mean()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingTailMean(Operator):
    r"""Mean of those of the last `window` values that are not above their quantile.

    .. math:: y_t = \operatorname{mean} \{ x_i : t - w < i \le t, \; x_i \le Q_q \}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`. The quantile Q is that of `RollingQuantile`; the expected shortfall of returns is
    less this.

    References
    ----------
    Acerbi, C., Tasche, D. (2002). On the coherence of expected shortfall. Journal of Banking &
    Finance 26(7), 1487-1503.

    Examples
    --------
    >>> evaluate(RollingTailMean(x, window=3, q=0.5), x=[1.0, 3.0, 2.0])
    [nan, nan, 1.5]
    """

    x: Expr
    window: int
    q: float

    registers: ClassVar = REGISTERS
    history: ClassVar = ORDERED
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "q": 0.3}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require("q must be from 0 to 1", 0.0 <= self.q <= 1.0, self.q)

    @property
    def rank(self) -> int:
        """The place of the lower of the two values about the quantile."""
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
