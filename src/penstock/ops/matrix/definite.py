"""What operators on positive definite matrices share: the factor, and how it is taken over from another operator."""

import math
from fractions import Fraction
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import power
from penstock.expr import Column, Expr, Operator
from penstock.ops.matrix import linear
from penstock.streams import Stream

FREE = Stream(EventType("matrix", "A matrix of an example.", (Field("matrix", "matrix", width=9),)))


@jit
def factored(h: np.ndarray, matrix: F8, at: int, n: int, given: int) -> bool:
    """Cholesky's lower factor in the first n * n items of `h`, computed or taken over; whether there is one."""
    if given == 0:
        return linear.factor(h, matrix, at, n)
    for j in range(n * n):
        h[j]["value"] = matrix[at + j]
    return maths.is_finite(matrix[at])


def lower(row: F8, given: int = 0) -> np.ndarray | None:
    """For oracles: the symmetric matrix of a row, or nothing where it is not positive definite."""
    n = math.isqrt(row.size)
    square = np.tril(row.reshape(n, n))
    square = square @ square.T if given else square + np.tril(square, -1).T
    if not np.isfinite(square).all() or np.linalg.eigvalsh(square)[0] <= 0.0:
        return None
    return square


class Definite(Operator):
    """An operator of a symmetric positive definite `matrix`, or of the `Factor` of one in its place."""

    matrix: Expr

    flat: ClassVar = True
    history: ClassVar = linear.SCRATCH
    example: ClassVar = {"matrix": Column(FREE, "matrix")}

    def check(self) -> None:
        linear.side(self, self.matrix)

    @property
    def rows(self) -> int:
        """Rows of the matrix."""
        return linear.side(self, self.matrix)

    @property
    def given(self) -> int:
        """Whether the operand is the matrix's factor, which others share."""
        return int(isinstance(self.matrix, Factor))

    @property
    def matrix_unit(self) -> str:
        """The unit of the matrix."""
        return power(self.matrix.unit, 2) if self.given else self.matrix.unit

    @property
    def history_items(self) -> int:
        return self.matrix.cells


class Factor(Definite):
    """An operator that gives the lower factor of its matrix."""

    def check(self) -> None:
        self.require("a matrix is needed, not its factor", not self.given, self.matrix.text)
        super().check()

    @property
    def unit(self) -> str:
        return power(self.matrix.unit, Fraction(1, 2))

    @property
    def cells(self) -> int:
        return self.matrix.cells
