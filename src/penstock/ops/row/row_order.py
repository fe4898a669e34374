"""How far the cells of a row fall in order."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.core.units import ONE
from penstock.expr import Column, Expr, Operator
from penstock.streams import Stream

FREE = Stream(EventType("row", "A column of an example.", (Field("x", "x", width=3),)))


@jit
def _kernel(out: F8, x: F8, members: int) -> None:
    pairs = members * (members - 1) / 2
    for i in range(out.size):
        total, known = 0, True
        for j in range(i * members, (i + 1) * members):
            known = known and not maths.is_nan(x[j])
            for k in range(j + 1, (i + 1) * members):
                total += (1 if x[j] > x[k] else 0) - (1 if x[j] < x[k] else 0)
        out[i] = total / pairs if known else np.nan


def _oracle(x: F8) -> F8:
    first, second = np.triu_indices(x.shape[1], 1)
    with np.errstate(invalid="ignore"):
        falls = (x[:, first] > x[:, second]).mean(axis=1) - (x[:, first] < x[:, second]).mean(
            axis=1
        )
    return np.where(np.isnan(x).any(axis=1), np.nan, falls)


@dataclass(frozen=True, eq=False, repr=False)
class RowOrder(Operator):
    r"""Pairs of cells that fall less those that rise, as a share of all pairs.

    .. math:: y_t = \frac{2}{m (m - 1)} \sum_{j < k} \operatorname{sgn}(x_{t,j} - x_{t,k})

    Notes
    -----
    Seed: none. NaN: NaN where any cell is; an order is one of all. Warm-up: 1. Unit: 1. From 1,
    where each cell is above the next, to -1; Kendall's tau-a against the order of the cells.

    References
    ----------
    Kendall, M. G. (1938). A new measure of rank correlation. Biometrika 30, 81-93.

    Examples
    --------
    >>> evaluate(RowOrder(**RowOrder.example), x=[[3.0, 1.0, 2.0]])
    [0.333333]
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

    @property
    def unit(self) -> str:
        return ONE
