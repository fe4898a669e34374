"""Mean of the same slot of the day or week over the last weeks."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.time.civil import stretch
from penstock.ops.time.slots import COUNTS, CYCLES, LENGTHS, MONDAY, NAMES, slot_of
from penstock.streams.zones import changes


@jit
def _mean(history: np.ndarray, start: int, cycles: int, now: int) -> float:
    """The mean of what a slot holds of the cycles before this one."""
    total, n = 0.0, 0
    for j in range(start, start + cycles + 1):
        # cells begin empty, and their cycles count from 1
        ago = now + 1 - history[j]["cycle"]
        if (history[j]["n"] > 0) & (ago >= 1) & (ago <= cycles):
            total += history[j]["sum"]
            n += history[j]["n"]
    return total / n if n > 0 else np.nan


@jit
def _kernel(
    out: F8,
    x: F8,
    at: I8,
    registers: np.ndarray,
    history: np.ndarray,
    starts: I8,
    offsets: I8,
    length: int,
    count: int,
    cycles: int,
) -> None:
    s = registers[0]
    k, last, first, mean = s["k"], s["last"], s["first"], s["mean"]
    for i in range(out.size):
        k = max(stretch(starts, k, at[i]), 0)
        slot, cycle = slot_of(at[i] + offsets[k], length, count)
        place = cycle * count + slot + 1
        if place != last:
            first = cycle + 1 if last == 0 else first
            last = place
            mean = _mean(history, slot * (cycles + 1), cycles, cycle)
            if cycle + 1 - first < cycles:
                mean = np.nan
        out[i] = mean
        if maths.is_finite(x[i]):
            j = slot * (cycles + 1) + cycle % (cycles + 1)
            if history[j]["cycle"] != cycle + 1:
                history[j]["cycle"], history[j]["sum"], history[j]["n"] = cycle + 1, 0.0, 0
            history[j]["sum"] += x[i]
            history[j]["n"] += 1
    s["k"], s["last"], s["first"], s["mean"] = k, last, first, mean


def _oracle(x: F8, at: I8, starts: I8, offsets: I8, length: int, count: int, cycles: int) -> F8:
    out = np.full(x.size, np.nan)
    local = at + offsets[np.searchsorted(starts, at, side="right") - 1]
    number = (local - 1 + MONDAY) // length
    slot, cycle = number % count, number // count
    for t in range(x.size):
        before = (slot == slot[t]) & (cycle >= cycle[t] - cycles) & (cycle < cycle[t])
        values = x[before & np.isfinite(x)]
        if values.size and cycle[t] - cycle[0] >= cycles:
            out[t] = values.mean()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class SeasonalMean(Operator):
    r"""Mean of a column's values in the same slot of the day or week, over the weeks before.

    .. math::
        y_t = \frac{1}{|I_t|} \sum_{i \in I_t} x_i, \quad
        I_t = \{i : s_i = s_t, \; w_t - w \le w_i < w_t\}

    Notes
    -----
    Seed: none. NaN: what is not finite is left out; NaN until `weeks` weeks have gone since the first tick, and where
    they hold nothing of the slot. Warm-up: `weeks` weeks. Unit: that of `x`. The slot s and the number w of its cycle
    (a day or a week) are those of the zone's clocks; a bar that ends with a slot is in it. What the current slot holds
    so far is not in its mean.

    References
    ----------
    Heston, S. L., Korajczyk, R. A., Sadka, R. (2010). Intraday Patterns in the Cross-section of Stock Returns. Journal
    of Finance 65(4), 1369-1407.

    Examples
    --------
    >>> week = 7 * 86_400 * 10**9
    >>> node = SeasonalMean(x, slot="hour_of_week", weeks=2)
    >>> evaluate(node, x=[1.0, 2.0, 9.0], clock={"ts": [week, 2 * week, 3 * week]})
    [nan, nan, 1.5]
    """

    x: Expr
    slot: str = "hour_of_week"
    weeks: int = 26
    zone: str = "UTC"

    registers: ClassVar = np.dtype([("k", "i8"), ("last", "i8"), ("first", "i8"), ("mean", "f8")])
    history: ClassVar = np.dtype([("cycle", "i8"), ("sum", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"slot": "minute_of_day", "weeks": 1}
    exempt: ClassVar = {"warmup": "it is weeks, not ticks"}

    def check(self) -> None:
        self.require(f"slot must be one of {', '.join(NAMES)}", self.slot in NAMES, self.slot)
        self.require("weeks must be at least 1", self.weeks >= 1, self.weeks)
        changes(self.zone)

    @property
    def length(self) -> int:
        """Nanoseconds of a slot."""
        return LENGTHS[self.slot]

    @property
    def count(self) -> int:
        """Slots of a cycle."""
        return COUNTS[self.slot]

    @property
    def cycles(self) -> int:
        """Days or weeks that are looked back on."""
        return self.weeks * 7 // CYCLES[self.slot]

    @property
    def starts(self) -> I8:
        """When the zone's clocks were set."""
        return changes(self.zone).starts

    @property
    def offsets(self) -> I8:
        """What the zone was ahead of UTC from then on, in ns."""
        return changes(self.zone).offsets

    @property
    def history_items(self) -> int:
        return self.count * (self.cycles + 1)
