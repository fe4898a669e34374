"""Which cells of a wide column are set."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.level import VALUES


@jit
def _kernel(out: F8, x: F8, most: int) -> None:
    for i in range(x.shape[0]):
        found = 0
        for k in range(x.shape[1]):
            if found < most and (x[i, k] > 0.0 or x[i, k] < 0.0):
                out[i, found] = float(k)
                found += 1
        for k in range(found, most):
            out[i, k] = np.nan


def _oracle(x: F8, most: int) -> F8:
    out = np.full((len(x), most), np.nan)
    for t, row in enumerate(np.nan_to_num(x)):
        places = np.flatnonzero(row)[:most]
        out[t, : places.size] = places
    return out


@dataclass(frozen=True, eq=False, repr=False)
class FiredCells(Operator):
    r"""Numbers of the cells that are neither 0 nor NaN, in order, the first `most` of them.

    .. math:: y_t = (k : x_{t,k} \ne 0)

    Notes
    -----
    Seed: none. NaN: where there are no more; a NaN is not set. Warm-up: 1. Unit: 1.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1: selection.

    Examples
    --------
    >>> evaluate(FiredCells(VALUES, most=2), x=[[0.0, 2.0, 0.0, 1.0, 1.0]])
    [[1.0, 3.0]]
    """

    x: Expr
    most: int = 8

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": VALUES, "most": 3}

    def check(self) -> None:
        self.require("x must be a wide column", self.x.cells > 1, self.x.text)
        self.require("most must be at least 2", self.most > 1, self.most)

    @property
    def cells(self) -> int:
        return self.most

    @property
    def unit(self) -> str:
        return ONE
