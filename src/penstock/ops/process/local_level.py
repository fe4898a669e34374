"""Kalman filter of a level that walks at random."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE, power
from penstock.expr import Expr, Operator


@jit
def _kernel(
    level: F8, variance: F8, innovation: F8, x: F8, registers: np.ndarray, walk: float, noise: float
) -> None:
    s = registers[0]
    centre, rest, p, n = s["centre"], s["rest"], s["p"], s["n"]
    for i in range(level.size):
        innovation[i] = np.nan
        if n > 0:
            p += walk
        if maths.is_finite(x[i]):
            if n == 0:
                centre, p = x[i], noise
            else:
                # the level is centre + rest: one number would lose small steps at a high level
                gap, total = (x[i] - centre) - rest, p + noise
                innovation[i] = gap / math.sqrt(total)
                rest += p / total * gap
                p *= noise / total
                moved = centre + rest
                rest -= moved - centre
                centre = moved
            n += 1
        level[i] = centre + rest if n > 0 else np.nan
        variance[i] = p if n > 0 else np.nan
    s["centre"], s["rest"], s["p"], s["n"] = centre, rest, p, n


def _oracle(x: F8, walk: float, noise: float) -> dict[str, F8]:
    """Precisions add up, and the level is the mean of what is known, weighed by them."""
    out = {name: np.full(x.size, np.nan) for name in ("level", "variance", "innovation")}
    spread, level = np.longdouble(np.inf), np.longdouble(0.0)
    for t in range(x.size):
        spread += walk
        if np.isfinite(x[t]):
            value = np.longdouble(x[t])
            if np.isfinite(spread):
                out["innovation"][t] = (value - level) / np.sqrt(spread + noise)
            before, now = 1 / spread, 1 / np.longdouble(noise)
            level += (value - level) * now / (before + now)
            spread = 1 / (before + now)
        if np.isfinite(spread):
            out["level"][t], out["variance"][t] = level, spread
    return out


@dataclass(frozen=True, eq=False, repr=False)
class LocalLevel(Operator):
    r"""Filtered level of a random walk that is seen through noise, and the standardised surprise of each value.

    .. math::
        m_t = m_{t-1} + k_t (x_t - m_{t-1}), \quad
        k_t = \frac{p_{t-1} + q}{p_{t-1} + q + r}, \quad
        p_t = (1 - k_t) (p_{t-1} + q), \quad
        z_t = \frac{x_t - m_{t-1}}{\sqrt{p_{t-1} + q + r}}

    Notes
    -----
    Seed: the first value, with variance r: nothing is known of the level before. NaN: at what is
    not finite the level stands, its variance grows, and there is no surprise. Warm-up: 1. Unit:
    that of `x`, its square for the variance, none for `innovation`. `walk` q and `noise` r are
    variances a tick.

    References
    ----------
    Harvey, A. C. (1989). Forecasting, Structural Time Series Models and the Kalman Filter, section
    3.2.

    Examples
    --------
    >>> evaluate(LocalLevel(x, walk=0.0, noise=1.0), x=[1.0, 3.0, 5.0])["level"]
    [1.0, 2.0, 3.0]
    """

    x: Expr
    walk: float
    noise: float

    outputs: ClassVar = ("level", "variance", "innovation")
    registers: ClassVar = np.dtype([("centre", "f8"), ("rest", "f8"), ("p", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"walk": 0.25, "noise": 1.0}
    exempt: ClassVar = {"unit": "the variances are in the squared unit of x"}

    def check(self) -> None:
        self.require("walk must be at least 0", self.walk >= 0.0, self.walk)
        self.require("noise must be positive", self.noise > 0.0, self.noise)

    def unit_of(self, output: str) -> str:
        known = {"variance": power(self.x.unit, 2), "innovation": ONE}
        return known.get(output, self.x.unit)
