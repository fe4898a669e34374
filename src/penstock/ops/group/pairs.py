"""Every pair of members of two groups."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import power, times
from penstock.expr import Column, Expr, Operator
from penstock.ops.book import require_choice
from penstock.streams import Stream

FREE = Stream(
    EventType(
        "groups",
        "Columns of an example.",
        (Field("x", "unit", width=3), Field("y", "unit", width=2)),
    )
)
KINDS = ("difference", "ratio", "product")


@jit
def _kernel(out: F8, x: F8, y: F8, number: int) -> None:
    for i in range(out.shape[0]):
        for j in range(x.shape[1]):
            for k in range(y.shape[1]):
                cell = j * y.shape[1] + k
                if number == 0:
                    out[i, cell] = x[i, j] - y[i, k]
                elif number == 1:
                    out[i, cell] = maths.divide(x[i, j], y[i, k])
                else:
                    out[i, cell] = x[i, j] * y[i, k]


def _ratio(x: F8, y: F8) -> F8:
    return np.where(y == 0.0, np.nan, x / np.where(y == 0.0, 1.0, y))


def _oracle(x: F8, y: F8, kind: str) -> F8:
    pair = {"difference": np.subtract, "ratio": _ratio, "product": np.multiply}[kind]
    return np.array([pair(a[:, None], b[None, :]).ravel() for a, b in zip(x, y, strict=True)])


@dataclass(frozen=True, eq=False, repr=False)
class Pairs(Operator):
    r"""Difference, ratio or product of every cell of `x` with every cell of `y`: a cross join at a tick.

    .. math:: z_{t,jk} = x_{t,j} - y_{t,k}, \; x_{t,j} / y_{t,k} \text{ or } x_{t,j} \, y_{t,k}

    Notes
    -----
    Seed: none. NaN: where either side is, and the ratio to 0. Warm-up: 1.
    Unit: that of `x`; of the ratio; of the product. Cell `j * size of y + k` is the pair (j, k). There are no more
    than `maximum` pairs.

    References
    ----------
    Codd, E. F. (1972). Relational completeness of data base sublanguages: the Cartesian product.

    Examples
    --------
    >>> evaluate(Pairs(**Pairs.example), x=[[5.0, 3.0, 2.0]], y=[[1.0, 2.0]])
    [[4.0, 3.0, 2.0, 1.0, 1.0, 0.0]]
    """

    x: Expr
    y: Expr
    kind: str = "difference"
    maximum: int = 1_024

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x"), "y": Column(FREE, "y")}

    def check(self) -> None:
        require_choice(self, "kind", self.kind, KINDS)
        for name, side in (("x", self.x), ("y", self.y)):
            self.require(f"{name} must be a wide column", side.cells > 1, side.text)
        self.require(
            f"pairs must be at most {self.maximum}", self.cells <= self.maximum, self.cells
        )
        same = self.kind != "difference" or self.x.unit == self.y.unit
        self.require("a difference needs one unit", same, (self.x.unit, self.y.unit))

    @property
    def number(self) -> int:
        """The kind, for the kernel."""
        return KINDS.index(self.kind)

    @property
    def cells(self) -> int:
        return self.x.cells * self.y.cells

    @property
    def unit(self) -> str:
        x, y = self.x.unit, self.y.unit
        return {"difference": x, "ratio": times(x, power(y, -1)), "product": times(x, y)}[self.kind]
