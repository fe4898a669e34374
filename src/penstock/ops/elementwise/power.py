"""Power."""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.errors import DefinitionError
from penstock.core.jit import jit
from penstock.core.units import ONE, power
from penstock.expr import Constant, Elementwise, Expr


@jit
def _kernel(out: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        out[i] = maths.power(x[i], y[i])


def _oracle(x: F8, y: F8) -> F8:
    with np.errstate(all="ignore"):
        known = ~(np.isnan(x) | np.isnan(y) | ((x == 0.0) & (y < 0.0)))
        return np.where(known, np.power(x, y), np.nan)


@dataclass(frozen=True, eq=False, repr=False)
class Power(Elementwise):
    r"""A column to the power of another, or of a number.

    .. math:: z_t = x_t^{y_t}

    Notes
    -----
    Seed: none. NaN: NaN where either side is, for 0 to a negative power and for a negative number
    to one that is no integer; infinite where it overflows. Warm-up: 1. Unit: that of `x` to the
    power where that is a number; else both sides must have none.

    References
    ----------
    IEEE Std 754-2019, section 9.2: pow.

    Examples
    --------
    >>> evaluate(Power(x, 3.0), x=[2.0, -1.0])
    [8.0, -1.0]
    """

    x: Expr
    y: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"y": Constant(1.5)}

    def check(self) -> None:
        if isinstance(self.y, Constant):
            return
        for side in (self.x, self.y):
            if not isinstance(side, Constant) and side.unit != ONE:
                raise DefinitionError(
                    f"Power: a power that is a column is of pure numbers, got {side.unit}"
                )

    @property
    def unit(self) -> str:
        if not isinstance(self.y, Constant):
            return ONE
        return power(self.x.unit, Fraction(self.y.value).limit_denominator(1_000_000))
