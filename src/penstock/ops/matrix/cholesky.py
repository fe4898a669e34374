"""Cholesky factor."""

from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr
from penstock.ops.matrix import linear
from penstock.ops.matrix.definite import Factor, lower


@jit
def _kernel(out: F8, matrix: F8, history: np.ndarray, rows: int) -> None:
    size = rows * rows
    for start in range(0, out.size, size):
        sound = linear.factor(history, matrix, start, rows)
        for j in range(size):
            below = j % rows <= j // rows
            value = history[j]["value"] if below else 0.0
            out[start + j] = value if sound else np.nan


def _oracle(matrix: F8) -> F8:
    out = np.full(matrix.shape, np.nan)
    for t, row in enumerate(matrix):
        square = lower(row)
        if square is not None:
            out[t] = np.linalg.cholesky(square).ravel()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Cholesky(Factor):
    r"""Lower triangular factor of a symmetric positive definite matrix.

    .. math:: L_t L_t^\top = A_t

    Notes
    -----
    Seed: none. NaN: NaN where a cell of the lower triangle is; all cells are NaN where the matrix
    is not positive definite. Warm-up: 1. Unit: the root of that of the matrix; a wide column, row
    by row, 0 above the diagonal. Only the lower triangle is read.

    References
    ----------
    Golub, G. H., Van Loan, C. F. (2013). Matrix Computations, 4th edition, section 4.2.

    Examples
    --------
    >>> evaluate(Cholesky(**Cholesky.example), matrix=[[4.0, 2.0, 0.0, 2.0, 5.0, 0.0, 0.0, 0.0, 9.0]])
    [[2.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 3.0]]
    """

    matrix: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
