"""Product of two rows."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import times
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(
    EventType("row", "Columns of an example.", tuple(Field(n, n, width=3) for n in ("x", "y")))
)


@jit
def _kernel(out: F8, x: F8, y: F8, members: int) -> None:
    for i in range(out.size):
        total, carry = 0.0, 0.0
        for j in range(i * members, (i + 1) * members):
            total, carry = maths.two_sum(total, carry, x[j] * y[j])
        out[i] = total + carry if maths.is_finite(carry) else total


def _oracle(x: F8, y: F8) -> F8:
    with np.errstate(all="ignore"):
        return (x.astype(np.longdouble) * y).sum(axis=1).astype(float)


@dataclass(frozen=True, eq=False, repr=False)
class Dot(Operator):
    r"""Sum of the products of the cells of two rows.

    .. math:: z_t = \sum_j x_{t,j} y_{t,j}

    Notes
    -----
    Seed: none. NaN: NaN where a cell is. Warm-up: 1. Unit: the product of the units. Compensated.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1.

    Examples
    --------
    >>> evaluate(Dot(**Dot.example), x=[[1.0, 2.0, 3.0]], y=[[1.0, 0.0, 1.0]])
    [4.0]
    """

    x: Expr
    y: Expr

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "y": Column(FREE, "y")}

    def check(self) -> None:
        widths = (self.x.cells, self.y.cells)
        self.require("x must be a wide column", self.x.cells > 1, self.x.text)
        self.require("both sides must have equally many cells", widths[0] == widths[1], widths)

    @property
    def members(self) -> int:
        """Cells of a row."""
        return self.x.cells

    @property
    def unit(self) -> str:
        return times(self.x.unit, self.y.unit)
