"""How far values went over the last ticks, and how much of that was in one direction.

The lengths of the steps are summed as the values of `RollingSum` are.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _lay_out(history: np.ndarray, x: F8, start: int, window: int) -> None:
    total, carry = 0.0, 0.0
    for j in range(window - 1, -1, -1):
        total, carry = maths.two_sum(total, carry, abs(x[start + j] - x[start + j - 1]))
        history[j]["sum"] = total + carry


@jit
def _kernel(
    net: F8,
    path: F8,
    efficiency: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
) -> None:
    s = registers[0]
    total, carry, entered, full = s["total"], s["carry"], s["entered"], s["full"]
    for i in range(net.size):
        entered += 1
        if entered == window:
            _lay_out(history, x, i + 1, window)
            total, carry, entered, full = 0.0, 0.0, 0, 1
        else:
            step = abs(x[i + window] - x[i + window - 1])
            total, carry = maths.two_sum(total, carry, step)
        length = history[entered]["sum"] + (total + carry) if full == 1 else np.nan
        known = maths.is_finite(length)
        net[i] = x[i + window] - x[i] if known else np.nan
        path[i] = length if known else np.nan
        efficiency[i] = maths.divide(abs(net[i]), path[i])
    s["total"], s["carry"], s["entered"], s["full"] = total, carry, entered, full


def _oracle(x: F8, window: int) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("net", "path", "efficiency")}
    for t in range(window, x.size):
        values = x[t - window : t + 1]
        if np.isfinite(np.diff(values)).all():
            length = abs(np.diff(values.astype(np.longdouble))).sum()
            out["net"][t], out["path"][t] = values[-1] - values[0], length
            out["efficiency"][t] = abs(values[-1] - values[0]) / length if length else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingPath(Operator):
    r"""Change over the last `window` steps, the length of the way, and the first as a share of the second.

    .. math::
        n_t = x_t - x_{t-w}, \quad
        l_t = \sum_{i=t-w+1}^{t} | x_i - x_{i-1} |, \quad
        e_t = | n_t | / l_t

    Notes
    -----
    Seed: none. NaN: NaN while a step from or to a value that is not finite is among the last
    `window`. Warm-up: `window` + 1. Unit: that of `x`, 1 for the efficiency. A flat window has no
    efficiency. Steps up are ``(path + net) / 2``, and Chande's momentum is ``100 net / path``.

    References
    ----------
    Kaufman, P. J. (1995). Smarter Trading. McGraw-Hill, chapter 7: the efficiency ratio.

    Examples
    --------
    >>> evaluate(RollingPath(x, window=2), x=[1.0, 3.0, 2.0])["efficiency"]
    [nan, nan, 0.333333]
    """

    x: Expr
    window: int

    outputs: ClassVar = ("net", "path", "efficiency")
    registers: ClassVar = np.dtype(
        [("total", "f8"), ("carry", "f8"), ("entered", "i8"), ("full", "i8")]
    )
    history: ClassVar = np.dtype([("sum", "f8")])
    ahead: ClassVar = "entered"
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window + 1

    def unit_of(self, output: str) -> str:
        return ONE if output == "efficiency" else self.x.unit
