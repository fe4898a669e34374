"""Remainder of a division."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr
from penstock.ops.elementwise.same_unit import SameUnit


@jit
def _kernel(out: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        out[i] = maths.modulo(x[i], y[i])


def _oracle(x: F8, y: F8) -> F8:
    wanted = np.full(x.size, np.nan)
    for t in range(x.size):
        if np.isfinite(x[t]) and np.isfinite(y[t]) and y[t] != 0.0:
            exact, divisor = Fraction(float(x[t])), Fraction(float(y[t]))
            wanted[t] = float(exact - divisor * math.floor(exact / divisor))
    return wanted


@dataclass(frozen=True, eq=False, repr=False)
class Modulo(SameUnit):
    r"""Remainder that has the sign of the divisor.

    .. math:: z_t = x_t - y_t \lfloor x_t / y_t \rfloor

    Notes
    -----
    Seed: none. NaN: NaN where either side is not finite, and where the divisor is 0. Warm-up: 1.
    Unit: that of both sides.

    References
    ----------
    Knuth, D. E. (1997). The Art of Computer Programming 1, section 1.2.4.

    Examples
    --------
    >>> evaluate(Modulo(x, y), x=[7.0, -7.0, 7.0], y=[4.0, 4.0, 0.0])
    [3.0, 1.0, nan]
    """

    x: Expr
    y: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
