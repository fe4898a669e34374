"""Exponential."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = maths.exp(x[i])


def _oracle(x: F8) -> F8:
    with np.errstate(all="ignore"):
        return np.exp(x)


@dataclass(frozen=True, eq=False, repr=False)
class Exp(Elementwise):
    r"""Exponential.

    .. math:: y_t = e^{x_t}

    Notes
    -----
    Seed: none. NaN: passed on; infinity above 709.78. Warm-up: 1.
    Unit: 1; the exponent is a number.

    References
    ----------
    IEEE Std 754-2019, section 9.2: exp.

    Examples
    --------
    >>> evaluate(Exp(x), x=[0.0, 710.0])
    [1.0, inf]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "an exponential turns a factor into a power"}

    @property
    def unit(self) -> str:
        return ONE
