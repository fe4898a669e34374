"""Natural logarithm."""

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
        out[i] = maths.log(x[i])


def _oracle(x: F8) -> F8:
    with np.errstate(all="ignore"):
        return np.log(x)


@dataclass(frozen=True, eq=False, repr=False)
class Log(Elementwise):
    r"""Natural logarithm.

    .. math:: y_t = \ln x_t

    Notes
    -----
    Seed: none. NaN: passed on, and below 0; minus infinity at 0. Warm-up: 1.
    Unit: 1; take the logarithm of a ratio.

    References
    ----------
    IEEE Std 754-2019, section 9.2: log.

    Examples
    --------
    >>> evaluate(Log(x), x=[1.0, 0.0, -1.0])
    [0.0, -inf, nan]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "a logarithm turns a factor into a shift"}

    @property
    def unit(self) -> str:
        return ONE
