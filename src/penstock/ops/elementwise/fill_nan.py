"""A number where a value is not known."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Elementwise, Expr


@jit
def _kernel(out: F8, x: F8, value: float) -> None:
    for i in range(out.size):
        out[i] = value if maths.is_nan(x[i]) else x[i]


def _oracle(x: F8, value: float) -> F8:
    return np.where(np.isnan(x), value, x)


@dataclass(frozen=True, eq=False, repr=False)
class FillNan(Elementwise):
    r"""A column with a number in the place of NaN.

    .. math:: y_t = x_t \text{ if } x_t = x_t \text{ else } v

    Notes
    -----
    Seed: none. NaN: becomes `value`; infinities are passed on. Warm-up: 1.
    Unit: that of `x`, and of `value`.

    References
    ----------
    Little, R. J. A., Rubin, D. B. (2002). Statistical Analysis with Missing Data, section 4.2.

    Examples
    --------
    >>> evaluate(FillNan(x, value=0.0), x=[1.0, float("nan")])
    [1.0, 0.0]
    """

    x: Expr
    value: float

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"value": 0.0}
