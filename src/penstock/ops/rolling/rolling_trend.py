"""Straight line through the last values against time."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.rolling.positions import HISTORY, REGISTERS, move_on, sums


@jit
def _kernel(
    slope: F8,
    end: F8,
    stderr: F8,
    r2: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
) -> None:
    s = registers[0]
    spread = window * (window * window - 1.0) / 12.0  # of the positions
    for i in range(slope.size):
        move_on(s, history, x, i + window, window)
        total, product, squares = sums(s, history, window)
        known = s["full"] == 1 and maths.is_finite(squares)
        beta = product / spread
        rest = max(squares - beta * product, 0.0)
        slope[i] = beta if known else np.nan
        end[i] = s["anchor"] + total / window + beta * 0.5 * (window - 1) if known else np.nan
        stderr[i] = maths.sqrt(maths.divide(rest, (window - 2.0) * spread)) if known else np.nan
        r2[i] = maths.divide(beta * product, squares) if known else np.nan


def _oracle(x: F8, window: int) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("slope", "end", "stderr", "r2")}
    place = np.arange(window) - np.longdouble(window - 1) / 2
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if not np.isfinite(values).all():
            continue
        shifted = (values - values[0]).astype(np.longdouble)
        centred = shifted - shifted.mean()
        slope = np.dot(place, centred) / np.dot(place, place)
        rest = centred - slope * place
        out["slope"][t], out["end"][t] = slope, values[0] + shifted.mean() + slope * place[-1]
        if window > 2:
            out["stderr"][t] = np.sqrt(np.dot(rest, rest) / (window - 2) / np.dot(place, place))
        if not (values == values[0]).all():
            out["r2"][t] = 1 - np.dot(rest, rest) / np.dot(centred, centred)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingTrend(Operator):
    r"""Least-squares line through the last `window` values against the tick.

    .. math::
        \beta = \frac{\sum_i (i - \bar i) (x_i - \bar x)}{\sum_i (i - \bar i)^2}, \quad
        \hat x_t = \bar x + \beta \frac{w - 1}{2}, \quad
        s_\beta^2 = \frac{\sum_i (x_i - \hat x_i)^2}{(w - 2) \sum_i (i - \bar i)^2}, \quad
        R^2 = 1 - \frac{\sum_i (x_i - \hat x_i)^2}{\sum_i (x_i - \bar x)^2}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`, none for `r2`; the slope is per tick. `end` is where the line stands at the newest
    tick, so the forecast of k ticks on is `end` + k `slope`, and `slope` / `stderr` is the
    t-statistic. A flat window has no `r2`, one of 2 no `stderr`. Rounding is relative to the spread
    of the window, not to the slope.

    References
    ----------
    Draper, N. R., Smith, H. (1998). Applied Regression Analysis, 3rd edition, chapter 1.

    Examples
    --------
    >>> evaluate(RollingTrend(x, window=3), x=[1.0, 3.0, 5.0, 7.0])["end"]
    [nan, nan, 5.0, 7.0]
    """

    x: Expr
    window: int

    outputs: ClassVar = ("slope", "end", "stderr", "r2")
    registers: ClassVar = REGISTERS
    history: ClassVar = HISTORY
    ahead: ClassVar = "entered"
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "window": 6
    }  # of 7 or 8 a spike can cancel out of a value, and leave its rounding

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    def unit_of(self, output: str) -> str:
        return ONE if output == "r2" else self.x.unit
