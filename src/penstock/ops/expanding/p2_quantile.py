"""Quantile of all values so far from five markers."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator

MARKERS = 5


@jit
def _adjust(markers: np.ndarray, j: int, step: int) -> None:
    """Move an inner marker by one place, its height along a parabola, or along a line where that leaves order."""
    low, here, high = markers[j - 1], markers[j], markers[j + 1]
    below, above = float(here["place"] - low["place"]), float(high["place"] - here["place"])
    left = (here["height"] - low["height"]) / below
    right = (high["height"] - here["height"]) / above
    d = float(step)
    height = here["height"] + d / (below + above) * ((below + d) * right + (above - d) * left)
    if not low["height"] < height < high["height"]:
        height = here["height"] + (right if step > 0 else -left)
    here["height"] = height
    here["place"] += step


@jit
def _insert(markers: np.ndarray, n: int, value: float) -> None:
    """One of the first five values among those before, in order."""
    j = n
    while j > 0 and markers[j - 1]["height"] > value:
        markers[j]["height"] = markers[j - 1]["height"]
        j -= 1
    markers[j]["height"] = value
    markers[n]["place"] = n


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, history: np.ndarray, q: float) -> None:
    s = registers[0]
    n = s["n"]
    for i in range(out.size):
        value = x[i]
        if maths.is_finite(value):
            if n < MARKERS:
                _insert(history, n, value)
            else:
                history[0]["height"] = min(history[0]["height"], value)
                history[4]["height"] = max(history[4]["height"], value)
                for j in range(1, MARKERS):
                    history[j]["place"] += (
                        1 if j == MARKERS - 1 or value < history[j]["height"] else 0
                    )
                for j in range(1, MARKERS - 1):
                    share = 0.5 * q if j == 1 else q if j == 2 else 0.5 * (1.0 + q)
                    off = n * share - history[j]["place"]
                    if off >= 1.0 and history[j + 1]["place"] - history[j]["place"] > 1:
                        _adjust(history, j, 1)
                    elif off <= -1.0 and history[j]["place"] - history[j - 1]["place"] > 1:
                        _adjust(history, j, -1)
            n += 1
        out[i] = history[2]["height"] if n >= MARKERS else np.nan
    s["n"] = n


def _oracle(x: F8, q: float) -> F8:
    """The steps of the paper, box by box, with places from 1."""
    out, first = np.full(x.size, np.nan), []
    heights, places = np.zeros(5), np.arange(1.0, 6.0)
    shares = np.array([0.0, 0.5 * q, q, 0.5 * (1.0 + q), 1.0])
    for t in range(x.size):
        if np.isfinite(x[t]):
            first.append(x[t])
            if len(first) == 5:
                heights = np.sort(first)
            elif len(first) > 5:
                cell = np.searchsorted(heights, x[t], side="right") - 1
                if cell < 0:
                    heights[0], cell = x[t], 0
                elif cell > 3:
                    heights[4], cell = max(heights[4], x[t]), 3
                places[cell + 1 :] += 1
                for j in (1, 2, 3):
                    off = 1.0 + (len(first) - 1) * shares[j] - places[j]
                    room = places[j + 1] - places[j] if off > 0 else places[j] - places[j - 1]
                    if abs(off) >= 1.0 and room > 1:
                        d = 1.0 if off > 0 else -1.0
                        left, right = np.diff(heights[j - 1 : j + 2]) / np.diff(
                            places[j - 1 : j + 2]
                        )
                        below, above = np.diff(places[j - 1 : j + 2])
                        moved = (below + d) * right + (above - d) * left
                        moved = heights[j] + d / (below + above) * moved
                        if not heights[j - 1] < moved < heights[j + 1]:
                            moved = heights[j] + (right if d > 0 else -left)
                        heights[j] = moved
                        places[j] += d
        out[t] = heights[2] if len(first) >= 5 else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class P2Quantile(Operator):
    r"""Quantile `q` of all values so far by the P-square method: five markers, no history; approximate.

    .. math::
        q_i \leftarrow q_i + \frac{d}{n_{i+1} - n_{i-1}} \Big(
        (n_i - n_{i-1} + d) \frac{q_{i+1} - q_i}{n_{i+1} - n_i} +
        (n_{i+1} - n_i - d) \frac{q_i - q_{i-1}}{n_i - n_{i-1}} \Big), \quad d = \pm 1

    Notes
    -----
    Seed: the first five values in order. NaN: what is not finite is skipped, the last value stands.
    Warm-up: 5. Unit: that of `x`. Heights q of the minimum, the maximum, the quantile and the two
    half-way quantiles, at places n that follow what they should be. The estimate depends on the
    order of the values and has no bound; `TDigest` and `QuantileSketch` have one.

    References
    ----------
    Jain, R., Chlamtac, I. (1985). The P2 algorithm for dynamic calculation of quantiles and
    histograms without storing observations. Communications of the ACM 28(10), 1076-1085.

    Examples
    --------
    >>> evaluate(P2Quantile(x, q=0.5), x=[1.0, 5.0, 2.0, 4.0, 3.0, 6.0])
    [nan, nan, nan, nan, 3.0, 3.0]
    """

    x: Expr
    q: float

    registers: ClassVar = np.dtype([("n", "i8")])
    history: ClassVar = np.dtype([("height", "f8"), ("place", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"q": 0.75}

    def check(self) -> None:
        self.require("q must be between 0 and 1", 0.0 < self.q < 1.0, self.q)

    @property
    def history_items(self) -> int:
        return MARKERS

    @property
    def warmup(self) -> int:
        return MARKERS
