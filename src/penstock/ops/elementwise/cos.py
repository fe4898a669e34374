"""Cosine."""

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
        out[i] = angles.cos(x[i])


@dataclass(frozen=True, eq=False, repr=False)
class Cos(Elementwise):
    r"""Cosine.

    .. math:: y_t = \cos x_t

    Notes
    -----
    Seed: none. NaN: passed on, and of an infinity. Warm-up: 1. Unit: 1. The argument is in radians.

    References
    ----------
    IEEE Std 754-2019, section 9.2: cos.

    Examples
    --------
    >>> evaluate(Cos(x), x=[0.0, float("inf")])
    [1.0, nan]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.cos)
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    @property
    def unit(self) -> str:
        return ONE
