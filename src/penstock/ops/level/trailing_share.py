"""Where a value stands among those of the last while, level by level."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.level import LEVELS_AT, VALUES, near

ITEM = np.dtype([("x", "f8"), ("at", "i8")])


@jit
def _place(history: np.ndarray, start: int, n: int, x: float) -> int:
    """How many of the sorted samples are at most a value."""
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if history[start + middle]["x"] <= x:
            low = middle + 1
        else:
            high = middle
    return low


@jit
def _kernel(
    out: F8,
    x: F8,
    levels: F8,
    at: I8,
    history: np.ndarray,
    width: int,
    every: int,
    singles: int,
    room: int,
    least: int,
) -> None:
    # of each level: a header (its price; samples taken), a header (samples dropped), the ring, and them sorted
    stride = 2 * room + 2
    for i in range(levels.shape[0]):
        for k in range(levels.shape[1]):
            out[i, k] = np.nan
            head, base = k * stride, k * stride + 2
            price, tail = history[head]["x"], history[head]["at"]
            first = history[head + 1]["at"]
            if not maths.is_finite(levels[i, k]):
                continue
            if k >= singles and tail > 0 and not near(levels[i, k], price, 0.0):
                first = tail
            history[head]["x"] = levels[i, k]
            n = tail - first
            while n > 0 and history[base + first % room]["at"] <= at[i] - width:
                oldest = float(history[base + first % room]["x"])
                gone = _place(history, base + room, n, oldest) - 1
                for j in range(gone, n - 1):
                    history[base + room + j]["x"] = history[base + room + j + 1]["x"]
                first += 1
                n -= 1
            value = x[i, k]
            if maths.is_finite(value):
                upto = _place(history, base + room, n, value)
                if n >= least:
                    out[i, k] = upto / n
                if n == 0 or at[i] - history[base + (tail - 1) % room]["at"] >= every:
                    for j in range(n, upto, -1):
                        history[base + room + j]["x"] = history[base + room + j - 1]["x"]
                    history[base + room + upto]["x"] = value
                    history[base + tail % room]["x"] = value
                    history[base + tail % room]["at"] = at[i]
                    tail += 1
            history[head]["at"], history[head + 1]["at"] = tail, first


def _oracle(x: F8, levels: F8, at: I8, width: int, every: int, singles: int, least: int) -> F8:
    out = np.full(x.shape, np.nan)
    for k in range(x.shape[1]):
        samples: list[tuple[int, float]] = []
        price = np.nan
        for t in range(len(x)):
            level = levels[t, k]
            if not np.isfinite(level):
                continue
            if k >= singles and not abs(level - price) <= 1e-9:
                samples = []
            price = level
            samples = [(when, v) for when, v in samples if when > at[t] - width]
            if np.isfinite(x[t, k]):
                if len(samples) >= least:
                    out[t, k] = np.mean([v <= x[t, k] for _, v in samples])
                if not samples or at[t] - samples[-1][0] >= every:
                    samples.append((int(at[t]), x[t, k]))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class TrailingShare(Operator):
    r"""Share of a level's samples of the last `width` that were at most the value now; one is taken each `every`.

    .. math:: y_t = \frac{|\{s : x_s \le x_t\}|}{|\{s\}|}, \quad t - w < s < t

    Notes
    -----
    Seed: none. NaN: where there is no level or value, and before there are `least` samples. Warm-up: 2. Unit: 1. A
    strike or round number (a cell from `singles` on) in the place of another begins anew. A tick costs the logarithm
    of the samples, and one that is sampled moves half of them.

    References
    ----------
    Hyndman, R. J., Fan, Y. (1996). Sample quantiles in statistical packages. The American Statistician 50(4), 361-365.

    Examples
    --------
    >>> node = TrailingShare(VALUES, LEVELS_AT, width="10s", every="1s", singles=5, least=1)
    >>> evaluate(node, x=[[2.0] * 5, [1.0] * 5, [2.0] * 5], levels=[[9.0] * 5] * 3)[2][:2]
    [1.0, 1.0]
    """

    x: Expr
    levels: Expr
    width: Duration
    every: Duration
    singles: int
    least: int = 60

    history: ClassVar = ITEM
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "x": VALUES, "levels": LEVELS_AT, "width": "60s", "every": "2s", "singles": 2, "least": 1,
    }  # fmt: skip

    def check(self) -> None:
        self.require("every must be positive", self.every > 0, self.every)
        self.require("width must be at least every", self.width >= self.every, self.width)
        self.require("least must be positive", self.least > 0, self.least)
        same = self.x.cells == self.levels.cells
        self.require("x and levels must be as wide", same, (self.x.cells, self.levels.cells))

    @property
    def room(self) -> int:
        """Samples of a level that are kept."""
        return self.width // self.every + 1

    @property
    def history_items(self) -> int:
        return self.levels.cells * (2 * self.room + 2)

    @property
    def warmup(self) -> int:
        return 1 + self.least

    @property
    def cells(self) -> int:
        return self.x.cells

    @property
    def unit(self) -> str:
        return ONE
