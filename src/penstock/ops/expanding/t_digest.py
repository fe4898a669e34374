"""Quantile of everything so far from a merging t-digest."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LOGARITHMIC
from penstock.ops.expanding.centroids import join, merge, quantile
from penstock.ops.rolling.ordered import ORDERED, place, up
from penstock.ops.sketch.levels import Levels, check_levels, levels, shaped


@jit
def _kernel(
    out: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    levels: F8,
    room: int,
    cosine: float,
    sine: float,
) -> None:
    s = registers[0]
    n, centroids, waiting, low, high = s["n"], s["centroids"], s["waiting"], s["low"], s["high"]
    buffer, size = history[6 * room :], levels.size
    for i in range(out.size // size):
        value = x[i]
        if maths.is_finite(value):
            low = value if n == 0 or value < low else low
            high = value if n == 0 or value > high else high
            n += 1
            at = place(buffer, waiting, value)
            up(buffer, at, waiting)
            buffer[at]["value"] = value
            waiting += 1
            if waiting == buffer.size:
                centroids = merge(history, room, centroids, cosine, sine)
                waiting = 0
        for j in range(size):
            out[i * size + j] = np.nan
            if n > 0:
                at_weight = levels[j] * n
                found = quantile(history, room, centroids, waiting, at_weight, low, high)
                out[i * size + j] = found
    s["n"], s["centroids"], s["waiting"], s["low"], s["high"] = n, centroids, waiting, low, high


def _merged(items: list[tuple[float, float]], compression: float) -> list[tuple[float, float]]:
    """One pass of the paper: items (mean, weight) in order, merged while k1 grows by at most 1."""
    total, before, start = sum(w for _, w in items), 0.0, 0.0
    made: list[tuple[float, float]] = []
    for mean, weight in items:
        scale = [math.asin(2.0 * w / total - 1.0) for w in (start, min(before + weight, total))]
        if made and (scale[1] - scale[0]) * compression / (2.0 * math.pi) <= 1.0:
            grown = made[-1][1] + weight
            made[-1] = (made[-1][0] + (mean - made[-1][0]) * weight / grown, grown)
        else:
            made.append((mean, weight))
            start = before
        before += weight
    return made


def _oracle(x: F8, q: Levels, compression: float) -> F8:
    return shaped([_one(x, level, compression) for level in levels(q)], q)


def _one(x: F8, q: float, compression: float) -> F8:
    out, n = np.full(x.size, np.nan), 0
    centroids: list[tuple[float, float]] = []
    buffer: list[tuple[float, float]] = []
    known = x[np.isfinite(x)]
    for t in range(x.size):
        if np.isfinite(x[t]):
            n += 1
            buffer.append((float(x[t]), 1.0))
        if len(buffer) == math.ceil(compression):
            items = sorted([*centroids, *buffer], key=lambda item: item[0])
            centroids, buffer = _merged(items, compression), []
        if n > 0:
            items = sorted([*centroids, *buffer], key=lambda item: item[0])
            weights = np.array([weight for _, weight in items])
            middles = np.cumsum(weights) - 0.5 * weights
            means = [known[:n].min(), *(mean for mean, _ in items), known[:n].max()]
            out[t] = np.interp(q * n, [0.0, *middles, float(n)], means)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class TDigest(Operator):
    r"""Quantile of all values so far, from a merging t-digest.

    .. math::
        k(p) = \frac{\delta}{2 \pi} \arcsin(2 p - 1), \quad
        k(p_{\mathrm{right}}) - k(p_{\mathrm{left}}) \le 1 \text{ for each centroid}

    Notes
    -----
    Seed: none. NaN: what is not finite is skipped, the last quantile stands. Warm-up: 1. Unit: that
    of `x`; a wide column, a cell for each of several `q`, which share the digest. Exact in rank up
    to `compression` values, then approximate, most exact in the tails.

    References
    ----------
    Dunning, T., Ertl, O. (2019). Computing extremely accurate quantiles using t-digests.
    arXiv:1902.04023.

    Examples
    --------
    >>> evaluate(TDigest(x, q=0.5, compression=100.0), x=[1.0, 3.0, 2.0])
    [1.0, 2.0, 2.0]
    >>> evaluate(TDigest(x, q=(0.0, 1.0), compression=100.0), x=[1.0, 3.0])
    [[1.0, 1.0], [1.0, 3.0]]
    """

    x: Expr
    q: Levels
    compression: float

    flat: ClassVar = True

    registers: ClassVar = np.dtype(
        [("n", "i8"), ("centroids", "i8"), ("waiting", "i8"), ("low", "f8"), ("high", "f8")]
    )
    history: ClassVar = ORDERED
    cost: ClassVar = LOGARITHMIC
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    merge = staticmethod(join)
    example: ClassVar = {"q": 0.9, "compression": 20.0}
    exempt: ClassVar = {"merging": "centroids depend on when they merged; tests bound the rank"}

    def check(self) -> None:
        check_levels(self, self.q)
        self.require(
            "compression must be from 10 to 10000",
            10.0 <= self.compression <= 1e4,
            self.compression,
        )

    @property
    def levels(self) -> tuple[float, ...]:
        """The levels, also where there is one."""
        return levels(self.q)

    @property
    def cells(self) -> int:
        return len(self.levels)

    @property
    def room(self) -> int:
        """The most centroids: two neighbours together span more than one step of k1."""
        return math.ceil(self.compression) + 2

    @property
    def cosine(self) -> float:
        """The cosine of the angle of one step of k1."""
        return math.cos(2.0 * math.pi / self.compression)

    @property
    def sine(self) -> float:
        """The sine of the angle of one step of k1."""
        return math.sin(2.0 * math.pi / self.compression)

    @property
    def history_items(self) -> int:
        return 6 * self.room + math.ceil(self.compression)
