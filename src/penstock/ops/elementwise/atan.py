"""Arc tangent."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import angles
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = angles.atan(x[i])


@dataclass(frozen=True, eq=False, repr=False)
class Atan(Elementwise):
    r"""Arc tangent.

    .. math:: y_t = \arctan x_t, \quad -\pi/2 \le y_t \le \pi/2

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: 1.

    References
    ----------
    IEEE Std 754-2019, section 9.2: atan.

    Examples
    --------
    >>> evaluate(Atan(x), x=[0.0])
    [0.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.arctan)
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    @property
    def unit(self) -> str:
        return ONE
