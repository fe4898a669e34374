"""The higher of two values."""

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
        if x[i] > y[i] or maths.is_nan(x[i]):
            out[i] = x[i]
        else:
            out[i] = y[i]


@dataclass(frozen=True, eq=False, repr=False)
class Maximum(SameUnit):
    r"""The higher of two values.

    .. math:: z_t = \max(x_t, y_t)

    Notes
    -----
    Seed: none. NaN: NaN where either side is. Warm-up: 1. Unit: that of both sides.

    References
    ----------
    IEEE Std 754-2019, section 9.6: maximum.

    Examples
    --------
    >>> evaluate(Maximum(x, y), x=[1.0, 3.0], y=[2.0, 2.0])
    [2.0, 3.0]
    """

    x: Expr
    y: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.maximum)
