"""Shares of exponentials."""

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
    for start in range(0, out.size, members):
        best, total = x[start], 0.0
        for j in range(start, start + members):
            best = x[j] if (x[j] > best) | maths.is_nan(x[j]) else best
        for j in range(start, start + members):
            out[j] = maths.exp(x[j] - best)
            total += out[j]
        for j in range(start, start + members):
            out[j] /= total


def _oracle(x: F8) -> F8:
    wide = x.astype(np.longdouble)
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(float)


@dataclass(frozen=True, eq=False, repr=False)
class Softmax(Operator):
    r"""Exponentials of the cells of a row, as shares of their sum.

    .. math:: y_{t,j} = e^{x_{t,j}} \Big/ \sum_k e^{x_{t,k}}

    Notes
    -----
    Seed: none. NaN: NaN where a cell is NaN, or one is infinite. Warm-up: 1. Unit: 1; a wide column
    that adds up to 1.

    References
    ----------
    Bridle, J. S. (1990). Probabilistic interpretation of feedforward classification network
    outputs. Neurocomputing, NATO ASI F 68, 227-236.

    Examples
    --------
    >>> evaluate(Softmax(**Softmax.example), x=[[0.0, 0.0, -1000.0]])
    [[0.5, 0.5, 0.0]]
    """

    x: Expr

    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"x": Column(FREE, "x")}
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    def check(self) -> None:
        self.require("x must be a wide column", self.x.cells > 1, self.x.text)

    @property
    def members(self) -> int:
        """Cells of a row."""
        return self.x.cells

    @property
    def unit(self) -> str:
        return ONE

    @property
    def cells(self) -> int:
        return self.x.cells
