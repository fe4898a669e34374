"""Covariance of all pairs of values so far."""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import times
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, y: F8, registers: np.ndarray) -> None:
    s = registers[0]
    n, anchor_x, anchor_y = s["n"], s["anchor_x"], s["anchor_y"]
    sum_x, carry_x, sum_y, carry_y = s["x"], s["x_carry"], s["y"], s["y_carry"]
    both, carry = s["xy"], s["xy_carry"]
    for i in range(out.size):
        if maths.is_finite(x[i]) and maths.is_finite(y[i]):
            if n == 0:
                anchor_x, anchor_y = x[i], y[i]
            n += 1
            d, e = x[i] - anchor_x, y[i] - anchor_y
            sum_x, carry_x = maths.two_sum(sum_x, carry_x, d)
            sum_y, carry_y = maths.two_sum(sum_y, carry_y, e)
            both, carry = maths.two_sum(both, carry, d * e)
        product = float(n) * (both + carry) - (sum_x + carry_x) * (sum_y + carry_y)
        out[i] = product / (float(n) * float(n - 1)) if n > 1 else np.nan
    s["n"], s["anchor_x"], s["anchor_y"] = n, anchor_x, anchor_y
    s["x"], s["x_carry"], s["y"], s["y_carry"] = sum_x, carry_x, sum_y, carry_y
    s["xy"], s["xy_carry"] = both, carry


def _oracle(x: F8, y: F8) -> F8:
    """In exact arithmetic: one far value makes sums of which nothing is left."""
    out, n = np.full(x.size, np.nan), 0
    sums = [Fraction(0)] * 3
    for t in range(x.size):
        if np.isfinite(x[t]) and np.isfinite(y[t]):
            a, b = Fraction(float(x[t])), Fraction(float(y[t]))
            sums, n = [s + v for s, v in zip(sums, (a, b, a * b), strict=True)], n + 1
        if n > 1:
            out[t] = float((sums[2] - sums[0] * sums[1] / n) / (n - 1))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class ExpandingCovariance(Operator):
    r"""Covariance of all pairs so far.

    .. math:: s_{xy} = \frac{n \sum d_i e_i - \sum d_i \sum e_i}{n (n - 1)}, \quad d_i = x_i - x_1, \; e_i = y_i - y_1

    Notes
    -----
    Seed: none. NaN: a pair with a value that is not finite is skipped, the last value stands.
    Warm-up: 2. Unit: the product. Compensated sums of distances to the first pair: a mean that is
    carried on keeps the rounding of its quotients, which one far value multiplies.

    References
    ----------
    Bennett, J., Grout, R., Pebay, P., Roe, D., Thompson, D. (2009). Numerically stable, single-pass,
    parallel statistics algorithms. IEEE Cluster Computing.

    Examples
    --------
    >>> evaluate(ExpandingCovariance(x, y), x=[1.0, 3.0, 2.0], y=[2.0, 6.0, 4.0])
    [nan, 4.0, 2.0]
    """

    x: Expr
    y: Expr

    registers: ClassVar = np.dtype(
        [
            ("n", "i8"),
            *((n, "f8") for n in ("anchor_x", "anchor_y")),
            *((n, "f8") for n in ("x", "x_carry", "y", "y_carry", "xy", "xy_carry")),
        ]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def warmup(self) -> int:
        return 2

    @property
    def unit(self) -> str:
        return times(self.x.unit, self.y.unit)
