"""A switch that does not flutter."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, low: float, high: float) -> None:
    s = registers[0]
    on = s["on"]
    for i in range(out.size):
        if x[i] > high:
            on = 1
        elif x[i] < low:
            on = 0
        out[i] = float(on)
    s["on"] = on


def _oracle(x: F8, low: float, high: float) -> F8:
    out = np.zeros(x.size)
    for t in range(x.size):
        outside = x[: t + 1][(x[: t + 1] > high) | (x[: t + 1] < low)]
        out[t] = float(outside.size > 0 and outside[-1] > high)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Hysteresis(Operator):
    r"""1 from when `x` rises above `high` until it falls below `low`.

    .. math:: y_t = 1 \text{ if } x_t > h, \; 0 \text{ if } x_t < l, \; \text{else } y_{t-1}

    Notes
    -----
    Seed: 0. NaN: keeps the state. Warm-up: 1. Unit: 1; the levels are in the unit of `x`.

    References
    ----------
    Schmitt, O. H. (1938). A thermionic trigger. Journal of Scientific Instruments 15(1), 24-26.

    Examples
    --------
    >>> evaluate(Hysteresis(x, low=1.0, high=2.0), x=[1.5, 3.0, 1.5, 0.5])
    [0.0, 1.0, 1.0, 0.0]
    """

    x: Expr
    low: float
    high: float

    registers: ClassVar = np.dtype([("on", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"low": -0.5, "high": 0.5}
    exempt: ClassVar = {"unit": "the levels are in the unit of x"}

    def check(self) -> None:
        self.require("low must not be above high", self.low <= self.high, (self.low, self.high))

    @property
    def unit(self) -> str:
        return ONE
