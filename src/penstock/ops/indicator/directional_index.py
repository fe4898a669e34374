"""Directional indicators, directional index and its average."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.expanding.seeded import weighted


@jit
def _smooth(y: float, value: float, n: int, window: int, alpha: float) -> float:
    """The average after the n-th value, or the sum while there are too few."""
    if n > window:
        return y + alpha * (value - y)
    return (y + value) / window if n == window else y + value


@jit
def _kernel(
    plus: F8,
    minus: F8,
    index: F8,
    average: F8,
    high: F8,
    low: F8,
    close: F8,
    registers: np.ndarray,
    window: int,
    alpha: float,
) -> None:
    s = registers[0]
    p, m, r, n = s["plus"], s["minus"], s["range"], s["n"]
    mean, k = s["mean"], s["k"]
    for i in range(plus.size):
        top, bottom, last = high[i + 1], low[i + 1], close[i]
        up, down, span = top - high[i], low[i] - bottom, max(top, last) - min(bottom, last)
        dx = np.nan
        if maths.is_finite(up + down) and maths.is_finite(span):
            n += 1
            p = _smooth(p, up if (up > down) & (up > 0.0) else 0.0, n, window, alpha)
            m = _smooth(m, down if (down > up) & (down > 0.0) else 0.0, n, window, alpha)
            r = _smooth(r, span, n, window, alpha)
            dx = maths.divide(100.0 * abs(p - m), p + m)
            if n >= window and maths.is_finite(dx):
                k += 1
                mean = _smooth(mean, dx, k, window, alpha)
        known = n >= window
        plus[i] = maths.divide(100.0 * p, r) if known else np.nan
        minus[i] = maths.divide(100.0 * m, r) if known else np.nan
        index[i] = dx if known else np.nan
        average[i] = mean if k >= window else np.nan
    s["plus"], s["minus"], s["range"], s["n"] = p, m, r, n
    s["mean"], s["k"] = mean, k


def _oracle(high: F8, low: F8, close: F8, window: int) -> dict[str, F8]:
    moves = np.full((3, high.size), np.nan)
    for t in range(1, high.size):
        up, down = high[t] - high[t - 1], low[t - 1] - low[t]
        span = max(high[t], close[t - 1]) - min(low[t], close[t - 1])
        if np.isfinite([up, down, up + down, span]).all():
            plus, minus = up if up > max(down, 0.0) else 0.0, down if down > max(up, 0.0) else 0.0
            moves[:, t] = plus, minus, span
    counted = np.isfinite(moves[0])
    plus, minus, span = (weighted(move, window, 1.0 / window) for move in moves)
    total = np.where(plus + minus == 0.0, np.nan, plus + minus)
    index = np.where(counted, 100.0 * abs(plus - minus) / total, np.nan)
    span = np.where(span == 0.0, np.nan, span)
    return {
        "plus": 100.0 * plus / span,
        "minus": 100.0 * minus / span,
        "index": index,
        "average": weighted(index, window, 1.0 / window),
    }


@dataclass(frozen=True, eq=False, repr=False)
class DirectionalIndex(Operator):
    r"""Wilder's directional indicators of bars, their relative distance, and its average.

    .. math::
        D^\pm_t = 100 \frac{W(M^\pm)_t}{W(R)_t}, \quad
        DX_t = 100 \frac{|D^+_t - D^-_t|}{D^+_t + D^-_t}, \quad
        ADX = W(DX), \quad
        W(x)_t = W(x)_{t-1} + \frac{x_t - W(x)_{t-1}}{w}

    Notes
    -----
    Seed: the means of the first `window` values, of the index as of the movements; so the first
    `average` comes after 2 w bars. NaN: a bar that is not finite, or follows one, is left out; the
    averages stand, and the index is NaN there and where there was no movement. Warm-up: `window` +
    1. Unit: 1, from 0 to 100. Movements M are those of `DirectionalMovement`, ranges R those of
    `TrueRange`.

    References
    ----------
    Wilder, J. W. (1978). New Concepts in Technical Trading Systems. Trend Research, section IV.

    Examples
    --------
    >>> bars = {"high": [2.0, 3.0, 4.0], "low": [1.0, 2.0, 3.0], "close": [1.5, 2.5, 3.5]}
    >>> evaluate(DirectionalIndex(x, y, z, window=2), **bars)["index"]
    [nan, nan, 100.0]
    """

    high: Expr
    low: Expr
    close: Expr
    window: int

    outputs: ClassVar = ("plus", "minus", "index", "average")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("plus", "minus", "range", "mean")] + [("n", "i8"), ("k", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 5}

    def check(self) -> None:
        units = {x.unit for x in self.operands}
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require("all operands must have one unit", len(units) == 1, sorted(units))

    @property
    def alpha(self) -> float:
        """The weight of the newest value."""
        return 1.0 / self.window

    @property
    def lookback(self) -> int:
        return 1

    @property
    def warmup(self) -> int:
        return self.window + 1

    @property
    def unit(self) -> str:
        return ONE
