"""Median of a uniform sample of everything so far.

The sample is kept in order, so the value that is replaced is drawn by its rank. The random numbers
are a hash of the seed and the value's number: the same in every run, block and process.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.rolling.ordered import ORDERED, place, swap, up

LOW = 0xFFFFFFFF


@jit
def _mix(h: int) -> int:
    """Mix 32 bits; no product leaves 63 bits, so integers of any kind agree."""
    h = ((h ^ (h >> 15)) * 0x2C1B3C6D) & LOW
    h = ((h ^ (h >> 12)) * 0x297A2D39) & LOW
    return h ^ (h >> 15)


@jit
def _draw(seed: int, number: int) -> int:
    """An integer from 0 to before `number`, the same chance for each."""
    h = _mix((seed & LOW) ^ 0x3C6EF372)
    h = _mix(h ^ (seed >> 32))
    h = _mix(h ^ (number & LOW))
    h = _mix(h ^ (number >> 32))
    high, low = _mix(h ^ 0x1BD11BDA), _mix(h ^ 0x510E527F)
    unit = ((high >> 5) * 67_108_864 + (low >> 6)) / 9_007_199_254_740_992  # 53 bits
    return int(unit * number)


@jit
def _kernel(
    out: F8, x: F8, registers: np.ndarray, history: np.ndarray, size: int, seed: int
) -> None:
    s = registers[0]
    n, median = s["n"], s["median"]
    for i in range(out.size):
        value = x[i]
        if maths.is_finite(value):
            held = min(n, size)
            n += 1
            if held < size:
                at = place(history, held, value)
                up(history, at, held)
                history[at]["value"] = value
            else:
                rank = _draw(seed, n)
                if rank < size:
                    swap(history, size, history[rank]["value"], value)
            held = min(n, size)
            low, high = history[(held - 1) // 2]["value"], history[held // 2]["value"]
            median = low + 0.5 * (high - low)
        out[i] = median if n > 0 else np.nan
    s["n"], s["median"] = n, median


@jit
def _share(n: int, other: int, size: int, seed: int) -> int:
    """How many of `size` drawn from two streams together are of the first."""
    own, left = 0, n
    for k in range(size):
        if _draw(seed, n + other - k) < left:
            own, left = own + 1, left - 1
    return own


@jit
def _merge(
    registers: np.ndarray,
    history: np.ndarray,
    other_registers: np.ndarray,
    other_history: np.ndarray,
    size: int,
    seed: int,
) -> None:
    """A uniform sample of both streams: how many are of each is hypergeometric, and which, uniform."""
    s, o = registers[0], other_registers[0]
    n, other = s["n"], o["n"]
    held, more = min(n, size), min(other, size)
    # draws of their own: the streams' have taken those of the seed
    way = seed ^ _mix((n + other) & LOW) ^ 0x5851F42D
    own = n if n + other <= size else _share(n, other, size, way)
    theirs = other if n + other <= size else size - own
    kept = 0
    for k in range(held):  # one of those that are left is as likely as any other
        if kept < own and _draw(way ^ 0x2545F491, held - k) < own - kept:
            history[kept]["value"], kept = history[k]["value"], kept + 1
    taken = 0
    for k in range(more):
        if taken < theirs and _draw(way ^ 0x14057B7E, more - k) < theirs - taken:
            value = other_history[k]["value"]
            at = place(history, kept, value)
            up(history, at, kept)
            history[at]["value"] = value
            kept, taken = kept + 1, taken + 1
    s["n"] = n + other
    if kept > 0:
        low, high = history[(kept - 1) // 2]["value"], history[kept // 2]["value"]
        s["median"] = low + 0.5 * (high - low)


def _oracle(x: F8, size: int, seed: int) -> F8:
    out, sample, n = np.full(x.size, np.nan), [], 0
    for t in range(x.size):
        if np.isfinite(x[t]):
            n += 1
            if n <= size:
                sample = sorted([*sample, float(x[t])])
            elif (rank := _draw(seed, n)) < size:
                sample = sorted([*sample[:rank], *sample[rank + 1 :], float(x[t])])
        out[t] = np.median(sample) if sample else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class ReservoirMedian(Operator):
    r"""Median of a uniform sample of `size` of all values so far.

    .. math:: y_t = \operatorname{median}(R_t), \quad P(x_i \in R_t) = \min(1, k / n_t)

    Notes
    -----
    Seed: the number `seed` fixes the sample. NaN: what is not finite is skipped, the last median
    stands. Warm-up: 1. Unit: that of `x`. Exact up to `size` values, then approximate: the standard
    error of the rank is 1 / (2 sqrt(size)). Merges into a uniform sample of both streams: how many
    are of each is drawn as from all of them.

    References
    ----------
    Vitter, J. S. (1985). Random sampling with a reservoir. ACM Transactions on Mathematical
    Software 11(1), 37-57: Algorithm R.

    Examples
    --------
    >>> evaluate(ReservoirMedian(x, size=64, seed=0), x=[1.0, 3.0, 2.0])
    [1.0, 2.0, 2.0]
    """

    x: Expr
    size: int
    seed: int

    registers: ClassVar = np.dtype([("n", "i8"), ("median", "f8")])
    history: ClassVar = ORDERED
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    merge = staticmethod(_merge)
    example: ClassVar = {"size": 16, "seed": 0}
    exempt: ClassVar = {"merging": "another sample, as good; tests hold that it is uniform"}

    def check(self) -> None:
        self.require("size must be at least 1", self.size >= 1, self.size)
        self.require("seed must be from 0 to before 2^63", 0 <= self.seed < 2**63, self.seed)

    @property
    def history_items(self) -> int:
        return self.size
