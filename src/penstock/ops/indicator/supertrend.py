"""A stop that trails the middle of bars at some distance, and turns where the close passes it."""

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
    close: F8,
    distance: F8,
    registers: np.ndarray,
) -> None:
    s = registers[0]
    side, upper, lower, last = s["side"], s["upper"], s["lower"], s["last"]
    for i in range(stop.size):
        middle = (high[i] + low[i]) * 0.5
        above, below, c = middle + distance[i], middle - distance[i], close[i]
        stop[i], direction[i] = np.nan, np.nan
        if not (maths.is_finite(above) & maths.is_finite(below) & maths.is_finite(c)):
            continue
        if side == 0:
            side, upper, lower = 1, above, below
        else:
            # a band only comes nearer, unless the last close was past it
            upper = above if (above < upper) | (last > upper) else upper
            lower = below if (below > lower) | (last < lower) else lower
            through = c < lower if side == 1 else c > upper
            side = -side if through else side
        last = c
        stop[i], direction[i] = lower if side == 1 else upper, float(side)
    s["side"], s["upper"], s["lower"], s["last"] = side, upper, lower, last


def _oracle(high: F8, low: F8, close: F8, distance: F8) -> dict[str, F8]:
    middle = (high + low) / 2
    bands = np.column_stack([middle + distance, middle - distance])
    out = {name: np.full(high.size, np.nan) for name in ("stop", "direction")}
    side, upper, lower, last = 1, np.inf, -np.inf, 0.0
    for t in np.flatnonzero(np.isfinite(bands).all(axis=1) & np.isfinite(close)):
        first = np.isinf(upper)
        upper = bands[t, 0] if last > upper else min(upper, bands[t, 0])
        lower = bands[t, 1] if last < lower else max(lower, bands[t, 1])
        through = close[t] < lower if side == 1 else close[t] > upper
        side, last = -side if through and not first else side, close[t]
        out["stop"][t], out["direction"][t] = (lower, 1) if side == 1 else (upper, -1)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Supertrend(Operator):
    r"""Seban's trailing stop at a distance from the middle of bars.

    .. math::
        u_t = \min(u_{t-1}, m_t + d_t), \quad l_t = \max(l_{t-1}, m_t - d_t), \quad m_t = (h_t + l_t) / 2

    where a band that the last close was past starts anew. The stop is the lower band until a close is below it, then
    the upper one until a close is above that.

    Notes
    -----
    Seed: up, with the bands of the first bar. NaN: NaN at a bar that is not finite or has no
    distance, which moves nothing. Warm-up: 1. Unit: that of the operands, 1 for the direction, which
    is 1 above the stop and -1 below it.

    References
    ----------
    Seban, O. (2008). Tout le monde mérite d'être riche. Maxima, chapter on the supertrend.

    Examples
    --------
    >>> bars = {"high": [3.0, 4.0, 1.0], "low": [1.0, 2.0, 0.0], "close": [2.0, 3.0, 0.0]}
    >>> evaluate(Supertrend(x, y, z, v), **bars, distance=[1.0, 1.0, 1.0])["direction"]
    [1.0, 1.0, -1.0]
    """

    high: Expr
    low: Expr
    close: Expr
    distance: Expr

    outputs: ClassVar = ("stop", "direction")
    registers: ClassVar = np.dtype(
        [("upper", "f8"), ("lower", "f8"), ("last", "f8"), ("side", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def check(self) -> None:
        units = {x.unit for x in self.operands}
        self.require("all operands must have one unit", len(units) == 1, sorted(units))

    def unit_of(self, output: str) -> str:
        return ONE if output == "direction" else self.unit
