"""A tick whenever a column has moved far enough one way."""

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
    high, low = s["high"], s["low"]
    for i in range(out.size):
        if maths.is_finite(x[i]):
            high, low = max(0.0, high + x[i]), min(0.0, low + x[i])
        out[i] = 0.0
        if high >= limit:
            out[i], high, low = 1.0, 0.0, 0.0
        elif low <= -limit:
            out[i], high, low = -1.0, 0.0, 0.0
    s["high"], s["low"] = high, low


def _oracle(x: F8, limit: float) -> F8:
    """The largest sum of the last values since the last event, either way."""
    out, start = np.zeros(x.size), 0
    known = np.where(np.isfinite(x), x, 0.0)
    for t in range(x.size):
        high, low = 0.0, 0.0
        for value in known[start : t + 1]:
            high, low = max(high + value, 0.0), min(low + value, 0.0)
        if high >= limit or low <= -limit:
            out[t], start = 1.0 if high >= limit else -1.0, t + 1
    return out


@dataclass(frozen=True, eq=False, repr=False)
class CusumEvent(Operator):
    r"""1 or -1 where the moves since the last event come to the limit up or down, else 0.

    .. math::
        S^+_t = \max(0, S^+_{t-1} + x_t), \; S^-_t = \min(0, S^-_{t-1} + x_t), \quad
        y_t = 1[S^+_t \ge h] - 1[S^-_t \le -h]

    Notes
    -----
    Seed: 0. NaN: adds nothing, nor does an infinity. Warm-up: 1. Unit: 1; `limit` h is in the unit
    of `x`. An event sets both sums to 0. ``When(CusumEvent(log_return, limit=…))`` is the clock of
    the symmetric filter.

    References
    ----------
    Lam, K., Yam, H. (1997). CUSUM techniques for technical trading in financial markets. Financial
    Engineering and the Japanese Markets 4, 257-274. López de Prado, M. (2018). Advances in
    Financial Machine Learning, section 2.5.2.

    Examples
    --------
    >>> evaluate(CusumEvent(x, limit=2.0), x=[1.0, 1.0, -3.0])
    [0.0, 1.0, -1.0]
    """

    x: Expr
    limit: float

    registers: ClassVar = np.dtype([("high", "f8"), ("low", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"limit": 2.5}
    exempt: ClassVar = {"unit": "the limit is in the unit of x"}

    def check(self) -> None:
        self.require("limit must be positive", self.limit > 0.0, self.limit)

    @property
    def unit(self) -> str:
        return ONE
