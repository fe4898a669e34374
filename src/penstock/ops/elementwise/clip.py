"""A value kept between two bounds."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8, low: float, high: float) -> None:
    for i in range(out.size):
        value = x[i]
        if value < low:
            value = low
        elif value > high:
            value = high
        out[i] = value


@dataclass(frozen=True, eq=False, repr=False)
class Clip(Elementwise):
    r"""A value kept between two bounds.

    .. math:: y_t = \min(\max(x_t, \text{low}), \text{high})

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: that of `x`, and of the bounds.

    References
    ----------
    Hastings, C. et al. (1947). Low moments for small samples. Ann. Math. Stat. 18(3), 413-426.

    Examples
    --------
    >>> evaluate(Clip(x, low=0.0, high=1.0), x=[-2.0, 0.5, 3.0])
    [0.0, 0.5, 1.0]
    """

    x: Expr
    low: float
    high: float

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.clip)
    example: ClassVar = {"low": -1.5, "high": 60_000.0}
    exempt: ClassVar = {"unit": "the bounds are in the unit of x"}

    def check(self) -> None:
        self.require("low must not be above high", self.low <= self.high, (self.low, self.high))
