"""Covariance of every pair of members over a count window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import power
from penstock.expr import Column, Expr, Operator
from penstock.ops.group.products import (
    BAD,
    PRODUCTS,
    RUN,
    SUM,
    history_size,
    settle,
    slide,
)
from penstock.streams import Stream

FREE = Stream(EventType("group", "A column of an example.", (Field("x", "x", width=3),)))


@jit
def _scatter(out: F8, row: int, h: np.ndarray, members: int, window: int) -> None:
    cell = PRODUCTS * members
    for i in range(members):
        total = h[SUM * members + i]["value"] / window
        for j in range(i + 1):
            product = h[cell]["value"] - total * h[SUM * members + j]["value"]
            flat = (
                h[RUN * members + i]["value"] >= window or h[RUN * members + j]["value"] >= window
            )
            spoilt = h[BAD * members + i]["value"] + h[BAD * members + j]["value"] > 0.0
            value = 0.0 if flat else product / (window - 1)
            value = np.nan if spoilt else value
            out[row, i * members + j], out[row, j * members + i] = value, value
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
            _scatter(out, i, history, members, window)
        else:
            for cell in range(members * members):
                out[i, cell] = np.nan
    s["n"] = n


def _oracle(x: F8, window: int) -> F8:
    members = x.shape[1]
    out = np.full((x.shape[0], members, members), np.nan)
    for t in range(window - 1, x.shape[0]):
        part = x[t - window + 1 : t + 1]
        kept = np.flatnonzero(np.isfinite(part).all(axis=0))
        if kept.size:
            away = (part[:, kept] - part[0, kept]).astype(np.longdouble)
            away -= away.mean(axis=0)
            out[t][np.ix_(kept, kept)] = away.T @ away / (window - 1)
    return out.reshape(x.shape[0], -1)


@dataclass(frozen=True, eq=False, repr=False)
class CovarianceMatrix(Operator):
    r"""Sample covariance of every pair of members over the last `window` ticks, row by row.

    .. math::

        y_{t,ij} = \frac{1}{w - 1} \sum_{s=t-w+1}^{t} (x_{s,i} - \bar x_i)(x_{s,j} - \bar x_j)

    Notes
    -----
    Seed: none. NaN: the pairs of a member with a value that is not finite in its window. Warm-up:
    `window`. Unit: the square of that of `x`. Cell `i * members + j` is the pair (i, j); a member
    whose values are all equal has covariance 0. A tick costs the number of pairs, whatever the
    window. `SymmetricEigen`, `Solve` and `Cholesky` take it as it is.

    References
    ----------
    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the sample variance:
    analysis and recommendations. The American Statistician 37(3), 242-247.

    Examples
    --------
    >>> rows = [[1.0, 3.0, 7.0], [3.0, 1.0, 7.0]]
    >>> evaluate(CovarianceMatrix(CovarianceMatrix.example["x"], window=2), x=rows)[1]
    [2.0, -2.0, 0.0, -2.0, 2.0, 0.0, 0.0, 0.0, 0.0]
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
        return power(self.x.unit, 2)

    @property
    def cells(self) -> int:
        return self.x.cells**2
