"""A tick whenever an amount is full."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, limit: float) -> None:
    s = registers[0]
    total, carry = s["total"], s["carry"]
    for i in range(out.size):
        if maths.is_finite(x[i]):
            total, carry = maths.two_sum(total, carry, x[i])
        if total + carry >= limit:
            total, carry = 0.0, 0.0
            out[i] = 1.0
        else:
            out[i] = 0.0
    s["total"], s["carry"] = total, carry


def _oracle(x: F8, limit: float) -> F8:
    out, start = np.zeros(x.size), 0
    known = np.where(np.isfinite(x), x, 0.0).astype(np.longdouble)
    for t in range(x.size):
        if known[start : t + 1].sum() >= limit:
            out[t], start = 1.0, t + 1
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Threshold(Operator):
    r"""1 where the sum since the last 1 has reached the limit, else 0.

    .. math:: y_t = 1[\textstyle\sum_{i=k+1}^{t} x_i \ge L], \quad k = \max \{ j < t : y_j = 1 \}

    Notes
    -----
    Seed: a sum of 0. NaN: adds nothing, nor does an infinity. Warm-up: 1.
    Unit: 1; `limit` is in the unit of `x`. What goes over the limit is not carried on.
    ``When(Threshold(size, limit=…))`` is a clock of volume bars.

    References
    ----------
    López de Prado, M. (2018). Advances in Financial Machine Learning, section 2.3.1: bars.

    Examples
    --------
    >>> evaluate(Threshold(x, limit=4.0), x=[1.0, 3.0, 2.0])
    [0.0, 1.0, 0.0]
    """

    x: Expr
    limit: float

    registers: ClassVar = np.dtype([("total", "f8"), ("carry", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"limit": 2.5}
    exempt: ClassVar = {"unit": "the limit is in the unit of x"}

    def check(self) -> None:
        self.require("limit must be positive", self.limit > 0.0, self.limit)

    @property
    def unit(self) -> str:
        return ONE
