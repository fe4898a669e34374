"""Dispersion across cells."""

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
        anchor, total, squares, n = 0.0, 0.0, 0.0, 0
        for j in range(i * members, (i + 1) * members):
            if maths.is_finite(x[j]):
                anchor = x[j] if n == 0 else anchor
                total += x[j] - anchor
                n += 1
        mean = total / n if n > 0 else 0.0
        for j in range(i * members, (i + 1) * members):
            if maths.is_finite(x[j]):
                e = (x[j] - anchor) - mean
                squares += e * e
        out[i] = maths.sqrt(squares / (n - 1)) if n > 1 else np.nan


def _oracle(x: F8) -> F8:
    out = np.full(x.shape[0], np.nan)
    for t in range(x.shape[0]):
        known = x[t][np.isfinite(x[t])]
        if known.size > 1:
            out[t] = (known - known[0]).astype(np.longdouble).std(ddof=1)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RowStd(Operator):
    r"""Sample standard deviation of the cells of a row.

    .. math:: s_t = \sqrt{\frac{1}{n - 1} \sum_j (x_{t,j} - \bar x_t)^2}

    Notes
    -----
    Seed: none. NaN: cells that are not finite are left out; NaN where fewer than two are left.
    Warm-up: 1. Unit: that of `x`. In two passes about one of the values.

    References
    ----------
    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the sample variance.
    The American Statistician 37(3), 242-247.

    Examples
    --------
    >>> evaluate(RowStd(**RowStd.example), x=[[1.0, 3.0, 2.0]])
    [1.0]
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
