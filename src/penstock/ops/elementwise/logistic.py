"""Logistic function."""

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
        out[i] = maths.logistic(x[i])


def _oracle(x: F8) -> F8:
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, np.longdouble)))


@dataclass(frozen=True, eq=False, repr=False)
class Logistic(Elementwise):
    r"""Logistic function.

    .. math:: y_t = 1 / (1 + e^{-x_t})

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: 1.

    References
    ----------
    Verhulst, P. F. (1838). Notice sur la loi que la population suit dans son accroissement.
    Correspondance mathématique et physique 10, 113-121.

    Examples
    --------
    >>> evaluate(Logistic(x), x=[0.0, -1000.0, 1000.0])
    [0.5, 0.0, 1.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    @property
    def unit(self) -> str:
        return ONE
