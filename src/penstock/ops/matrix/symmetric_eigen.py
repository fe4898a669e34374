"""Eigenvalues and eigenvectors of a symmetric matrix."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.ops.matrix import linear
from penstock.streams import Stream

FREE = Stream(EventType("matrix", "A matrix of an example.", (Field("matrix", "matrix", width=9),)))


@jit
def _largest(h: np.ndarray, n: int) -> int:
    """The place of the largest eigenvalue that is left; it is then taken."""
    place = 0
    for j in range(1, n):
        place = j if h[j * n + j]["value"] > h[place * n + place]["value"] else place
    return place


@jit
def _take(out: F8, at: int, rank: int, h: np.ndarray, n: int) -> None:
    place, best = _largest(h, n), 0.0
    for k in range(n):
        value = h[n * n + k * n + place]["value"]
        best = value if abs(value) > abs(best) else best
    out[at + rank] = h[place * n + place]["value"]
    for k in range(n):
        value = h[n * n + k * n + place]["value"]
        out[at + n + rank * n + k] = -value if best < 0.0 else value
    h[place * n + place]["value"] = -np.inf


@jit
def _kernel(out: F8, matrix: F8, history: np.ndarray, rows: int) -> None:
    n, cells = rows, rows * (rows + 1)
    for i in range(out.size // cells):
        whole = 0.0
        for j in range(n):
            for k in range(j + 1):
                value = matrix[i * n * n + j * n + k]
                history[j * n + k]["value"], history[k * n + j]["value"] = value, value
                whole += value - value  # NaN once one is not finite
        if whole == 0.0:
            linear.diagonalise(history, n)
            for rank in range(n):
                _take(out, i * cells, rank, history, n)
        else:
            for j in range(cells):
                out[i * cells + j] = np.nan


def _oracle(matrix: F8) -> F8:
    n = math.isqrt(matrix.shape[1])
    out = np.full((matrix.shape[0], n + n * n), np.nan)
    for t, row in enumerate(matrix):
        square = np.tril(row.reshape(n, n))
        if np.isfinite(square).all():
            values, vectors = np.linalg.eigh(square + np.tril(square, -1).T)
            vectors = vectors.T[::-1]
            signs = np.sign(vectors[np.arange(n), abs(vectors).argmax(axis=1)])
            out[t] = np.concatenate([values[::-1], (vectors * signs[:, None]).ravel()])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class SymmetricEigen(Operator):
    r"""Eigenvalues of a symmetric matrix, the largest first, and then their eigenvectors.

    .. math::
        A_t v_j = \lambda_j v_j, \quad \lambda_1 \ge \dots \ge \lambda_n, \quad
        y_t = (\lambda_1, \dots, \lambda_n, v_1, \dots, v_n)

    Notes
    -----
    Seed: none. NaN: all cells are NaN where one of the lower triangle is not finite. Warm-up: 1.
    Unit: that of the matrix for the values, none for the vectors; a wide column of n + n^2 cells.
    Vectors have length 1 and their component of the largest size is positive. Cyclic rotations;
    only the lower triangle is read. Where eigenvalues are equal, their vectors are any of their
    plane.

    References
    ----------
    Golub, G. H., Van Loan, C. F. (2013). Matrix Computations, 4th edition, section 8.5. Sign: Bro,
    R., Acar, E., Kolda, T. G. (2008). Resolving the sign ambiguity in the singular value
    decomposition. Journal of Chemometrics 22, 135-140.

    Examples
    --------
    >>> rows = [[4.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 1.0]]
    >>> evaluate(SymmetricEigen(**SymmetricEigen.example), matrix=rows)[0][:3]
    [9.0, 4.0, 1.0]
    """

    matrix: Expr

    flat: ClassVar = True
    history: ClassVar = linear.SCRATCH
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"matrix": Column(FREE, "matrix")}
    exempt: ClassVar = {"unit": "values have the unit of the matrix, vectors have none"}

    def check(self) -> None:
        linear.side(self, self.matrix)

    @property
    def rows(self) -> int:
        """Rows of the matrix."""
        return linear.side(self, self.matrix)

    @property
    def history_items(self) -> int:
        return 2 * self.matrix.cells

    @property
    def cells(self) -> int:
        return self.matrix.cells + self.rows
