"""The usual value at a place of a cycle, which single values do not move."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.state.slot_mean import MOST


@jit
def _kernel(out: F8, slot: F8, x: F8, history: np.ndarray, window: int, slots: int) -> None:
    width = 2 * window + 1  # how many values there were, the values, and the values by size
    for i in range(out.size):
        place = slot[i]
        out[i] = np.nan
        if not (maths.is_finite(place) and 0.0 <= place < slots):
            continue
        start = int(place) * width
        count, sizes = int(history[start]["x"]), start + 1 + window
        if count >= window:
            low = history[sizes + (window - 1) // 2]["x"]
            out[i] = low + (history[sizes + window // 2]["x"] - low) / 2.0
        if not maths.is_finite(x[i]):
            continue
        cell = start + 1 + count % window
        kept = count
        if count >= window:
            old, j = history[cell]["x"], 0
            while history[sizes + j]["x"] != old:
                j += 1
            kept = window - 1
            for k in range(j, kept):
                history[sizes + k]["x"] = history[sizes + k + 1]["x"]
        j = kept
        while j > 0 and history[sizes + j - 1]["x"] > x[i]:
            history[sizes + j]["x"] = history[sizes + j - 1]["x"]
            j -= 1
        history[sizes + j]["x"] = x[i]
        history[cell]["x"] = x[i]
        history[start]["x"] = float(count + 1)


def _oracle(slot: F8, x: F8, window: int, slots: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        if np.isfinite(slot[t]) and 0 <= slot[t] < slots:
            same = np.floor(slot[:t]) == np.floor(slot[t])
            values = x[:t][same & np.isfinite(x[:t])][-window:]
            if values.size == window:
                out[t] = np.median(values)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class SlotMedian(Operator):
    r"""Median of the last `window` values at the same place of a cycle, before this one.

    .. math:: y_t = \operatorname{med} \{ x_i : i \text{ among the last } w \text{ before } t, \;
              \lfloor s_i \rfloor = \lfloor s_t \rfloor \}

    Notes
    -----
    Seed: none. NaN: NaN until the place has had `window` values, and where the place is not from 0 to below `slots`; a
    value that is not finite is left out. Warm-up: `window` values of a place. Unit: that of `x`. Of an even number, the
    mean of the middle two. Memory: two rings of `window` cells for each place.

    References
    ----------
    Boudt, K., Croux, C., Laurent, S. (2011). Robust estimation of intraweek periodicity in volatility and jump
    detection. Journal of Empirical Finance 18(2), 353-367.

    Examples
    --------
    >>> evaluate(SlotMedian(x, y, window=1, slots=2), slot=[0.0, 1.0, 0.0], x=[5.0, 7.0, 6.0])
    [nan, nan, 5.0]
    """

    slot: Expr
    x: Expr
    window: int
    slots: int

    history: ClassVar = np.dtype([("x", "f8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 3, "slots": 4}
    exempt: ClassVar = {
        "warmup": "counted in values of a slot, not in ticks",
        "unit": "a slot has no unit",
    }

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require(f"slots must be from 1 to {MOST}", 1 <= self.slots <= MOST, self.slots)

    @property
    def history_items(self) -> int:
        return (2 * self.window + 1) * self.slots

    @property
    def warmup(self) -> int:
        return self.window + 1

    @property
    def unit(self) -> str:
        return self.x.unit
