"""Fisher transform of a price's place in its range."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Constant, Expr, Operator


@jit
def _kernel(out: F8, x: F8, low: F8, high: F8, registers: np.ndarray) -> None:
    s = registers[0]
    v, y = s["v"], s["y"]
    for i in range(out.size):
        place = maths.divide(x[i] - low[i], high[i] - low[i])
        out[i] = np.nan
        if maths.is_finite(place):
            v = 0.66 * (place - 0.5) + 0.67 * v
            v = 0.999 if v > 0.99 else (-0.999 if v < -0.99 else v)
            y = 0.5 * maths.log((1.0 + v) / (1.0 - v)) + 0.5 * y
            out[i] = y
    s["v"], s["y"] = v, y


def _oracle(x: F8, low: F8, high: F8) -> F8:
    """The smoothed place step by step; the weights of its transforms written out."""
    out, v, transforms = np.full(x.size, np.nan), 0.0, []
    for t in range(x.size):
        reach = high[t] - low[t]
        place = (x[t] - low[t]) / reach if reach != 0.0 else np.nan
        if np.isfinite(place):
            v = 0.33 * 2.0 * (place - 0.5) + 0.67 * v
            v = np.copysign(0.999, v) if abs(v) > 0.99 else v
            transforms.append(np.arctanh(v))
            out[t] = np.dot(0.5 ** np.arange(len(transforms))[::-1], transforms)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class FisherTransform(Operator):
    r"""Ehlers's Fisher transform of where a value stands between two others.

    .. math::
        y_t = \tfrac{1}{2} \ln \frac{1 + v_t}{1 - v_t} + \tfrac{1}{2} y_{t-1}, \quad
        v_t = 0.66 \Big( \frac{x_t - l_t}{h_t - l_t} - \tfrac{1}{2} \Big) + 0.67 \, v_{t-1}

    Notes
    -----
    Seed: 0 for both. NaN: NaN where an operand is not finite or the range is 0; both recursions
    stand. Warm-up: 1. Unit: 1. A v beyond 0.99 on either side is set to 0.999, and goes on from there.

    References
    ----------
    Ehlers, J. F. (2002). Using the Fisher transform. Technical Analysis of Stocks & Commodities
    20(11).

    Examples
    --------
    >>> evaluate(FisherTransform(x, low=0.0, high=4.0), x=[2.0, 4.0])
    [0.0, 0.342828]
    """

    x: Expr
    low: Expr
    high: Expr

    registers: ClassVar = np.dtype([("v", "f8"), ("y", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def check(self) -> None:
        units = {x.unit for x in self.operands if not isinstance(x, Constant)}
        self.require("all operands must have one unit", len(units) == 1, sorted(units))

    @property
    def unit(self) -> str:
        return ONE
