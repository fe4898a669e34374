"""Logarithm to base 2."""

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
        out[i] = maths.log2(x[i])


def _oracle(x: F8) -> F8:
    with np.errstate(all="ignore"):
        return np.log2(x)


@dataclass(frozen=True, eq=False, repr=False)
class Log2(Elementwise):
    r"""Logarithm to base 2.

    .. math:: y_t = \log_2 x_t

    Notes
    -----
    Seed: none. NaN: passed on, and below 0; minus infinity at 0. Warm-up: 1. Unit: 1.

    References
    ----------
    IEEE Std 754-2019, section 9.2: log2.

    Examples
    --------
    >>> evaluate(Log2(x), x=[8.0, 0.0, -1.0])
    [3.0, -inf, nan]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    @property
    def unit(self) -> str:
        return ONE
