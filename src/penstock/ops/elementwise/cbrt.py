"""Cube root."""

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
        out[i] = maths.cbrt(x[i])


@dataclass(frozen=True, eq=False, repr=False)
class Cbrt(Elementwise):
    r"""Cube root.

    .. math:: y_t = \sqrt[3]{x_t}

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: the cube root of that of `x`.
    The root of a negative number is negative.

    References
    ----------
    IEEE Std 754-2019, section 9.2: rootn.

    Examples
    --------
    >>> evaluate(Cbrt(x), x=[27.0, -8.0])
    [3.0, -2.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.cbrt)

    @property
    def unit(self) -> str:
        return power(self.x.unit, Fraction(1, 3))
