"""One cell of a wide column."""

from dataclasses import dataclass
from typing import ClassVar

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(EventType("group", "A column of an example.", (Field("x", "x", width=3),)))


@jit
def _kernel(out: F8, x: F8, cell: int) -> None:
    for i in range(out.size):
        out[i] = x[i, cell]


def _oracle(x: F8, cell: int) -> F8:
    return x[:, cell]


@dataclass(frozen=True, eq=False, repr=False)
class Cell(Operator):
    r"""One cell of a wide column: a member of a group, a pair of a matrix, a fitted parameter.

    .. math:: y_t = x_{t,c}

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: that of `x`. The first cell is 0.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1: the element of a vector.

    Examples
    --------
    >>> evaluate(Cell(**Cell.example), x=[[1.0, 3.0, 2.0]])
    [3.0]
    """

    x: Expr
    cell: int

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "cell": 1}

    def check(self) -> None:
        last = self.x.cells - 1
        self.require("x must be a wide column", last > 0, self.x.text)
        self.require(f"cell must be from 0 to {last}", 0 <= self.cell <= last, self.cell)
