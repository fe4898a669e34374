"""Arc cosine."""

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
        out[i] = angles.acos(x[i])


def _oracle(x: F8) -> F8:
    with np.errstate(all="ignore"):
        return np.arccos(x)


@dataclass(frozen=True, eq=False, repr=False)
class Acos(Elementwise):
    r"""Arc cosine.

    .. math:: y_t = \arccos x_t, \quad 0 \le y_t \le \pi

    Notes
    -----
    Seed: none. NaN: passed on, and outside -1 to 1. Warm-up: 1. Unit: 1.

    References
    ----------
    IEEE Std 754-2019, section 9.2: acos.

    Examples
    --------
    >>> evaluate(Acos(x), x=[1.0, 2.0])
    [0.0, nan]
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
