"""Whether two values differ."""

from dataclasses import dataclass

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr
from penstock.ops.elementwise.same_unit import SameUnit


@jit
def _kernel(out: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        if maths.is_nan(x[i]) or maths.is_nan(y[i]):
            out[i] = np.nan
        else:
            out[i] = 1.0 if x[i] != y[i] else 0.0


def _oracle(x: F8, y: F8) -> F8:
    return np.where(np.isnan(x) | np.isnan(y), np.nan, np.not_equal(x, y))


@dataclass(frozen=True, eq=False, repr=False)
class NotEqual(SameUnit):
    r"""1 where `x` is other than `y`, else 0.

    .. math:: z_t = 1[x_t \ne y_t]

    Notes
    -----
    Seed: none. NaN: NaN where either side is. Warm-up: 1. Unit: 1.

    References
    ----------
    IEEE Std 754-2019, section 5.6.1: comparisons.

    Examples
    --------
    >>> evaluate(NotEqual(x, y), x=[1.0, 2.0, 3.0], y=[2.0, 2.0, 2.0])
    [1.0, 0.0, 1.0]
    """

    x: Expr
    y: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def unit(self) -> str:
        return ONE
