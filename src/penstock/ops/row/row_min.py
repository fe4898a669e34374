"""Smallest of the cells."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(EventType("row", "A column of an example.", (Field("x", "x", width=3),)))


@jit
def _kernel(out: F8, x: F8, members: int) -> None:
    for i in range(out.size):
        best, n = 0.0, 0
        for j in range(i * members, (i + 1) * members):
            if not maths.is_nan(x[j]):
                best = x[j] if n == 0 or x[j] < best else best
                n += 1
        out[i] = best if n > 0 else np.nan


def _oracle(x: F8) -> F8:
    known = ~np.isnan(x).all(axis=1)
    out = np.full(x.shape[0], np.nan)
    out[known] = [np.nanmin(row) for row in x[known]]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RowMin(Operator):
    r"""Smallest of the cells of a row.

    .. math:: y_t = \min_j x_{t,j}

    Notes
    -----
    Seed: none. NaN: cells that are NaN are left out; NaN where none is left. Warm-up: 1. Unit: that
    of `x`.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1.

    Examples
    --------
    >>> evaluate(RowMin(**RowMin.example), x=[[1.0, 3.0, float("nan")]])
    [1.0]
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
