"""Whether one of two conditions holds."""

from dataclasses import dataclass

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        if maths.is_nan(x[i]) or maths.is_nan(y[i]):
            out[i] = np.nan
        else:
            out[i] = 1.0 if (x[i] != 0.0) | (y[i] != 0.0) else 0.0


def _oracle(x: F8, y: F8) -> F8:
    return np.where(np.isnan(x) | np.isnan(y), np.nan, np.logical_or(x, y))


@dataclass(frozen=True, eq=False, repr=False)
class Or(Elementwise):
    r"""1 where one condition holds or both do, else 0.

    .. math:: z_t = 1[x_t \ne 0 \vee y_t \ne 0]

    Notes
    -----
    Seed: none. NaN: NaN where either side is. Warm-up: 1. Unit: 1. A value is true unless it is 0.

    References
    ----------
    Boole, G. (1854). An Investigation of the Laws of Thought, chapter 2.

    Examples
    --------
    >>> evaluate(Or(x, y), x=[1.0, 0.0], y=[0.0, 0.0])
    [1.0, 0.0]
    """

    x: Expr
    y: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def unit(self) -> str:
        return ONE
