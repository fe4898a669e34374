"""Correlation of every pair of members over a count window.

The history holds, one after the other: per member an anchor, the sum of deviations from it, the run
of equal values, the number of values that are not finite, the largest sum of squares since the last
re-anchoring, and the deviations of the value that enters and of the one that leaves; then the sums
of products of deviations, row by row of the lower triangle. A member is re-anchored at the mean of
its window every `window` ticks, and at once when its sum of squares has shrunk or its deviations
have drifted so far that rounding could show; this costs one pass over its window.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import ONE
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(EventType("group", "A column of an example.", (Field("x", "x", width=3),)))

SUM, RUN, BAD, PEAK, ENTERS, LEAVES, PRODUCTS = 1, 2, 3, 4, 5, 6, 7  # anchors are at 0


@jit
def _pair(members: int, i: int, j: int) -> int:
    high, low = max(i, j), min(i, j)
    return PRODUCTS * members + high * (high + 1) // 2 + low


@jit
def _deviation(value: float, anchor: float) -> float:
    return value - anchor if maths.is_finite(value) else 0.0


@jit
def _anchor(x: F8, h: np.ndarray, start: int, stop: int, k: int) -> None:
    members, count, total = x.shape[1], 0, 0.0
    for t in range(start, stop):
        if maths.is_finite(x[t, k]):
            total += x[t, k]
            count += 1
    anchor = total / count if count > 0 else 0.0
    h[k]["value"], h[SUM * members + k]["value"] = anchor, 0.0
    for j in range(members):
        h[_pair(members, k, j)]["value"] = 0.0
    for t in range(start, stop):
        deviation = _deviation(x[t, k], anchor)
        h[SUM * members + k]["value"] += deviation
        for j in range(members):
            h[_pair(members, k, j)]["value"] += deviation * _deviation(x[t, j], h[j]["value"])
    h[PEAK * members + k]["value"] = h[_pair(members, k, k)]["value"]


@jit
def _slide(x: F8, h: np.ndarray, new: int, window: int, n: int) -> None:
    members = x.shape[1]
    for k in range(members):
        value, left = x[new, k], x[new - window, k]
        same = n > 0 and value == x[new - 1, k]
        h[RUN * members + k]["value"] = h[RUN * members + k]["value"] + 1.0 if same else 1.0
        bad = 0.0 if maths.is_finite(value) else 1.0
        bad -= 0.0 if n < window or maths.is_finite(left) else 1.0
        h[BAD * members + k]["value"] += bad
        anchor = h[k]["value"]
        h[ENTERS * members + k]["value"] = _deviation(value, anchor)
        h[LEAVES * members + k]["value"] = _deviation(left, anchor) if n >= window else 0.0
        change = h[ENTERS * members + k]["value"] - h[LEAVES * members + k]["value"]
        h[SUM * members + k]["value"] += change
    cell = PRODUCTS * members
    for i in range(members):
        enters, leaves = h[ENTERS * members + i]["value"], h[LEAVES * members + i]["value"]
        for j in range(i + 1):
            h[cell]["value"] += enters * h[ENTERS * members + j]["value"]
            h[cell]["value"] -= leaves * h[LEAVES * members + j]["value"]
            cell += 1


@jit
def _settle(x: F8, h: np.ndarray, new: int, window: int, n: int) -> None:
    members, count = x.shape[1], min(n + 1, window)
    for k in range(members):
        squares, total = h[_pair(members, k, k)]["value"], h[SUM * members + k]["value"]
        peak = max(h[PEAK * members + k]["value"], squares)
        h[PEAK * members + k]["value"] = peak
        drift = total * total / count
        sound = squares >= 0.02 * peak and drift <= 100.0 * (squares - drift)
        if n % window == k * window // members or not (sound and maths.is_finite(squares)):
            _anchor(x, h, new + 1 - count, new + 1, k)


@jit
def _correlate(out: F8, row: int, h: np.ndarray, members: int, window: int) -> None:
    for k in range(members):  # the deviations are used up: their place holds 1 / standard deviation
        total = h[SUM * members + k]["value"]
        spread = maths.sqrt(h[_pair(members, k, k)]["value"] - total * total / window)
        flat = h[RUN * members + k]["value"] >= window or h[BAD * members + k]["value"] > 0.0
        h[ENTERS * members + k]["value"] = np.nan if flat else maths.divide(1.0, spread)
    cell = PRODUCTS * members
    for i in range(members):
        scale, total = h[ENTERS * members + i]["value"], h[SUM * members + i]["value"] / window
        for j in range(i):
            product = h[cell]["value"] - total * h[SUM * members + j]["value"]
            value = product * scale * h[ENTERS * members + j]["value"]
            if abs(value) > 1.0:
                value = 1.0 if value > 0.0 else -1.0
            out[row, i * members + j], out[row, j * members + i] = value, value
            cell += 1
        out[row, i * members + i] = np.nan if maths.is_nan(scale) else 1.0
        cell += 1


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, history: np.ndarray) -> None:
    s = registers[0]
    n, window, members = s["n"], x.shape[0] - out.shape[0], x.shape[1]
    for i in range(out.shape[0]):
        _slide(x, history, i + window, window, n)
        _settle(x, history, i + window, window, n)
        n += 1
        if n >= window:
            _correlate(out, i, history, members, window)
        else:
            for cell in range(members * members):
                out[i, cell] = np.nan
    s["n"] = n


def _oracle(x: F8, window: int) -> F8:
    members = x.shape[1]
    out = np.full((x.shape[0], members, members), np.nan)
    for t in range(window - 1, x.shape[0]):
        part = x[t - window + 1 : t + 1]
        moves = np.isfinite(part).all(axis=0) & (part != part[0]).any(axis=0)
        if moves.any():
            kept = np.flatnonzero(moves)
            out[t][np.ix_(kept, kept)] = np.corrcoef(part[:, moves], rowvar=False)
    return out.reshape(x.shape[0], -1)


@dataclass(frozen=True, eq=False, repr=False)
class CorrelationMatrix(Operator):
    r"""Correlation of every pair of members over the last `window` ticks, row by row.

    .. math::

        y_{t,ij} = \frac{\sum_s (x_{s,i} - \bar x_i)(x_{s,j} - \bar x_j)}
                        {\sqrt{\sum_s (x_{s,i} - \bar x_i)^2 \sum_s (x_{s,j} - \bar x_j)^2}},
        \quad t - w < s \le t

    Notes
    -----
    Seed: none. NaN: the pairs of a member with a value that is not finite in its window, or with
    all values equal. Warm-up: `window`. Unit: 1; from -1 to 1. Cell `i * members + j` is the pair
    (i, j). A tick costs the number of pairs, whatever the window.

    References
    ----------
    Pearson, K. (1895). Note on regression and inheritance in the case of two parents. Proceedings
    of the Royal Society of London 58, 240-242. Moving anchors: Chan, T. F., Golub, G. H., LeVeque,
    R. J. (1983). Algorithms for computing the sample variance. American Statistician 37(3).

    Examples
    --------
    >>> rows = [[1.0, 3.0, 7.0], [2.0, 1.0, 7.0]]
    >>> evaluate(CorrelationMatrix(CorrelationMatrix.example["x"], window=2), x=rows)[1]
    [1.0, -1.0, nan, -1.0, 1.0, nan, nan, nan, nan]
    """

    x: Expr
    window: int

    registers: ClassVar = np.dtype([("n", "i8")])
    history: ClassVar = np.dtype([("value", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "window": 7}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)
        self.require("x must have at least 2 cells", self.x.cells >= 2, self.x.cells)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        members = self.x.cells
        return PRODUCTS * members + members * (members + 1) // 2

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE

    @property
    def cells(self) -> int:
        return self.x.cells**2
