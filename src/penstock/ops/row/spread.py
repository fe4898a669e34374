"""A column in every cell of a wide one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, members: int) -> None:
    for i in range(x.size):
        for j in range(members):
            out[i * members + j] = x[i]


def _oracle(x: F8, members: int) -> F8:
    return np.repeat(x[:, None], members, axis=1)


@dataclass(frozen=True, eq=False, repr=False)
class Spread(Operator):
    r"""Value of a column in each of so many cells.

    .. math:: y_{t,j} = x_t, \quad 0 \le j < m

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: that of `x`. What makes a column fit a wide one:
    ``wide - Spread(RowMean(wide), members=wide.cells)``.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1.

    Examples
    --------
    >>> evaluate(Spread(x, members=2), x=[1.0, 2.0])
    [[1.0, 1.0], [2.0, 2.0]]
    """

    x: Expr
    members: int

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"members": 3}

    def check(self) -> None:
        self.require("x must be one cell wide", self.x.cells == 1, self.x.text)
        self.require("members must be at least 2", self.members >= 2, self.members)

    @property
    def cells(self) -> int:
        return self.members
