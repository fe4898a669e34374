"""Product of two matrices."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import times
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(
    EventType(
        "matrix", "Matrices of an example.", (Field("x", "x", width=6), Field("y", "y", width=3))
    )
)


@jit
def _kernel(out: F8, x: F8, y: F8, rows: int, inner: int, columns: int) -> None:
    size = rows * columns
    for i in range(out.size):
        tick, cell = i // size, i % size
        row, column = cell // columns, cell % columns
        total, carry = 0.0, 0.0
        for k in range(inner):
            product = x[(tick * rows + row) * inner + k] * y[(tick * inner + k) * columns + column]
            total, carry = maths.two_sum(total, carry, product)
        out[i] = total + carry if maths.is_finite(carry) else total


def _oracle(x: F8, y: F8, rows: int) -> F8:
    inner = x.shape[1] // rows
    a = x.reshape(-1, rows, inner).astype(np.longdouble)
    b = y.reshape(x.shape[0], inner, -1)
    with np.errstate(all="ignore"):
        return np.sum(a[:, :, :, None] * b[:, None], axis=2).astype(float).reshape(x.shape[0], -1)


@dataclass(frozen=True, eq=False, repr=False)
class MatrixProduct(Operator):
    r"""Product of two matrices, or of a matrix and a vector.

    .. math:: C_t = A_t B_t, \quad c_{ij} = \sum_k a_{ik} b_{kj}

    Notes
    -----
    Seed: none. NaN: NaN where a cell of the row of `x` or of the column of `y` is. Warm-up: 1.
    Unit: the product of the units; a wide column, row by row. `rows` are those of `x`; the others
    follow from the numbers of cells. Compensated.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.3.

    Examples
    --------
    >>> evaluate(MatrixProduct(**MatrixProduct.example), x=[[1.0, 0.0, 2.0, 0.0, 1.0, 0.0]], y=[[1.0, 2.0, 3.0]])
    [[7.0, 2.0]]
    """

    x: Expr
    y: Expr
    rows: int

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "y": Column(FREE, "y"), "rows": 2}

    def check(self) -> None:
        x, y = self.x.cells, self.y.cells
        self.require(
            "rows must divide the cells of x", self.rows >= 1 and x % self.rows == 0, self.rows
        )
        self.require(
            "y must have a row for each column of x", y % self.inner == 0, (x, y, self.rows)
        )

    @property
    def inner(self) -> int:
        """Columns of `x`, which are the rows of `y`."""
        return self.x.cells // self.rows

    @property
    def columns(self) -> int:
        """Columns of `y`."""
        return self.y.cells // self.inner

    @property
    def unit(self) -> str:
        return times(self.x.unit, self.y.unit)

    @property
    def cells(self) -> int:
        return self.rows * self.columns
