"""Inverse of a positive definite matrix."""

from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import power
from penstock.expr import Expr
from penstock.ops.matrix import linear
from penstock.ops.matrix.definite import Definite, factored, lower


@jit
def _kernel(out: F8, matrix: F8, history: np.ndarray, rows: int, given: int) -> None:
    size = rows * rows
    for start in range(0, out.size, size):
        sound = factored(history, matrix, start, rows, given)
        for j in range(rows):
            if sound:
                for k in range(rows):
                    history[size + k]["value"] = 1.0 if k == j else 0.0
                linear.solve(history, rows, size)
            for k in range(rows):
                out[start + k * rows + j] = history[size + k]["value"] if sound else np.nan


def _oracle(matrix: F8, given: int) -> F8:
    out = np.full(matrix.shape, np.nan)
    for t, row in enumerate(matrix):
        square = lower(row, given)
        if square is not None:
            out[t] = np.linalg.inv(square).ravel()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Inverse(Definite):
    r"""Inverse of a symmetric positive definite matrix.

    .. math:: A_t^{-1}

    Notes
    -----
    Seed: none. NaN: all cells are NaN where the matrix is not positive definite. Warm-up: 1. Unit:
    the inverse of that of the matrix; a wide column, row by row. Only the lower triangle is read.
    `Solve` is more exact where a system is all that is wanted. A `Cholesky` in the place of the
    matrix is taken as its factor, which is computed once for all that read it.

    References
    ----------
    Golub, G. H., Van Loan, C. F. (2013). Matrix Computations, 4th edition, section 4.2.

    Examples
    --------
    >>> evaluate(Inverse(**Inverse.example), matrix=[[4.0, 0.0, 0.0, 0.0, 16.0, 0.0, 0.0, 0.0, 1.0]])
    [[0.25, 0.0, 0.0, 0.0, 0.0625, 0.0, 0.0, 0.0, 1.0]]
    """

    matrix: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def history_items(self) -> int:
        return self.matrix.cells + self.rows

    @property
    def unit(self) -> str:
        return power(self.matrix_unit, -1)

    @property
    def cells(self) -> int:
        return self.matrix.cells
