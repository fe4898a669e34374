"""Swings of a price between confirmed pivots."""

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
    pivot: F8,
    former: F8,
    direction: F8,
    age: F8,
    high: F8,
    low: F8,
    registers: np.ndarray,
    reversal: float,
) -> None:
    s = registers[0]
    way, pivots, since = s["way"], s["pivots"], s["since"]
    top, bottom, last, previous = s["top"], s["bottom"], s["last"], s["previous"]
    for i in range(pivot.size):
        since += 1
        up, down = high[i], low[i]
        if maths.is_finite(up) and maths.is_finite(down):
            if pivots == 0 and way == 0:  # the first bar
                top, bottom, way = up, down, 2
            elif (
                way == 2
            ):  # no pivot yet: the first move of that size makes one of the end it came from
                if up >= bottom + reversal * abs(bottom):
                    last, way, top, pivots, since = bottom, 1, up, 1, 0
                elif down <= top - reversal * abs(top):
                    last, way, bottom, pivots, since = top, -1, down, 1, 0
                else:
                    top, bottom = max(top, up), min(bottom, down)
            elif way == 1:
                if up > top:
                    top = up
                elif down <= top - reversal * abs(top):
                    previous, last, way, bottom, since = last, top, -1, down, 0
                    pivots = 2
            elif down < bottom:
                bottom = down
            elif up >= bottom + reversal * abs(bottom):
                previous, last, way, top, since = last, bottom, 1, up, 0
                pivots = 2
        pivot[i] = last if pivots > 0 else np.nan
        former[i] = previous if pivots > 1 else np.nan
        direction[i] = float(way) if pivots > 0 else np.nan
        age[i] = float(since) if pivots > 0 else np.nan
    s["way"], s["pivots"], s["since"] = way, pivots, since
    s["top"], s["bottom"], s["last"], s["previous"] = top, bottom, last, previous


def _oracle(high: F8, low: F8, reversal: float) -> dict[str, F8]:
    out = {name: np.full(high.size, np.nan) for name in ("pivot", "former", "direction", "age")}
    known = np.isfinite(high) & np.isfinite(low)
    bars = np.flatnonzero(known)
    found: list[tuple[int, float, int]] = []  # bar of confirmation, price, direction after it
    start, way = 0, 0
    for k in range(1, bars.size):
        ceiling, floor = high[bars[k]], low[bars[k]]
        top, bottom = high[bars[start:k]].max(), low[bars[start:k]].min()
        up = ceiling >= bottom + reversal * abs(bottom)
        down = floor <= top - reversal * abs(top)
        if way <= 0 and up and not (way < 0 and floor < bottom):
            found.append((bars[k], bottom, 1))
            start, way = k, 1
        elif way >= 0 and down and not (way > 0 and ceiling > top):
            found.append((bars[k], top, -1))
            start, way = k, -1
    for n, (bar, price, side) in enumerate(found):
        out["pivot"][bar:], out["direction"][bar:] = price, side
        out["former"][bar:] = found[n - 1][1] if n else np.nan
        out["age"][bar:] = np.arange(high.size - bar)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Zigzag(Operator):
    r"""The last two confirmed pivots of a price: its ends before it turned by `reversal`.

    .. math::
        H = \max_{i \ge s} h_i \text{ is a pivot at } \min \{ t : l_t \le H - r |H| \}, \quad
        L = \min_{i \ge s} l_i \text{ at } \min \{ t : h_t \ge L + r |L| \}

    Notes
    -----
    Seed: the first bar; the first move of that size, up before down, makes a pivot of the end it came from. NaN: a bar
    that is not finite is passed over; NaN until there is a pivot, and two for `former`. Warm-up: 2. Unit: that of the
    operands; 1 for `direction` (of the price since the pivot, 1 or -1) and for `age`, the ticks since it was
    confirmed. Nothing repaints: a pivot is known at the tick that turned so far, and stays. A bar that makes a new
    end does not confirm it.

    References
    ----------
    Merrill, A. A. (1977). Filtered Waves: Basic Theory. Analysis Press.

    Examples
    --------
    >>> bars = {"high": [10.0, 12.0, 11.0, 9.5], "low": [9.5, 11.5, 10.0, 9.0]}
    >>> evaluate(Zigzag(x, y, reversal=0.1), **bars)["pivot"]
    [nan, 9.5, 12.0, 12.0]
    """

    high: Expr
    low: Expr
    reversal: float

    outputs: ClassVar = ("pivot", "former", "direction", "age")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("top", "bottom", "last", "previous")]
        + [(name, "i8") for name in ("way", "pivots", "since")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "reversal": 0.125
    }  # exact in binary: scaled by 4, it turns at the same bars
    exempt: ClassVar = {"warmup": "the price has to turn"}

    def check(self) -> None:
        units = {x.unit for x in self.operands}
        self.require(
            "reversal must be above 0 and below 1", 0.0 < self.reversal < 1.0, self.reversal
        )
        self.require("both operands must have one unit", len(units) == 1, sorted(units))

    @property
    def warmup(self) -> int:
        return 2

    def unit_of(self, output: str) -> str:
        return self.unit if output in ("pivot", "former") else ONE
