"""Correlation of every pair of members over a count window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import ONE
from penstock.expr import Column, Expr, Operator
from penstock.ops.group.products import (
    BAD,
    ENTERS,
    PRODUCTS,
    RUN,
    SUM,
    history_size,
    pair,
    settle,
    slide,
)
from penstock.streams import Stream

FREE = Stream(EventType("group", "A column of an example.", (Field("x", "x", width=3),)))


@jit
def _correlate(out: F8, row: int, h: np.ndarray, members: int, window: int) -> None:
    for k in range(members):  # the deviations are used up: their place holds 1 / standard deviation
        total = h[SUM * members + k]["value"]
        spread = maths.sqrt(h[pair(members, k, k)]["value"] - total * total / window)
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
        slide(x, history, i + window, window, n)
        settle(x, history, i + window, window, n)
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
        return history_size(self.x.cells)

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE

    @property
    def cells(self) -> int:
        return self.x.cells**2
