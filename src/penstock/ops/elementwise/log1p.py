"""Natural logarithm of one more."""

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
        out[i] = maths.log1p(x[i])


def _oracle(x: F8) -> F8:
    with np.errstate(all="ignore"):
        return np.log1p(x)


@dataclass(frozen=True, eq=False, repr=False)
class Log1p(Elementwise):
    r"""Natural logarithm of one more.

    .. math:: y_t = \ln (1 + x_t)

    Notes
    -----
    Seed: none. NaN: passed on, and below -1; minus infinity at -1. Warm-up: 1. Unit: 1. Exact near
    0, where `Log(1 + x)` is not.

    References
    ----------
    IEEE Std 754-2019, section 9.2: logp1.

    Examples
    --------
    >>> evaluate(Log1p(x), x=[0.0, -1.0, -2.0])
    [0.0, -inf, nan]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "the argument is a pure number"}

    @property
    def unit(self) -> str:
        return ONE
