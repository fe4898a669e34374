"""Logarithm of a determinant."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import ONE
from penstock.expr import Column, Expr, Operator
from penstock.ops.matrix import linear
from penstock.streams import Stream

FREE = Stream(EventType("matrix", "A matrix of an example.", (Field("matrix", "matrix", width=9),)))


@jit
def _kernel(out: F8, matrix: F8, history: np.ndarray, rows: int) -> None:
    for i in range(out.size):
        sound, total = linear.factor(history, matrix, i * rows * rows, rows), 0.0
        for j in range(rows):
            total += maths.log(history[j * rows + j]["value"]) if sound else np.nan
        out[i] = 2.0 * total


def _lower(matrix: F8) -> np.ndarray | None:
    """The symmetric matrix of a row, or nothing where it is not positive definite."""
    n = math.isqrt(matrix.size)
    square = np.tril(matrix.reshape(n, n))
    square = square + np.tril(square, -1).T
    if not np.isfinite(square).all() or np.linalg.eigvalsh(square)[0] <= 0.0:
        return None
    return square


def _oracle(matrix: F8) -> F8:
    squares = [_lower(row) for row in matrix]
    return np.array([np.nan if a is None else np.linalg.slogdet(a).logabsdet for a in squares])


@dataclass(frozen=True, eq=False, repr=False)
class LogDeterminant(Operator):
    r"""Logarithm of the determinant of a symmetric positive definite matrix.

    .. math:: y_t = \ln \det A_t

    Notes
    -----
    Seed: none. NaN: NaN where the matrix is not positive definite. Warm-up: 1. Unit: 1; a change of
    scale is a shift. Only the lower triangle is read.

    References
    ----------
    Golub, G. H., Van Loan, C. F. (2013). Matrix Computations, 4th edition, section 4.2.

    Examples
    --------
    >>> evaluate(LogDeterminant(**LogDeterminant.example), matrix=[[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]])
    [0.0]
    """

    matrix: Expr

    flat: ClassVar = True
    history: ClassVar = linear.SCRATCH
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"matrix": Column(FREE, "matrix")}
    exempt: ClassVar = {"unit": "a logarithm turns a factor into a shift"}

    def check(self) -> None:
        linear.side(self, self.matrix)

    @property
    def rows(self) -> int:
        """Rows of the matrix."""
        return linear.side(self, self.matrix)

    @property
    def history_items(self) -> int:
        return self.matrix.cells

    @property
    def unit(self) -> str:
        return ONE
