"""A value on a circle."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8, low: float, high: float) -> None:
    for i in range(out.size):
        out[i] = maths.wrap(x[i], low, high)


def _oracle(x: F8, low: float, high: float) -> F8:
    wanted = np.full(x.size, np.nan)
    for t in range(x.size):
        if np.isfinite(x[t]):
            exact, start, period = (
                Fraction(float(x[t])),
                Fraction(low),
                Fraction(high) - Fraction(low),
            )
            wanted[t] = float(exact - period * math.floor((exact - start) / period))
    return wanted


@dataclass(frozen=True, eq=False, repr=False)
class Wrap(Elementwise):
    r"""A value moved by whole periods to where it is at least `low` and below `high`.

    .. math:: y_t = l + \big( (x_t - l) \bmod (h - l) \big)

    Notes
    -----
    Seed: none. NaN: passed on, and of an infinity. Warm-up: 1. Unit: that of `x`, and of the
    bounds.

    References
    ----------
    Mardia, K. V., Jupp, P. E. (2000). Directional Statistics, section 2.2.

    Examples
    --------
    >>> evaluate(Wrap(x, low=0.0, high=24.0), x=[25.0, -1.0])
    [1.0, 23.0]
    """

    x: Expr
    low: float
    high: float

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"low": -2.0, "high": 30.0}
    exempt: ClassVar = {"unit": "the bounds are in the unit of x"}

    def check(self) -> None:
        bounds = (self.low, self.high)
        self.require("low must be below high", self.low < self.high, bounds)
        self.require("both bounds must be finite", bool(np.isfinite(bounds).all()), bounds)
