"""McGinley's dynamic average."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, slowness: float) -> None:
    s = registers[0]
    y = s["y"]  # 0 until there is a value: no average of positive values is
    for i in range(out.size):
        value = x[i]
        if maths.is_finite(value) and value > 0.0:
            ratio = value / y if y > 0.0 else 0.0
            square = ratio * ratio
            slow = slowness * square * square
            y = y + (value - y) / slow if slow > 1.0 else value
        out[i] = y if y > 0.0 else np.nan
    s["y"] = y


def _oracle(x: F8, window: int, k: float) -> F8:
    out, y = np.full(x.size, np.nan), np.nan
    for t in range(x.size):
        if np.isfinite(x[t]) and x[t] > 0:
            share = 1.0 if np.isnan(y) else min(1.0, (y / x[t]) ** 4 / (k * window))
            y = x[t] if share == 1.0 else share * x[t] + (1.0 - share) * y
        out[t] = y
    return out


@dataclass(frozen=True, eq=False, repr=False)
class McGinley(Operator):
    r"""McGinley's dynamic: an average that follows a fall faster than a rise.

    .. math::
        y_t = y_{t-1} + s_t (x_t - y_{t-1}), \quad
        s_t = \min \left( 1, \frac{1}{k w (x_t / y_{t-1})^4} \right)

    Notes
    -----
    Seed: the first value. NaN: skipped, and so is what is not positive or not finite; the last
    average stands. Warm-up: 1. Unit: that of `x`. The share s is at most 1, which McGinley does not
    say: after a fall by more than a third his step goes past the value, and then away for ever.

    References
    ----------
    McGinley, J. R. (1990). McGinley Dynamics. Market Technicians Association Journal.

    Examples
    --------
    >>> evaluate(McGinley(x, window=10), x=[1.0, 1.0, 2.0])
    [1.0, 1.0, 1.010417]
    """

    x: Expr
    window: int
    k: float = 0.6

    registers: ClassVar = np.dtype([("y", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require("k must be positive", self.k > 0.0, self.k)

    @property
    def slowness(self) -> float:
        """What the step is divided by where the value is at the average."""
        return self.k * self.window
