"""Median absolute deviation over the last values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.rolling.ordered import ORDERED, REGISTERS, move_on, place


@jit
def _absolute(values: np.ndarray, size: int, middle: float, rank: int) -> tuple[float, float]:
    """The distances to the middle of order `rank` and `rank` + 1, found by walking outwards."""
    right = place(values, size, middle)
    left, lower, upper = right - 1, 0.0, 0.0
    for _ in range(rank + 2):
        low = middle - values[left]["value"] if left >= 0 else np.inf
        high = values[right]["value"] - middle if right < size else np.inf
        lower, upper = upper, min(low, high)
        if low < high:
            left -= 1
        else:
            right += 1
    return lower, upper


@jit
def _kernel(
    median: F8,
    deviation: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    rank: int,
    weight: float,
) -> None:
    s = registers[0]
    seen, size = s["seen"], s["size"]
    for i in range(median.size):
        size = move_on(history, seen, size, x[i], x[i + window], window)
        seen += 1
        median[i], deviation[i] = np.nan, np.nan
        if size == window:
            low, high = history[rank]["value"], history[rank + (weight > 0.0)]["value"]
            middle = low + weight * (high - low)
            lower, upper = _absolute(history, size, middle, rank)
            median[i] = middle
            deviation[i] = lower + weight * (upper - lower) if weight > 0.0 else lower
    s["seen"], s["size"] = seen, size


def _oracle(x: F8, window: int) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("median", "deviation")}
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            out["median"][t] = np.median(values)
            out["deviation"][t] = np.median(abs(values - np.median(values)))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingMad(Operator):
    r"""Median of the last `window` values, and the median distance to it.

    .. math:: m_t = \operatorname{med}_{t-w < i \le t} x_i, \quad d_t = \operatorname{med}_{t-w < i \le t} | x_i - m_t |

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`. Of an even number the median is the mean of the middle two. 1.4826 times the
    deviation estimates the standard deviation of a normal variable.

    References
    ----------
    Hampel, F. R. (1974). The influence curve and its role in robust estimation. Journal of the
    American Statistical Association 69, 383-393.

    Examples
    --------
    >>> evaluate(RollingMad(x, window=3), x=[1.0, 3.0, 9.0, 4.0])["deviation"]
    [nan, nan, 2.0, 1.0]
    """

    x: Expr
    window: int

    outputs: ClassVar = ("median", "deviation")
    registers: ClassVar = REGISTERS
    history: ClassVar = ORDERED
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)

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
