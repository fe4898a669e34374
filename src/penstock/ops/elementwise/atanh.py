"""Inverse hyperbolic tangent."""

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
        out[i] = angles.atanh(x[i])


def _oracle(x: F8) -> F8:
    with np.errstate(all="ignore"):
        return np.arctanh(x)


@dataclass(frozen=True, eq=False, repr=False)
class Atanh(Elementwise):
    r"""Inverse hyperbolic tangent.

    .. math:: y_t = \frac{1}{2} \ln \frac{1 + x_t}{1 - x_t}

    Notes
    -----
    Seed: none. NaN: passed on, and outside -1 to 1; infinite at both ends. Warm-up: 1. Unit: 1.
    Fisher's transformation of a correlation.

    References
    ----------
    Fisher, R. A. (1921). On the probable error of a coefficient of correlation deduced from a small
    sample. Metron 1, 3-32.

    Examples
    --------
    >>> evaluate(Atanh(x), x=[0.0, 1.0, 2.0])
    [0.0, inf, nan]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {
        "unit": "the argument is a pure number",
        "warmup": "no value above 1 has one",
    }

    @property
    def unit(self) -> str:
        return ONE
