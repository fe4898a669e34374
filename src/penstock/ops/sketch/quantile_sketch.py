"""Quantile of everything so far, to a relative accuracy."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, Item
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.sketch.levels import Levels, check_levels, levels, shaped


@jit
def _find(history: np.ndarray, rank: int, at: int, below: int) -> tuple[int, int]:
    """The bucket that holds a rank, and how many values are below it, from another bucket on."""
    while below > rank:
        at -= 1
        below -= history[at]["count"]
    while below + history[at]["count"] <= rank:
        below += history[at]["count"]
        at += 1
    return at, below


@jit
def _kernel(
    out: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    levels: F8,
    low: float,
    growth: float,
    middle: float,
) -> None:
    # buckets of x < 0, of 0, of x > 0; behind them, for each level, its bucket and the values below that
    s, size, marks = registers[0], levels.size, history.size - 2 * levels.size
    zero, n = marks // 2, s["n"]
    for i in range(out.size // size):
        value: Item = x[i]
        if maths.is_finite(value):
            bucket = zero
            if abs(value) >= low:
                far = min(int(maths.log(abs(value) / low) / growth), zero - 1) + 1
                bucket = zero + far if value > 0.0 else zero - far
            history[bucket]["count"] += 1
            n += 1
            for j in range(marks, history.size, 2):
                at, below = history[j]["count"], history[j + 1]["count"]
                at = bucket if n == 1 else at
                below += 1 if bucket < at else 0
                at, below = _find(history, int(levels[(j - marks) // 2] * (n - 1)), at, below)
                history[j]["count"], history[j + 1]["count"] = at, below
        for j in range(size):
            out[i * size + j] = np.nan
            if n > 0:
                at = history[marks + 2 * j]["count"]
                far = low * maths.exp((abs(at - zero) - 1) * growth) * middle
                out[i * size + j] = 0.0 if at == zero else (far if at > zero else -far)
    s["n"] = n


@jit
def _merge(
    registers: np.ndarray,
    history: np.ndarray,
    other_registers: np.ndarray,
    other_history: np.ndarray,
    levels: F8,
) -> None:
    s, marks = registers[0], history.size - 2 * levels.size
    for k in range(marks):
        history[k]["count"] += other_history[k]["count"]
    s["n"] += other_registers[0]["n"]
    for j in range(levels.size if s["n"] > 0 else 0):
        at, below = _find(history, int(levels[j] * (s["n"] - 1)), 0, 0)
        history[marks + 2 * j]["count"], history[marks + 2 * j + 1]["count"] = at, below


def _oracle(x: F8, q: Levels, accuracy: float, low: float, high: float) -> F8:
    return shaped([_one(x, level, accuracy, low, high) for level in levels(q)], q)


def _one(x: F8, q: float, accuracy: float, low: float, high: float) -> F8:
    out, known = np.full(x.size, np.nan), np.isfinite(x)
    gamma = (1.0 + accuracy) / (1.0 - accuracy)
    last = math.ceil(math.log(high / low) / math.log(gamma)) - 1
    for t in range(x.size):
        values = np.sort(x[: t + 1][known[: t + 1]])
        if values.size:
            value = values[int(np.floor(q * (values.size - 1)))]
            bucket = min(np.floor(np.log(max(abs(value), low) / low) / np.log(gamma)), last)
            size = low * gamma**bucket * 2.0 * gamma / (1.0 + gamma)
            out[t] = np.sign(value) * size if abs(value) >= low else 0.0
    return out


@dataclass(frozen=True, eq=False, repr=False)
class QuantileSketch(Operator):
    r"""Quantile of all values so far, to a relative accuracy: counts in buckets that grow by a factor.

    .. math:: |y_t - x_{(\lfloor q (n-1) \rfloor)}| \le \alpha \, |x_{(\lfloor q (n-1) \rfloor)}|

    Notes
    -----
    Seed: none. NaN: what is not finite is skipped, the last quantile stands. Warm-up: 1. Unit: that
    of `x`; a wide column, a cell for each of several `q`, which share the counts. The accuracy holds
    for sizes from `low` to `high`; smaller ones are 0 and larger ones are `high`. Merges exactly:
    counts add up.

    References
    ----------
    Masson, C., Rim, J. E., Lee, H. K. (2019). DDSketch: a fast and fully-mergeable quantile sketch
    with relative-error guarantees. PVLDB 12(12), 2195-2205.

    Examples
    --------
    >>> evaluate(QuantileSketch(x, q=0.5, accuracy=0.01), x=[1.0, 30.0, 20.0])
    [1.007..., 1.007..., 19.835...]
    """

    x: Expr
    q: Levels
    accuracy: float = 0.01
    low: float = 1e-9
    high: float = 1e12

    version: ClassVar = 2
    flat: ClassVar = True
    registers: ClassVar = np.dtype([("n", "i8")])
    history: ClassVar = np.dtype([("count", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    merge = staticmethod(_merge)
    example: ClassVar = {"q": 0.9, "accuracy": 0.01}
    exempt: ClassVar = {"unit": "buckets stay where they are: it scales to the accuracy"}

    def check(self) -> None:
        check_levels(self, self.q)
        self.require(
            "accuracy must be from 0.0001 to 0.5", 1e-4 <= self.accuracy <= 0.5, self.accuracy
        )
        sizes = (self.low, self.high)
        self.require("low must be positive and below high", 0.0 < self.low < self.high, sizes)

    @property
    def levels(self) -> tuple[float, ...]:
        """The levels, also where there is one."""
        return levels(self.q)

    @property
    def cells(self) -> int:
        return len(self.levels)

    @property
    def growth(self) -> float:
        """The logarithm of the factor between two buckets."""
        return math.log((1.0 + self.accuracy) / (1.0 - self.accuracy))

    @property
    def middle(self) -> float:
        """What a bucket's beginning is multiplied by to be as near to both ends, relative to them."""
        return 1.0 + self.accuracy

    @property
    def history_items(self) -> int:
        """The buckets of both signs, that of 0, and two marks for each level."""
        buckets = 2 * math.ceil(math.log(self.high / self.low) / self.growth) + 1
        return buckets + 2 * len(self.levels)
