"""Inverse hyperbolic sine."""

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
        out[i] = angles.asinh(x[i])


@dataclass(frozen=True, eq=False, repr=False)
class Asinh(Elementwise):
    r"""Inverse hyperbolic sine.

    .. math:: y_t = \ln (x_t + \sqrt{x_t^2 + 1})

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: 1. A logarithm that is also defined for negative
    values.

    References
    ----------
    IEEE Std 754-2019, section 9.2: asinh.

    Examples
    --------
    >>> evaluate(Asinh(x), x=[0.0])
    [0.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.arcsinh)
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    @property
    def unit(self) -> str:
        return ONE
