"""Cells of a wide column by number."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.level import VALUES, WAYS


@jit
def _kernel(out: F8, x: F8, cell: F8) -> None:
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            number = cell[i, k]
            known = number >= 0.0 and number < x.shape[1]
            out[i, k] = x[i, int(number)] if known else np.nan


def _oracle(x: F8, cell: F8) -> F8:
    out = np.full(cell.shape, np.nan)
    for t, k in np.argwhere((cell >= 0) & (cell < x.shape[1])).tolist():
        out[t, k] = x[t, int(cell[t, k])]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Gather(Operator):
    r"""Cells of one wide column whose numbers stand in another.

    .. math:: y_{t,j} = x_{t, \lfloor c_{t,j} \rfloor}

    Notes
    -----
    Seed: none. NaN: passed on, and where `cell` is no number of a cell. Warm-up: 1. Unit: that of `x`.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1: selection.

    Examples
    --------
    >>> evaluate(Gather(VALUES, WAYS), x=[[5.0, 6.0, 7.0, 8.0, 9.0]], cell=[[1.0, 0.0, -1.0, 4.0, 4.0]])
    [[6.0, 5.0, nan, 9.0, 9.0]]
    """

    x: Expr
    cell: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": VALUES, "cell": WAYS}
    exempt: ClassVar = {"warmup": "a number of a cell is needed, not any number"}

    def check(self) -> None:
        for name in ("x", "cell"):
            operand = getattr(self, name)
            self.require(f"{name} must be a wide column", operand.cells > 1, operand.text)

    @property
    def cells(self) -> int:
        return self.cell.cells
