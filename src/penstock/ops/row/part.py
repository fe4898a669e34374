"""Some of the cells of a wide column."""

from dataclasses import dataclass
from typing import ClassVar

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(EventType("row", "A column of an example.", (Field("x", "x", width=3),)))


@jit
def _kernel(out: F8, x: F8, start: int, count: int, members: int) -> None:
    for i in range(out.size // count):
        for j in range(count):
            out[i * count + j] = x[i * members + start + j]


def _oracle(x: F8, start: int, count: int) -> F8:
    return x[:, start : start + count] if count > 1 else x[:, start]


@dataclass(frozen=True, eq=False, repr=False)
class Part(Operator):
    r"""So many cells of a wide column, from one on.

    .. math:: y_{t,j} = x_{t,s+j}, \quad 0 \le j < m

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: that of `x`. The first cell is 0.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1.

    Examples
    --------
    >>> evaluate(Part(**Part.example), x=[[1.0, 3.0, 2.0]])
    [[3.0, 2.0]]
    """

    x: Expr
    start: int
    count: int

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "start": 1, "count": 2}

    def check(self) -> None:
        end = (self.start, self.count)
        self.require(
            "start must be at least 0 and count at least 1", self.start >= 0 < self.count, end
        )
        self.require(f"x has {self.x.cells} cells", self.start + self.count <= self.x.cells, end)

    @property
    def members(self) -> int:
        """Cells of a row."""
        return self.x.cells

    @property
    def cells(self) -> int:
        return self.count
