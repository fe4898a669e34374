"""Hyperbolic cosine."""

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
        out[i] = angles.cosh(x[i])


def _oracle(x: F8) -> F8:
    with np.errstate(all="ignore"):
        return np.cosh(x)


@dataclass(frozen=True, eq=False, repr=False)
class Cosh(Elementwise):
    r"""Hyperbolic cosine.

    .. math:: y_t = (e^{x_t} + e^{-x_t}) / 2

    Notes
    -----
    Seed: none. NaN: passed on; infinite where it overflows. Warm-up: 1. Unit: 1.

    References
    ----------
    IEEE Std 754-2019, section 9.2: cosh.

    Examples
    --------
    >>> evaluate(Cosh(x), x=[0.0, -1000.0])
    [1.0, inf]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    @property
    def unit(self) -> str:
        return ONE
