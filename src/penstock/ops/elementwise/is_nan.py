"""Whether a value is NaN."""

from dataclasses import dataclass

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = 1.0 if maths.is_nan(x[i]) else 0.0


@dataclass(frozen=True, eq=False, repr=False)
class IsNan(Elementwise):
    r"""1 where a value is NaN, else 0.

    .. math:: y_t = 1[x_t \text{ is NaN}]

    Notes
    -----
    Seed: none. NaN: counted: 1. Warm-up: 1. Unit: 1.

    References
    ----------
    IEEE Std 754-2019, section 5.7.2: isNaN.

    Examples
    --------
    >>> evaluate(IsNan(x), x=[1.0, float("nan")])
    [0.0, 1.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.isnan)

    @property
    def unit(self) -> str:
        return ONE
