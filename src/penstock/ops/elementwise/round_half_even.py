"""Nearest integer."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Elementwise, Expr

FIRST_WHOLE = 4_503_599_627_370_496.0  # from 2**52 on every float is an integer


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        value = x[i]
        size = abs(value)
        if size < FIRST_WHOLE:  # not where it is NaN
            size = (size + FIRST_WHOLE) - FIRST_WHOLE
            out[i] = -size if value < 0.0 else size
        else:
            out[i] = value


@dataclass(frozen=True, eq=False, repr=False)
class RoundHalfEven(Elementwise):
    r"""Nearest integer; a tie goes to the even one.

    .. math:: y_t = \operatorname{rint} x_t

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: that of `x`, counted in wholes.

    References
    ----------
    IEEE Std 754-2019, section 4.3.1: roundTiesToEven.

    Examples
    --------
    >>> evaluate(RoundHalfEven(x), x=[0.5, 1.5, -2.5, 3.7])
    [0.0, 2.0, -2.0, 4.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.rint)
    exempt: ClassVar = {"unit": "what is whole depends on the scale"}
