"""Kalman filter of a level that returns to 0 and is seen through noise."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, decay: float, walk: float, noise: float) -> None:
    s = registers[0]
    level, variance, n = s["level"], s["variance"], s["n"]
    for i in range(out.size):
        if n == 0:
            level, variance, n = 0.0, walk / (1.0 - decay * decay), 1
        else:
            level, variance = decay * level, decay * decay * variance + walk
        if maths.is_finite(x[i]):
            gain = variance / (variance + noise)
            level += gain * (x[i] - level)
            variance *= 1.0 - gain
        out[i] = level
    s["level"], s["variance"], s["n"] = level, variance, n


def _oracle(x: F8, decay: float, walk: float, noise: float) -> F8:
    """The mean of the level given all values so far, of their joint normal distribution."""
    out = np.zeros(x.size)
    place = np.arange(x.size)
    level = walk / (1.0 - decay**2) * decay ** np.abs(place[:, None] - place)
    for t in range(x.size):
        known = np.flatnonzero(np.isfinite(x[: t + 1]))[-200:]
        if known.size:
            seen = level[np.ix_(known, known)] + noise * np.eye(known.size)
            out[t] = level[t, known] @ np.linalg.solve(seen, x[known])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class AutoregressiveLevel(Operator):
    r"""Filtered level of a first-order autoregression around 0 that is seen through noise.

    .. math::
        x_t = h_t + u_t, \quad h_t = \phi h_{t-1} + e_t, \quad
        y_t = E(h_t \mid x_1, \dots, x_t), \quad \operatorname{var} e = q, \; \operatorname{var} u = r

    Notes
    -----
    Seed: the level's own distribution, of mean 0. NaN: at what is not finite the level fades towards 0. Warm-up: 1.
    Unit: that of `x`. `decay` is :math:`\phi`, `walk` q and `noise` r.

    References
    ----------
    Harvey, A. C. (1989). Forecasting, Structural Time Series Models and the Kalman Filter, section 3.2.

    Examples
    --------
    >>> evaluate(AutoregressiveLevel(x, decay=0.0, walk=1.0, noise=1.0), x=[1.0, 3.0])
    [0.5, 1.5]
    """

    x: Expr
    decay: float
    walk: float
    noise: float

    registers: ClassVar = np.dtype([("level", "f8"), ("variance", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"decay": 0.9, "walk": 0.25, "noise": 1.0}
    exempt: ClassVar = {"unit": "the variances are in the squared unit of x"}

    def check(self) -> None:
        self.require("decay must be between -1 and 1", -1.0 < self.decay < 1.0, self.decay)
        self.require("walk must be positive", self.walk > 0.0, self.walk)
        self.require("noise must be positive", self.noise > 0.0, self.noise)

    @property
    def unit(self) -> str:
        return self.x.unit
