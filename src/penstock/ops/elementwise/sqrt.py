"""Square root."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import power
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = maths.sqrt(x[i])


def _oracle(x: F8) -> F8:
    with np.errstate(all="ignore"):
        return np.sqrt(x)


@dataclass(frozen=True, eq=False, repr=False)
class Sqrt(Elementwise):
    r"""Square root.

    .. math:: y_t = \sqrt{x_t}

    Notes
    -----
    Seed: none. NaN: passed on, and below 0. Warm-up: 1. Unit: that of `x`, to the power 1/2.

    References
    ----------
    IEEE Std 754-2019, section 5.4.1: squareRoot.

    Examples
    --------
    >>> evaluate(Sqrt(x), x=[4.0, -1.0])
    [2.0, nan]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def unit(self) -> str:
        return power(self.x.unit, Fraction(1, 2))
