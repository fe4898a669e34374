"""Inverse of a positive definite matrix."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import power
from penstock.expr import Column, Expr, Operator
from penstock.ops.matrix import linear
from penstock.streams import Stream

FREE = Stream(EventType("matrix", "A matrix of an example.", (Field("matrix", "matrix", width=9),)))


@jit
def _kernel(out: F8, matrix: F8, history: np.ndarray, rows: int) -> None:
    size = rows * rows
    for start in range(0, out.size, size):
        sound = linear.factor(history, matrix, start, rows)
        for j in range(rows):
            if sound:
                for k in range(rows):
                    history[size + k]["value"] = 1.0 if k == j else 0.0
                linear.solve(history, rows, size)
            for k in range(rows):
                out[start + k * rows + j] = history[size + k]["value"] if sound else np.nan


def _lower(matrix: F8) -> np.ndarray | None:
    """The symmetric matrix of a row, or nothing where it is not positive definite."""
    n = math.isqrt(matrix.size)
    square = np.tril(matrix.reshape(n, n))
    square = square + np.tril(square, -1).T
    if not np.isfinite(square).all() or np.linalg.eigvalsh(square)[0] <= 0.0:
        return None
    return square


def _oracle(matrix: F8) -> F8:
    out = np.full(matrix.shape, np.nan)
    for t, row in enumerate(matrix):
        square = _lower(row)
        if square is not None:
            out[t] = np.linalg.inv(square).ravel()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Inverse(Operator):
    r"""Inverse of a symmetric positive definite matrix.

    .. math:: A_t^{-1}

    Notes
    -----
    Seed: none. NaN: all cells are NaN where the matrix is not positive definite. Warm-up: 1. Unit:
    the inverse of that of the matrix; a wide column, row by row. Only the lower triangle is read.
    `Solve` is more exact where a system is all that is wanted.

    References
    ----------
    Golub, G. H., Van Loan, C. F. (2013). Matrix Computations, 4th edition, section 4.2.

    Examples
    --------
    >>> evaluate(Inverse(**Inverse.example), matrix=[[4.0, 0.0, 0.0, 0.0, 16.0, 0.0, 0.0, 0.0, 1.0]])
    [[0.25, 0.0, 0.0, 0.0, 0.0625, 0.0, 0.0, 0.0, 1.0]]
    """

    matrix: Expr

    flat: ClassVar = True
    history: ClassVar = linear.SCRATCH
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"matrix": Column(FREE, "matrix")}

    def check(self) -> None:
        linear.side(self, self.matrix)

    @property
    def rows(self) -> int:
        """Rows of the matrix."""
        return linear.side(self, self.matrix)

    @property
    def history_items(self) -> int:
        return self.matrix.cells + self.rows

    @property
    def unit(self) -> str:
        return power(self.matrix.unit, -1)

    @property
    def cells(self) -> int:
        return self.matrix.cells
