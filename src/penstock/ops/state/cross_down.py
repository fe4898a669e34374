"""Whether one column goes below another."""

from dataclasses import dataclass

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.elementwise.same_unit import require_one_unit


@jit
def _kernel(out: F8, x: F8, y: F8) -> None:
    for i in range(out.size):
        a, b, c, d = x[i], y[i], x[i + 1], y[i + 1]
        known = not (maths.is_nan(a) | maths.is_nan(b) | maths.is_nan(c) | maths.is_nan(d))
        crossed = 1.0 if (a >= b) & (c < d) else 0.0
        out[i] = crossed if known else np.nan


def _oracle(x: F8, y: F8) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(1, x.size):
        if not np.isnan([x[t], y[t], x[t - 1], y[t - 1]]).any():
            out[t] = float(x[t] < y[t] and x[t - 1] >= y[t - 1])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class CrossDown(Operator):
    r"""1 at the tick where `x` goes below `y`, else 0.

    .. math:: z_t = 1[x_t < y_t, \; x_{t-1} \ge y_{t-1}]

    Notes
    -----
    Seed: none. NaN: NaN where one of the four values is. Warm-up: 2. Unit: 1. Equal values are not
    across yet; `y` may be a number.

    References
    ----------
    Kaufman, P. J. (2013). Trading Systems and Methods, 5th edition, chapter 8: crossings of
    averages.

    Examples
    --------
    >>> evaluate(CrossDown(x, y), x=[3.0, 2.0, 1.0], y=[2.0, 2.0, 2.0])
    [nan, 0.0, 1.0]
    """

    x: Expr
    y: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def check(self) -> None:
        require_one_unit(self, self.x, self.y)

    @property
    def lookback(self) -> int:
        return 1

    @property
    def warmup(self) -> int:
        return 2

    @property
    def unit(self) -> str:
        return ONE
