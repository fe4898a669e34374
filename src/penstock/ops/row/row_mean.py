"""Mean across cells."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(EventType("row", "A column of an example.", (Field("x", "x", width=3),)))


@jit
def _kernel(out: F8, x: F8, members: int) -> None:
    for i in range(out.size):
        total, carry, n = 0.0, 0.0, 0
        for j in range(i * members, (i + 1) * members):
            if not maths.is_nan(x[j]):
                total, carry = maths.two_sum(total, carry, x[j])
                n += 1
        out[i] = maths.divide(total + carry if maths.is_finite(carry) else total, float(n))


def _oracle(x: F8) -> F8:
    known = ~np.isnan(x).all(axis=1)
    out = np.full(x.shape[0], np.nan)
    out[known] = [np.nanmean(row) for row in x[known]]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RowMean(Operator):
    r"""Mean of the cells of a row.

    .. math:: y_t = \frac{1}{n} \sum_j x_{t,j}

    Notes
    -----
    Seed: none. NaN: cells that are NaN are left out; NaN where none is left. Warm-up: 1. Unit: that
    of `x`. Compensated.

    References
    ----------
    Abadir, K. M., Magnus, J. R. (2005). Matrix Algebra, section 2.1.

    Examples
    --------
    >>> evaluate(RowMean(**RowMean.example), x=[[1.0, 3.0, float("nan")]])
    [2.0]
    """

    x: Expr

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x")}

    def check(self) -> None:
        self.require("x must be a wide column", self.x.cells > 1, self.x.text)

    @property
    def members(self) -> int:
        """Cells of a row."""
        return self.x.cells
