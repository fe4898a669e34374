"""Trace of a matrix."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.ops.matrix import linear
from penstock.streams import Stream

FREE = Stream(EventType("matrix", "A matrix of an example.", (Field("matrix", "matrix", width=9),)))


@jit
def _kernel(out: F8, matrix: F8, rows: int) -> None:
    for i in range(out.size):
        total, carry = 0.0, 0.0
        for j in range(rows):
            value = matrix[i * rows * rows + j * rows + j]
            total, carry = maths.two_sum(total, carry, value)
        out[i] = total + carry if maths.is_finite(carry) else total


def _oracle(matrix: F8) -> F8:
    n = math.isqrt(matrix.shape[1])
    return np.trace(matrix.reshape(-1, n, n).astype(np.longdouble), axis1=1, axis2=2).astype(float)


@dataclass(frozen=True, eq=False, repr=False)
class Trace(Operator):
    r"""Sum of the diagonal of a square matrix.

    .. math:: y_t = \sum_j A_{t,jj}

    Notes
    -----
    Seed: none. NaN: NaN where a cell of the diagonal is. Warm-up: 1. Unit: that of the matrix.
    Compensated.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.7.

    Examples
    --------
    >>> evaluate(Trace(**Trace.example), matrix=[[4.0, 2.0, 0.0, 2.0, 5.0, 0.0, 0.0, 0.0, 9.0]])
    [18.0]
    """

    matrix: Expr

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"matrix": Column(FREE, "matrix")}

    def check(self) -> None:
        linear.side(self, self.matrix)

    @property
    def rows(self) -> int:
        """Rows of the matrix."""
        return linear.side(self, self.matrix)
