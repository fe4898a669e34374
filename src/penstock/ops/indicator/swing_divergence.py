"""Swings of a price that an indicator does not follow."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _swings(x: F8, at: int, reach: int, sign: float) -> bool:
    """Whether ``sign * x`` is lower there than within `reach` ticks on each side."""
    lowest, k = sign * x[at], 1
    swings = True
    while swings and k <= reach:
        swings = (lowest < sign * x[at - k]) & (lowest < sign * x[at + k])
        k += 1
    return swings


@jit
def _kernel(
    out: F8,
    high: F8,
    low: F8,
    y: F8,
    registers: np.ndarray,
    reach: int,
    window: int,
) -> None:
    s = registers[0]
    n, clean, top_at, bottom_at = s["n"], s["clean"], s["top_at"], s["bottom_at"]
    top, top_y, bottom, bottom_y = s["top"], s["top_y"], s["bottom"], s["bottom_y"]
    for i in range(out.size):
        n += 1
        newest, at = i + 2 * reach, i + reach
        clean = clean + 1 if maths.is_finite(high[newest]) & maths.is_finite(low[newest]) else 0
        out[i] = np.nan
        if clean > 2 * reach and maths.is_finite(y[at]):
            out[i] = 0.0
            if _swings(low, at, reach, 1.0):
                near = (bottom_at > 0) & (n - bottom_at <= window)
                if near and low[at] < bottom and y[at] > bottom_y:
                    out[i] = 1.0
                bottom, bottom_y, bottom_at = low[at], y[at], n
            if _swings(high, at, reach, -1.0):
                near = (top_at > 0) & (n - top_at <= window)
                if near and high[at] > top and y[at] < top_y:
                    out[i] -= 1.0
                top, top_y, top_at = high[at], y[at], n
    s["n"], s["clean"], s["top_at"], s["bottom_at"] = n, clean, top_at, bottom_at
    s["top"], s["top_y"], s["bottom"], s["bottom_y"] = top, top_y, bottom, bottom_y


def _oracle(high: F8, low: F8, y: F8, reach: int, window: int) -> F8:
    out = np.full(high.size, np.nan)
    lows: list[int] = []
    highs: list[int] = []
    for t in range(2 * reach, high.size):
        at, near = t - reach, slice(t - 2 * reach, t + 1)
        if not (np.isfinite(high[near]) & np.isfinite(low[near])).all() or not np.isfinite(y[at]):
            continue
        out[t] = 0.0
        if (np.delete(low[near], reach) > low[at]).all():
            last = lows[-1] if lows else -window - 1
            found = at - last <= window and low[at] < low[last] and y[at] > y[last]
            out[t] += float(found)
            lows.append(at)
        if (np.delete(high[near], reach) < high[at]).all():
            last = highs[-1] if highs else -window - 1
            found = at - last <= window and high[at] > high[last] and y[at] < y[last]
            out[t] -= float(found)
            highs.append(at)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class SwingDivergence(Operator):
    r"""1 where a lower swing low has a higher indicator, -1 where a higher swing high has a lower one, else 0.

    .. math::
        1[l_p < l_q, \, y_p > y_q] - 1[h_{p'} > h_{q'}, \, y_{p'} < y_{q'}], \quad p = t - r

    A swing low at p is lower than the lows of the `reach` r ticks on each side, and so is known r ticks later, where it
    is told; q is the swing low before it, at most `window` ticks earlier.

    Notes
    -----
    Seed: none. NaN: NaN while a high or low that is not finite is within `reach` of the tick that may
    be a swing, or the indicator is not known there. Warm-up: 2 `reach` + 1. Unit: 1. Where both
    happen at one tick they cancel.

    References
    ----------
    Wilder, J. W. (1978). New Concepts in Technical Trading Systems. Trend Research, section VI.

    Examples
    --------
    >>> low = [3.0, 2.0, 3.0, 1.0, 3.0]
    >>> up = [1.0, 2.0, 3.0, 4.0, 5.0]
    >>> evaluate(SwingDivergence(x, y, z, reach=1, window=9), high=[5.0] * 5, low=low, y=up)
    [nan, nan, 0.0, 0.0, 1.0]
    """

    high: Expr
    low: Expr
    y: Expr
    reach: int
    window: int

    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("top", "top_y", "bottom", "bottom_y")]
        + [(name, "i8") for name in ("n", "clean", "top_at", "bottom_at")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"reach": 2, "window": 20}

    def check(self) -> None:
        self.require(
            "high and low must have one unit", self.high.unit == self.low.unit, self.low.unit
        )
        self.require("reach must be at least 1", self.reach >= 1, self.reach)
        self.require("window must be at least 1", self.window >= 1, self.window)

    @property
    def lookback(self) -> int:
        return 2 * self.reach

    @property
    def warmup(self) -> int:
        return 2 * self.reach + 1

    @property
    def unit(self) -> str:
        return ONE
