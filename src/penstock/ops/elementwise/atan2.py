"""Angle of a point."""

from dataclasses import dataclass

import numpy as np

from penstock.core import angles
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr
from penstock.ops.elementwise.same_unit import SameUnit


@jit
def _kernel(out: F8, y: F8, x: F8) -> None:
    for i in range(out.size):
        out[i] = angles.atan2(y[i], x[i])


@dataclass(frozen=True, eq=False, repr=False)
class Atan2(SameUnit):
    r"""Angle of the point (x, y), in radians.

    .. math:: \varphi_t = \operatorname{atan2}(y_t, x_t), \quad -\pi \le \varphi_t \le \pi

    Notes
    -----
    Seed: none. NaN: NaN where either side is. Warm-up: 1. Unit: 1. The first operand is `y`.

    References
    ----------
    IEEE Std 754-2019, section 9.2: atan2.

    Examples
    --------
    >>> evaluate(Atan2(y, x), y=[0.0, 0.0], x=[1.0, 0.0])
    [0.0, 0.0]
    """

    y: Expr
    x: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(np.arctan2)

    @property
    def unit(self) -> str:
        return ONE
