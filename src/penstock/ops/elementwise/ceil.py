"""Smallest integer that is not below."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = maths.ceil(x[i])


@dataclass(frozen=True, eq=False, repr=False)
class Ceil(Elementwise):
    r"""Smallest integer that is not below.

    .. math:: y_t = \lceil x_t \rceil

    Notes
    -----
    Seed: none. NaN: passed on, and so is an infinity. Warm-up: 1. Unit: that of `x`, counted in
    wholes.

    References
    ----------
    IEEE Std 754-2019, section 5.3.1: roundToIntegral.

    Examples
    --------
    >>> evaluate(Ceil(x), x=[1.5, -2.5])
    [2.0, -2.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.ceil)
    exempt: ClassVar = {"unit": "what is whole depends on the scale"}
