"""Sign."""

from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        value = x[i]
        if value > 0.0:
            out[i] = 1.0
        elif value < 0.0:
            out[i] = -1.0
        else:
            out[i] = value * 0.0  # 0, or the NaN itself


@dataclass(frozen=True, eq=False, repr=False)
class Sign(Elementwise):
    r"""Sign: 1, 0 or -1.

    .. math:: y_t = \operatorname{sgn} x_t

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: 1.

    References
    ----------
    Hamming, R. W. (1962). Numerical Methods for Scientists and Engineers, section 1.3.

    Examples
    --------
    >>> evaluate(Sign(x), x=[-2.5, 0.0, 3.0])
    [-1.0, 0.0, 1.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.sign)

    @property
    def unit(self) -> str:
        return ONE
