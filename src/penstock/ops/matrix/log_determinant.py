"""Logarithm of a determinant."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr
from penstock.ops.matrix.definite import Definite, factored, lower


@jit
def _kernel(out: F8, matrix: F8, history: np.ndarray, rows: int, given: int) -> None:
    for i in range(out.size):
        sound, total = factored(history, matrix, i * rows * rows, rows, given), 0.0
        for j in range(rows):
            total += maths.log(history[j * rows + j]["value"]) if sound else np.nan
        out[i] = 2.0 * total


def _oracle(matrix: F8, given: int) -> F8:
    squares = [lower(row, given) for row in matrix]
    return np.array([np.nan if a is None else np.linalg.slogdet(a).logabsdet for a in squares])


@dataclass(frozen=True, eq=False, repr=False)
class LogDeterminant(Definite):
    r"""Logarithm of the determinant of a symmetric positive definite matrix.

    .. math:: y_t = \ln \det A_t

    Notes
    -----
    Seed: none. NaN: NaN where the matrix is not positive definite. Warm-up: 1. Unit: 1; a change of
    scale is a shift. Only the lower triangle is read. A `Cholesky` in the place of the matrix is
    taken as its factor, which is computed once for all that read it.

    References
    ----------
    Golub, G. H., Van Loan, C. F. (2013). Matrix Computations, 4th edition, section 4.2.

    Examples
    --------
    >>> evaluate(LogDeterminant(**LogDeterminant.example), matrix=[[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]])
    [0.0]
    """

    matrix: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "a logarithm turns a factor into a shift"}

    @property
    def unit(self) -> str:
        return ONE
