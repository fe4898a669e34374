"""Solution of a positive definite system."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import power, times
from penstock.expr import Column, Expr
from penstock.ops.matrix import linear
from penstock.ops.matrix.definite import Definite, factored, lower
from penstock.streams import Stream

FREE = Stream(
    EventType(
        "matrix",
        "A system of an example.",
        (Field("matrix", "matrix", width=9), Field("y", "y", width=3)),
    )
)


@jit
def _kernel(out: F8, matrix: F8, y: F8, history: np.ndarray, rows: int, given: int) -> None:
    size = rows * rows
    for i in range(out.size // rows):
        sound = factored(history, matrix, i * size, rows, given)
        for k in range(rows):
            history[size + k]["value"] = y[i * rows + k]
        finite = True
        for k in range(rows):
            finite = finite and maths.is_finite(y[i * rows + k])
        sound = sound and finite
        if sound:
            linear.solve(history, rows, size)
        for k in range(rows):
            out[i * rows + k] = history[size + k]["value"] if sound else np.nan


def _oracle(matrix: F8, y: F8, given: int) -> F8:
    out = np.full(y.shape, np.nan)
    for t, row in enumerate(matrix):
        square = lower(row, given)
        if square is not None and np.isfinite(y[t]).all():
            out[t] = np.linalg.solve(square, y[t])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Solve(Definite):
    r"""Solution of a system whose matrix is symmetric and positive definite.

    .. math:: A_t x_t = y_t

    Notes
    -----
    Seed: none. NaN: all cells are NaN where the matrix is not positive definite, or a cell of `y`
    is not finite. Warm-up: 1. Unit: that of `y` by that of the matrix; a wide column. Only the
    lower triangle is read. A `Cholesky` in the place of the matrix is taken as its factor, which is
    computed once for all that read it. ``Dot(d, Solve(cov, d))`` is the squared distance of
    Mahalanobis, and the slopes of a regression solve its normal equations.

    References
    ----------
    Golub, G. H., Van Loan, C. F. (2013). Matrix Computations, 4th edition, section 4.2.

    Examples
    --------
    >>> evaluate(Solve(**Solve.example), matrix=[[4.0, 2.0, 0.0, 2.0, 5.0, 0.0, 0.0, 0.0, 9.0]], y=[[4.0, 2.0, 9.0]])
    [[1.0, 0.0, 1.0]]
    """

    matrix: Expr
    y: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"matrix": Column(FREE, "matrix"), "y": Column(FREE, "y")}

    def check(self) -> None:
        super().check()
        widths = (self.rows, self.y.cells)
        self.require("y must have a cell for each row", widths[0] == widths[1], widths)

    @property
    def history_items(self) -> int:
        return self.matrix.cells + self.rows

    @property
    def unit(self) -> str:
        return times(self.y.unit, power(self.matrix_unit, -1))

    @property
    def cells(self) -> int:
        return self.rows
