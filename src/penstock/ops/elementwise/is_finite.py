"""Whether a value is finite."""

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
        out[i] = 1.0 if maths.is_finite(x[i]) else 0.0


@dataclass(frozen=True, eq=False, repr=False)
class IsFinite(Elementwise):
    r"""1 where a value is neither NaN nor infinite, else 0.

    .. math:: y_t = 1[|x_t| < \infty]

    Notes
    -----
    Seed: none. NaN: 0, and so of an infinity. Warm-up: 1. Unit: 1.

    References
    ----------
    IEEE Std 754-2019, section 5.7.2: isFinite.

    Examples
    --------
    >>> evaluate(IsFinite(x), x=[1.0, float("inf")])
    [1.0, 0.0]
    """

    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.isfinite)

    @property
    def unit(self) -> str:
        return ONE
