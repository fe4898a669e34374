"""Two columns side by side."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Constant, Expr, Operator
from penstock.ops.elementwise.same_unit import require_one_unit


@jit
def _kernel(out: F8, x: F8, y: F8, left: int, right: int) -> None:
    cells = left + right
    for i in range(out.size // cells):
        for j in range(left):
            out[i * cells + j] = x[i * left + j]
        for j in range(right):
            out[i * cells + left + j] = y[i * right + j]


def _oracle(x: F8, y: F8) -> F8:
    return np.column_stack([x, y])


@dataclass(frozen=True, eq=False, repr=False)
class Stack(Operator):
    r"""Cells of one column and then those of another, in one wide column.

    .. math:: z_t = (x_{t,0}, \dots, x_{t,m-1}, y_{t,0}, \dots, y_{t,n-1})

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: that of both sides. ``Stack(Stack(a, b), c)`` puts
    three side by side.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1.

    Examples
    --------
    >>> evaluate(Stack(x, y), x=[1.0], y=[2.0])
    [[1.0, 2.0]]
    """

    x: Expr
    y: Expr

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def check(self) -> None:
        require_one_unit(self, self.x, self.y)

    @property
    def left(self) -> int:
        """Cells of the first column."""
        return self.x.cells

    @property
    def right(self) -> int:
        """Cells of the second column."""
        return self.y.cells

    @property
    def unit(self) -> str:
        return self.y.unit if isinstance(self.x, Constant) else self.x.unit

    @property
    def cells(self) -> int:
        return self.x.cells + self.y.cells
