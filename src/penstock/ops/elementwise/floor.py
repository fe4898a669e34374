"""Largest integer that is not above."""

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
        out[i] = maths.floor(x[i])


@dataclass(frozen=True, eq=False, repr=False)
class Floor(Elementwise):
    r"""Largest integer that is not above.

    .. math:: y_t = \lfloor x_t \rfloor

    Notes
    -----
    Seed: none. NaN: passed on, and so is an infinity. Warm-up: 1. Unit: that of `x`, counted in
    wholes.

    References
    ----------
    IEEE Std 754-2019, section 5.3.1: roundToIntegral.

    Examples
    --------
    >>> evaluate(Floor(x), x=[1.5, -1.5])
    [1.0, -2.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.floor)
    exempt: ClassVar = {"unit": "what is whole depends on the scale"}
