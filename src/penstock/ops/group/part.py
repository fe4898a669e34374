"""Neighbouring cells of a wide column."""

from dataclasses import dataclass
from typing import ClassVar

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Column, Expr, Operator
from penstock.ops.group.cell import FREE


@jit
def _kernel(out: F8, x: F8, start: int, size: int) -> None:
    for i in range(out.shape[0]):
        for j in range(size):
            out[i, j] = x[i, start + j]


def _oracle(x: F8, start: int, size: int) -> F8:
    return x[:, start : start + size]


@dataclass(frozen=True, eq=False, repr=False)
class Part(Operator):
    r"""Some neighbouring cells of a wide column, as a wide column: a group within a group.

    .. math:: y_{t,j} = x_{t,s+j}, \quad 0 \le j < n

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: that of `x`. The first cell is 0.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1: the element of a vector.

    Examples
    --------
    >>> evaluate(Part(Part.example["x"], start=1, size=2), x=[[1.0, 3.0, 2.0]])
    [[3.0, 2.0]]
    """

    x: Expr
    start: int
    size: int

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "start": 1, "size": 2}

    def check(self) -> None:
        last = self.x.cells
        self.require("x must be a wide column", last > 1, self.x.text)
        self.require("size must be at least 2 (Cell gives one)", self.size >= 2, self.size)
        fits = self.start >= 0 and self.start + self.size <= last
        self.require(f"cells must be among the {last} of x", fits, (self.start, self.size))

    @property
    def cells(self) -> int:
        return self.size
