"""Absolute value."""

from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = abs(x[i])


@dataclass(frozen=True, eq=False, repr=False)
class Abs(Elementwise):
    r"""Absolute value.

    .. math:: y_t = |x_t|

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: that of `x`.

    References
    ----------
    IEEE Std 754-2019, section 5.5.1: abs.

    Examples
    --------
    >>> evaluate(Abs(x), x=[-1.0, 3.0])
    [1.0, 3.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.abs)
