"""Sum of the last values with weights that fall as a power of their age."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR


@jit
def _kernel(
    out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int, exponent: float
) -> None:
    s = registers[0]
    clean = s["clean"]  # finite values in a row
    if s["made"] == 0:
        for k in range(window):
            history[k]["weight"] = maths.power(k + 1.0, -exponent)
    for i in range(out.size):
        clean = clean + 1 if maths.is_finite(x[i + window]) else 0
        out[i] = np.nan
        if clean >= window:
            total, carry = 0.0, 0.0
            for k in range(window):
                total, carry = maths.two_sum(total, carry, history[k]["weight"] * x[i + window - k])
            out[i] = total + carry
    s["clean"], s["made"] = clean, 1


def _oracle(x: F8, window: int, exponent: float) -> F8:
    out = np.full(x.size, np.nan)
    weights = np.arange(1, window + 1).astype(np.longdouble) ** -np.longdouble(exponent)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1][::-1]
        if np.isfinite(values).all():
            out[t] = np.dot(weights, values)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingPowerLaw(Operator):
    r"""Sum of the last `window` values, each by its age to the power of -`exponent`.

    .. math:: y_t = \sum_{k=0}^{w-1} (k + 1)^{-\beta} x_{t-k}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit: that of `x`. A
    power law has no recursion: a tick costs one pass over the window. Compensated.

    References
    ----------
    Bouchaud, J.-P., Gefen, Y., Potters, M., Wyart, M. (2004). Fluctuations and response in financial markets.
    Quantitative Finance 4(2), 176-190.

    Examples
    --------
    >>> evaluate(RollingPowerLaw(x, window=2, exponent=1.0), x=[1.0, 3.0, 2.0])
    [nan, 3.5, 3.5]
    """

    x: Expr
    window: int
    exponent: float

    registers: ClassVar = np.dtype([("clean", "i8"), ("made", "i8")])
    history: ClassVar = np.dtype([("weight", "f8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "exponent": 0.3}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require("exponent must not be negative", self.exponent >= 0.0, self.exponent)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window
