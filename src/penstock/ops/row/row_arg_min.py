"""Where the smallest of the cells is."""

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
    for i in range(out.size):
        best, place, n = 0.0, 0, 0
        for j in range(i * members, (i + 1) * members):
            if not maths.is_nan(x[j]):
                if n == 0 or x[j] < best:
                    best, place = x[j], j - i * members
                n += 1
        out[i] = float(place) if n > 0 else np.nan


def _oracle(x: F8) -> F8:
    known = ~np.isnan(x).all(axis=1)
    out = np.full(x.shape[0], np.nan)
    out[known] = [np.argmax(row == np.nanmin(row)) for row in x[known]]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RowArgMin(Operator):
    r"""Number of the cell that holds the smallest value of a row.

    .. math:: y_t = \min \{ j : x_{t,j} = \min_k x_{t,k} \}

    Notes
    -----
    Seed: none. NaN: cells that are NaN are left out; NaN where none is left. Warm-up: 1. Unit: 1.
    The first cell is 0; of equal values the first counts.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1.

    Examples
    --------
    >>> evaluate(RowArgMin(**RowArgMin.example), x=[[1.0, 3.0, float("nan")]])
    [0.0]
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
