"""Curvature of a parabola through the last values.

Distances to an anchor are summed, laid out and re-anchored as in `RollingTrend`, here with their products with the
square of their positions too.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator

SUMS = ("e", "pe", "ppe")


@jit
def _lay_out(history: np.ndarray, x: F8, start: int, window: int, anchor: float) -> None:
    """The sums of what is still to leave, from the newest value back."""
    total, placed, squared = 0.0, 0.0, 0.0
    for j in range(window - 1, -1, -1):
        e, p = x[start + j] - anchor, float(j - (window - 1))
        total, placed, squared = total + e, placed + p * e, squared + p * p * e
        rest = history[j]
        rest["e"], rest["pe"], rest["ppe"] = total, placed, squared


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int) -> None:
    s = registers[0]
    e, pe, ppe, anchor = s["e"], s["pe"], s["ppe"], s["anchor"]
    entered, full = s["entered"], s["full"]
    w = float(window)
    mean, spread = (w * w - 1.0) / 12.0, w * (w * w - 1.0) * (w * w - 4.0) / 180.0
    for i in range(out.size):
        newest = x[i + window]
        entered += 1
        if entered == window:
            # what is not finite spoils every window that this anchor serves
            anchor = newest if maths.is_finite(newest) else 0.0
            _lay_out(history, x, i + 1, window, anchor)
            e, pe, ppe, entered, full = 0.0, 0.0, 0.0, 0, 1
        else:
            d, p = newest - anchor, float(entered)
            e, pe, ppe = e + d, pe + p * d, ppe + p * p * d
        rest = history[entered]
        total = rest["e"] + e
        middle = entered - 0.5 * (w - 1.0)
        product = (rest["ppe"] + ppe) - 2.0 * middle * (rest["pe"] + pe)
        product += (middle * middle - mean) * total
        out[i] = product / spread if full == 1 and maths.is_finite(product) else np.nan
    s["e"], s["pe"], s["ppe"], s["anchor"] = e, pe, ppe, anchor
    s["entered"], s["full"] = entered, full


def _oracle(x: F8, window: int) -> F8:
    out = np.full(x.size, np.nan)
    place = np.arange(window) - np.longdouble(window - 1) / 2
    bend = place**2 - (place**2).mean()
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            out[t] = np.dot(bend, (values - values[0]).astype(np.longdouble)) / np.dot(bend, bend)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingCurvature(Operator):
    r"""Coefficient of the square in the least-squares parabola through the last `window` values.

    .. math::
        \beta_2 = \frac{\sum_i q_i x_i}{\sum_i q_i^2}, \quad
        q_i = \left( i - \frac{w - 1}{2} \right)^2 - \frac{w^2 - 1}{12}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit: that of `x`, per
    tick squared. Rounding is relative to the spread of the window, not to the curvature.

    References
    ----------
    Draper, N. R., Smith, H. (1998). Applied Regression Analysis, 3rd edition, chapter 22: orthogonal polynomials.

    Examples
    --------
    >>> evaluate(RollingCurvature(x, window=3), x=[0.0, 1.0, 4.0, 9.0])
    [nan, nan, 1.0, 1.0]
    """

    x: Expr
    window: int

    registers: ClassVar = np.dtype(
        [(name, "f8") for name in (*SUMS, "anchor")] + [("entered", "i8"), ("full", "i8")]
    )
    history: ClassVar = np.dtype([(name, "f8") for name in SUMS])
    ahead: ClassVar = "entered"
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 6}

    def check(self) -> None:
        self.require("window must be at least 3", self.window >= 3, self.window)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window
