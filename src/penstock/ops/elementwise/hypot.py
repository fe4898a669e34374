"""Length of a vector."""

from dataclasses import dataclass

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr
from penstock.ops.elementwise.same_unit import SameUnit


@jit
def _kernel(out: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        out[i] = maths.hypot(x[i], y[i])


def _oracle(x: F8, y: F8) -> F8:
    return np.where(np.isnan(x) | np.isnan(y), np.nan, np.hypot(x, y))


@dataclass(frozen=True, eq=False, repr=False)
class Hypot(SameUnit):
    r"""Length of the vector (x, y).

    .. math:: z_t = \sqrt{x_t^2 + y_t^2}

    Notes
    -----
    Seed: none. NaN: NaN where either side is. Warm-up: 1. Unit: that of both sides. No square
    overflows.

    References
    ----------
    IEEE Std 754-2019, section 9.2: hypot.

    Examples
    --------
    >>> evaluate(Hypot(x, y), x=[3.0], y=[4.0])
    [5.0]
    """

    x: Expr
    y: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
