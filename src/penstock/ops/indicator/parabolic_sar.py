"""Wilder's parabolic stop-and-reverse."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(
    stop: F8,
    direction: F8,
    high: F8,
    low: F8,
    registers: np.ndarray,
    step: float,
    maximum: float,
) -> None:
    s = registers[0]
    n, side, sar, extreme, speed = s["n"], s["side"], s["sar"], s["extreme"], s["speed"]
    top, bottom = s["high"], s["low"]
    for i in range(stop.size):
        stop[i], direction[i] = np.nan, np.nan
        h, l = high[i], low[i]  # noqa: E741  (the names of a bar)
        if not (maths.is_finite(h) & maths.is_finite(l)):
            continue
        n += 1
        if n == 2:  # the side of the larger move; the first stop is the other end of the first bar
            fell = (bottom - l > h - top) & (bottom > l)
            side, sar, extreme = (-1, top, l) if fell else (1, bottom, h)
            speed, top, bottom = step, h, l
        if n > 1:
            # mirrored where the side is short, so that there is one rule
            far, near = (h, l) if side == 1 else (-l, -h)
            last_near = bottom if side == 1 else -top
            last_far = top if side == 1 else -bottom
            level, best = side * sar, side * extreme
            if near <= level:
                level = max(best, last_far, far)
                stop[i], direction[i] = side * level, float(-side)
                level = max(level + step * (near - level), last_far, far)
                sar, extreme, speed = side * level, side * near, step
                side = -side
            else:
                stop[i], direction[i] = sar, float(side)
                if far > best:
                    best, speed = far, min(speed + step, maximum)
                level = min(level + speed * (best - level), last_near, near)
                sar, extreme = side * level, side * best
        top, bottom = h, l
    s["n"], s["side"], s["sar"], s["extreme"], s["speed"] = n, side, sar, extreme, speed
    s["high"], s["low"] = top, bottom


def _oracle(high: F8, low: F8, step: float, maximum: float) -> dict[str, F8]:
    """The rules of each side written out."""
    out = {name: np.full(high.size, np.nan) for name in ("stop", "direction")}
    bars = np.flatnonzero(np.isfinite(high) & np.isfinite(low))
    long, sar, extreme, speed = True, 0.0, 0.0, step
    for k, t in enumerate(bars[1:], start=1):
        before = bars[k - 1]
        if k == 1:
            down, up = low[before] - low[t], high[t] - high[before]
            long = not (down > up and down > 0)
            sar, extreme = (low[before], high[t]) if long else (high[before], low[t])
            speed, before = step, t
        two = ((high[before], high[t]), (low[before], low[t]))
        if (long and low[t] <= sar) or (not long and high[t] >= sar):
            long = not long
            sar = min(extreme, *two[1]) if long else max(extreme, *two[0])
            out["stop"][t] = sar
            extreme, speed = high[t] if long else low[t], step
        else:
            out["stop"][t] = sar
            new = max(extreme, high[t]) if long else min(extreme, low[t])
            speed = min(speed + step, maximum) if new != extreme else speed
            extreme = new
        out["direction"][t] = 1.0 if long else -1.0
        sar += speed * (extreme - sar)
        sar = min(sar, *two[1]) if long else max(sar, *two[0])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class ParabolicSar(Operator):
    r"""Wilder's trailing stop, which moves towards the extreme of a trend and turns where it is touched.

    .. math::
        y_{t+1} = y_t + \alpha_t (e_t - y_t)

    with the highest high e of a rise (the lowest low of a fall) and a speed that starts at `step` and grows by it with
    each new extreme, up to `maximum`; never beyond the lows (highs) of the last two bars.

    Notes
    -----
    Seed: the second bar; a rise unless the low fell by more than the high rose, with the stop at the
    other end of the first bar. NaN: NaN at a bar that is not finite, which moves nothing. Warm-up:
    2. Unit: that of the operands, 1 for the direction, which is 1 in a rise and -1 in a fall. At the
    bar where it turns the stop is the extreme of the trend that ended.

    References
    ----------
    Wilder, J. W. (1978). New Concepts in Technical Trading Systems. Trend Research, section II.

    Examples
    --------
    >>> evaluate(ParabolicSar(x, y), high=[2.0, 3.0, 4.0], low=[1.0, 2.0, 3.0])["stop"]
    [nan, 1.0, 1.04]
    """

    high: Expr
    low: Expr
    step: float = 0.02
    maximum: float = 0.2

    outputs: ClassVar = ("stop", "direction")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("sar", "extreme", "speed", "high", "low")]
        + [("n", "i8"), ("side", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def check(self) -> None:
        units = {x.unit for x in self.operands}
        self.require("all operands must have one unit", len(units) == 1, sorted(units))
        self.require("step must be positive", self.step > 0.0, self.step)
        self.require(
            "maximum must be from step to 1", self.step <= self.maximum <= 1.0, self.maximum
        )

    @property
    def warmup(self) -> int:
        return 2

    def unit_of(self, output: str) -> str:
        return ONE if output == "direction" else self.unit
