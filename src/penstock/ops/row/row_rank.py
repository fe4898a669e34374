"""Rank of each cell among the others."""

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

FREE = Stream(EventType("row", "A column of an example.", (Field("x", "x", width=3),)))


@jit
def _kernel(out: F8, x: F8, members: int) -> None:
    for start in range(0, out.size, members):
        for j in range(start, start + members):
            below, equal, n = 0, 0, 0
            for k in range(start, start + members):
                below += 1 if x[k] < x[j] else 0
                equal += 1 if x[k] == x[j] else 0
                n += 0 if maths.is_nan(x[k]) else 1
            rank = maths.divide(below + 0.5 * (equal - 1), n - 1.0)
            out[j] = np.nan if maths.is_nan(x[j]) else rank


def _oracle(x: F8) -> F8:
    out = np.full(x.shape, np.nan)
    for t, row in enumerate(x):
        known = np.sort(row[~np.isnan(row)])
        for j in np.flatnonzero(~np.isnan(row)):
            if known.size > 1:
                out[t, j] = np.flatnonzero(known == row[j]).mean() / (known.size - 1)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RowRank(Operator):
    r"""Percentile rank of each cell among the cells of its row.

    .. math::
        y_{t,j} = \frac{1}{n - 1}
            \Big( \sum_k 1[x_{t,k} < x_{t,j}] + \tfrac{1}{2} \sum_{k \ne j} 1[x_{t,k} = x_{t,j}] \Big)

    Notes
    -----
    Seed: none. NaN: a cell that is NaN has no rank and is left out of the others'; NaN where only
    one is left. Warm-up: 1. Unit: 1; a wide column, from 0 to 1. Equal values share the middle of
    their ranks.

    References
    ----------
    Conover, W. J., Iman, R. L. (1981). Rank transformations as a bridge between parametric and
    nonparametric statistics. The American Statistician 35(3), 124-129.

    Examples
    --------
    >>> evaluate(RowRank(**RowRank.example), x=[[1.0, 3.0, 2.0]])
    [[0.0, 1.0, 0.5]]
    """

    x: Expr

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x")}

    def check(self) -> None:
        self.require("x must be a wide column", self.x.cells > 1, self.x.text)

    @property
    def members(self) -> int:
        """Cells of a row."""
        return self.x.cells

    @property
    def unit(self) -> str:
        return ONE

    @property
    def cells(self) -> int:
        return self.x.cells
