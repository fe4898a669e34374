"""Error function."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = math.erf(x[i])


def _oracle(x: F8) -> F8:
    """The series of positive terms; 1 in doubles from 6 on."""
    out = np.sign(x)
    for t in np.flatnonzero(abs(x) < 6.0):
        term = total = float(x[t])
        for k in range(1, 200):
            term *= 2.0 * x[t] * x[t] / (2 * k + 1)
            total += term
        out[t] = 2.0 / math.sqrt(math.pi) * math.exp(-x[t] * x[t]) * total
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Erf(Elementwise):
    r"""Error function.

    .. math:: y_t = \frac{2}{\sqrt{\pi}} \int_0^{x_t} e^{-s^2} \, ds

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: 1.

    References
    ----------
    Abramowitz, M., Stegun, I. A. (1964). Handbook of Mathematical Functions, section 7.1.

    Examples
    --------
    >>> evaluate(Erf(x), x=[0.0, 100.0])
    [0.0, 1.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    @property
    def unit(self) -> str:
        return ONE
