"""Smoothed position of a value in a range."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Constant, Expr, Operator


@jit
def _kernel(
    out: F8, x: F8, low: F8, high: F8, registers: np.ndarray, factor: float, seed: float
) -> None:
    s = registers[0]
    y, position, n = s["y"], s["position"], s["n"]
    for i in range(out.size):
        reach, height = high[i] - low[i], x[i] - low[i]
        if maths.is_finite(reach) and maths.is_finite(height):
            if reach != 0.0:
                position = height / reach
                if n == 0:
                    y = position if maths.is_nan(seed) else seed
                n += 1
            y += factor * (position - y) if n > 0 else 0.0
        out[i] = y if n > 0 else np.nan
    s["y"], s["position"], s["n"] = y, position, n


def _oracle(x: F8, low: F8, high: F8, factor: float, seed: float) -> F8:
    """The weights written out."""
    out, known = np.full(x.size, np.nan), []
    for t in range(x.size):
        reach, height = high[t] - low[t], x[t] - low[t]
        if np.isfinite(reach + height) and (reach != 0.0 or known):
            known.append(height / reach if reach != 0.0 else known[-1])
        if known:
            start = known[0] if np.isnan(seed) else seed
            weights = factor * (1.0 - factor) ** np.arange(len(known))[::-1]
            out[t] = (1.0 - factor) ** len(known) * start + np.dot(weights, known)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class SmoothedPosition(Operator):
    r"""Where a value stands between two others, smoothed with a constant weight.

    .. math:: y_t = y_{t-1} + a (p_t - y_{t-1}), \quad p_t = \frac{x_t - l_t}{h_t - l_t}

    Notes
    -----
    Seed: `seed` before the first position; that position itself where `seed` is NaN. NaN: what is
    not finite is skipped, the last average stands. Warm-up: 1. Unit: 1. A range of 0 leaves the
    position where it was; until there is one, the tick is skipped. The smoothed %K of KDJ and both
    stages of Schaff's cycle.

    References
    ----------
    Schaff, D. (1999). The Schaff trend cycle. Lane, G. C. (1984). Lane's stochastics. Technical
    Analysis of Stocks & Commodities 2(3).

    Examples
    --------
    >>> evaluate(SmoothedPosition(x, low=0.0, high=4.0, factor=0.5, seed=0.5), x=[4.0, 2.0])
    [0.75, 0.625]
    """

    x: Expr
    low: Expr
    high: Expr
    factor: float
    seed: float = math.nan

    registers: ClassVar = np.dtype([("y", "f8"), ("position", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"factor": 0.4}

    def check(self) -> None:
        units = {x.unit for x in self.operands if not isinstance(x, Constant)}
        self.require("all operands must have one unit", len(units) == 1, sorted(units))
        self.require("factor must be above 0 and at most 1", 0.0 < self.factor <= 1.0, self.factor)

    @property
    def unit(self) -> str:
        return ONE
