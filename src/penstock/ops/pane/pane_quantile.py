"""Quantiles of a time window, from counts in buckets that panes add up."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr
from penstock.ops.pane.ring import Paned, beginning, turn
from penstock.ops.sketch.levels import Levels, check_levels, levels, shaped
from penstock.streams import Clock
from penstock.streams.clocks import START

BUCKETS = 704  # what is below `low`, and 703 that grow: at 1 % from 1 to 1.2 million


@jit
def _clear(history: np.ndarray, to: int) -> None:
    h = history[to]
    h["n"] = 0
    counts = h["counts"]
    for j in range(counts.size):
        counts[j] = 0


@jit
def _merge(history: np.ndarray, to: int, a: int, b: int) -> None:
    h, one, two = history[to], history[a], history[b]
    h["n"] = one["n"] + two["n"]
    counts, early, late = h["counts"], one["counts"], two["counts"]
    for j in range(counts.size):
        counts[j] = early[j] + late[j]


@jit
def _kernel(
    out: F8,
    x: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    history: np.ndarray,
    levels: F8,
    width: int,
    step: int,
    origin: int,
    early: int,
    low: float,
    growth: float,
    middle: float,
) -> None:
    s, panes, size = registers[0], history.size - 3, levels.size
    seen: int = s["seen"]
    end: int = s["end"]
    started: int = s["started"]
    for i in range(at.size):
        seen = max(seen, first)
        while seen < upto[i]:
            time, value = ts[seen - first], x[seen - first]
            seen += 1
            if started == 0:
                started, end = 1, time - width - step
            if time > end:
                end = turn(history, end, time, step, origin, _merge, _clear)
            if maths.is_finite(value):
                h = history[panes]
                counts, bucket = h["counts"], 0
                if value >= low:
                    bucket = min(int(maths.log(value / low) / growth), counts.size - 2) + 1
                counts[bucket] += 1
                h["n"] += 1
        if at[i] - early > end and started == 1:
            end = turn(history, end, at[i] - early, step, origin, _merge, _clear)
        opened, rest = history[panes]["counts"], history[panes + 2]["counts"]
        n = history[panes]["n"] + history[panes + 2]["n"]
        for j in range(size):
            out[i * size + j] = np.nan
            if n > 0:
                rank, below, bucket = int(levels[j] * (n - 1)), opened[0] + rest[0], 0
                while below <= rank:
                    bucket += 1
                    below += opened[bucket] + rest[bucket]
                height = low * maths.exp((bucket - 1) * growth) * middle
                out[i * size + j] = 0.0 if bucket == 0 else height
    s["seen"], s["end"], s["started"] = seen, end, started


def _oracle(
    x: F8,
    ts: I8,
    at: I8,
    upto: I8,
    width: int,
    step: int,
    offset: int,
    q: Levels,
    accuracy: float,
    low: float,
) -> F8:
    found = [np.full(at.size, np.nan) for _ in levels(q)]
    begin, gamma = beginning(at, width, step, offset), (1.0 + accuracy) / (1.0 - accuracy)
    for i in range(at.size):
        values = np.sort(x[(np.arange(x.size) < upto[i]) & (ts > begin[i]) & np.isfinite(x)])
        for out, level in zip(found, levels(q), strict=True):
            if values.size:
                value = values[int(np.floor(level * (values.size - 1)))]
                power = np.floor(np.log(max(value, low) / low) / np.log(gamma))
                height = low * gamma ** min(power, BUCKETS - 2) * 2.0 * gamma / (1.0 + gamma)
                out[i] = height if value >= low else 0.0
    return shaped(found, q)


@dataclass(frozen=True, eq=False, repr=False)
class PaneQuantile(Paned):
    r"""Quantiles of the last `width` of time to a relative accuracy, whose beginning moves in steps.

    .. math:: |y_p - x_{(\lfloor q (n-1) \rfloor)}| \le \alpha \, x_{(\lfloor q (n-1) \rfloor)}, \quad
        W(p) = \left( s \lceil t_p / s \rceil - w, \; t_p \right]

    Notes
    -----
    Seed: none. NaN: what is not finite is left out; an empty window is NaN. Warm-up: 1. Unit: that of
    `x`; a wide column, a cell for each of several `q`. Each pane counts in buckets that grow by
    (1 + a) / (1 - a), and the counts of panes add up: percentiles are never averaged. The accuracy
    holds from `low` to `low` times the growth to the power of 703, at 1 % a factor of 1.2 million;
    smaller values are 0, larger ones are that. Memory: `width / step` times 704 counts.

    References
    ----------
    Masson, C., Rim, J. E., Lee, H. K. (2019). DDSketch: a fast and fully-mergeable quantile sketch
    with relative-error guarantees. PVLDB 12(12), 2195-2205.

    Examples
    --------
    >>> evaluate(PaneQuantile(x, q=0.5, width="2s", step="1s"), x=[1.0, 30.0, 20.0])
    [1.01, 1.01, 19.886...]
    """

    x: Expr
    q: Levels
    width: Duration
    step: Duration
    accuracy: float = 0.01
    low: float = 1.0
    on: Clock = VIEW
    offset: Duration = START

    flat: ClassVar = True
    history: ClassVar = np.dtype([("n", "i8"), ("counts", "i8", (BUCKETS,))])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"q": 0.9, "width": "12s", "step": "4s"}
    exempt: ClassVar = {"unit": "buckets stay where they are: it scales to the accuracy"}

    def check(self) -> None:
        super().check()
        check_levels(self, self.q)
        self.require(
            "accuracy must be from 0.001 to 0.5", 1e-3 <= self.accuracy <= 0.5, self.accuracy
        )
        self.require("low must be positive", self.low > 0.0, self.low)

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
