"""Logarithm to base 10."""

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
        out[i] = maths.log10(x[i])


def _oracle(x: F8) -> F8:
    with np.errstate(all="ignore"):
        return np.log10(x)


@dataclass(frozen=True, eq=False, repr=False)
class Log10(Elementwise):
    r"""Logarithm to base 10.

    .. math:: y_t = \log_{10} x_t

    Notes
    -----
    Seed: none. NaN: passed on, and below 0; minus infinity at 0. Warm-up: 1. Unit: 1.

    References
    ----------
    IEEE Std 754-2019, section 9.2: log10.

    Examples
    --------
    >>> evaluate(Log10(x), x=[100.0, 0.0, -1.0])
    [2.0, -inf, nan]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    @property
    def unit(self) -> str:
        return ONE
