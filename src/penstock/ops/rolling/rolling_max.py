"""Maximum over the last ticks.

Every `window` ticks the maxima of what is still to leave are laid out from the newest value back
(`history`); in between only the maximum of what has entered moves (van Herk). No branch depends on
the data.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _higher(best: float, value: float) -> float:
    """The higher of the two; NaN once a value is not finite."""
    value = value if maths.is_finite(value) else np.nan
    return value if (value > best) | maths.is_nan(value) else best


@jit
def _lay_out(history: np.ndarray, x: F8, start: int, window: int) -> None:
    best = -np.inf
    for j in range(window - 1, -1, -1):
        best = _higher(best, x[start + j])
        history[j]["best"] = best


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int) -> None:
    s = registers[0]
    best, entered, full = s["best"], s["entered"], s["full"]
    for i in range(out.size):
        entered += 1
        if entered == window:
            _lay_out(history, x, i + 1, window)
            best, entered, full = -np.inf, 0, 1
        else:
            best = _higher(best, x[i + window])
        rest = history[entered]["best"]
        out[i] = (rest if (rest > best) | maths.is_nan(rest) else best) if full == 1 else np.nan
    s["best"], s["entered"], s["full"] = best, entered, full


def _oracle(x: F8, window: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        out[t] = values.max() if np.isfinite(values).all() else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingMax(Operator):
    r"""Maximum of the last `window` values.

    .. math:: y_t = \max_{t-w < i \le t} x_i

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`.

    References
    ----------
    van Herk, M. (1992). A fast algorithm for local minimum and maximum filters on rectangular and
    octagonal kernels. Pattern Recognition Letters 13(7), 517-521.

    Examples
    --------
    >>> evaluate(RollingMax(x, window=2), x=[1.0, 3.0, 2.0])
    [nan, 3.0, 3.0]
    """

    x: Expr
    window: int

    registers: ClassVar = np.dtype([("best", "f8"), ("entered", "i8"), ("full", "i8")])
    history: ClassVar = np.dtype([("best", "f8")])
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
        return self.window
