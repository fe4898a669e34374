"""Share of a variance that lies between the slots of the day."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.time.civil import DAY, stretch
from penstock.ops.time.slots import COUNTS, LENGTHS, MONDAY, NAMES, slot_of
from penstock.streams.zones import changes


@jit
def _clear(history: np.ndarray, start: int, count: int) -> None:
    for j in range(start, start + count):
        history[j]["n"], history[j]["mean"], history[j]["rest"] = 0.0, 0.0, 0.0


@jit
def _merge(history: np.ndarray, into: int, j: int) -> None:
    """Add a group to another: number, mean, squares about the mean."""
    more = history[j]["n"]
    if more > 0.0:
        n = history[into]["n"] + more
        d = history[j]["mean"] - history[into]["mean"]
        share = more / n
        history[into]["mean"] += d * share
        history[into]["rest"] += history[j]["rest"] + d * d * share * history[into]["n"]
        history[into]["n"] = n


@jit
def _between(history: np.ndarray, count: int) -> float:
    """Squares between the groups over all squares; NaN where there are none."""
    centre, shift, n, rest = 0.0, 0.0, 0.0, 0.0
    for j in range(count):
        if history[j]["n"] > 0.0:
            # about the first group's mean, so that equal values have no squares
            centre = history[j]["mean"] if n == 0.0 else centre
            n += history[j]["n"]
            shift += history[j]["n"] * (history[j]["mean"] - centre)
            rest += history[j]["rest"]
    between = 0.0
    for j in range(count):
        if history[j]["n"] > 0.0:
            d = (history[j]["mean"] - centre) - shift / n
            between += history[j]["n"] * d * d
    return maths.divide(between, between + rest)


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
    days: int,
) -> None:
    s = registers[0]
    k, last, first = s["k"], s["last"], s["first"]
    # the first groups are of all days; then those of each day, the newest in place of the oldest
    for i in range(out.size):
        k = max(stretch(starts, k, at[i]), 0)
        local = at[i] + offsets[k]
        slot, _ = slot_of(local, length, count)
        day = (local - 1) // DAY + 1
        if day != last:
            first = day if last == 0 else first
            gone = min(day - last, days) if last > 0 else days
            for ago in range(gone):
                _clear(history, count * (1 + (day - ago) % days), count)
            last = day
            _clear(history, 0, count)
            for ago in range(1, days):
                for j in range(count):
                    _merge(history, j, count * (1 + (day - ago) % days) + j)
        if maths.is_finite(x[i]):
            for start in (0, count * (1 + day % days)):
                j = start + slot
                history[j]["n"] += 1.0
                d = x[i] - history[j]["mean"]
                history[j]["mean"] += d / history[j]["n"]
                history[j]["rest"] += d * (x[i] - history[j]["mean"])
        out[i] = _between(history, count) if day - first >= days else np.nan
    s["k"], s["last"], s["first"] = k, last, first


def _oracle(x: F8, at: I8, starts: I8, offsets: I8, length: int, count: int, days: int) -> F8:
    out = np.full(x.size, np.nan)
    local = at + offsets[np.searchsorted(starts, at, side="right") - 1] - 1
    slot, day = (local + MONDAY) // length % count, local // DAY
    for t in range(x.size):
        used = (day > day[t] - days) & (np.arange(x.size) <= t) & np.isfinite(x)
        if not used.any() or day[t] - day[0] < days:
            continue
        values = (x[used] - x[used][0]).astype(np.longdouble)
        total = ((values - values.mean()) ** 2).sum()
        groups = [values[slot[used] == one] for one in np.unique(slot[used])]
        within = sum(((group - group.mean()) ** 2).sum() for group in groups)
        out[t] = (total - within) / total if total > 0 else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class SeasonalStrength(Operator):
    r"""How much of a column's variance over the last days its slot of the day explains.

    .. math::
        \eta^2_t = \frac{\sum_s n_s (\bar x_s - \bar x)^2}{\sum_i (x_i - \bar x)^2}

    Notes
    -----
    Seed: none. NaN: what is not finite is left out; NaN until `days` days have gone since the first tick, and where
    all values are equal. Warm-up: `days` days. Unit: 1, from 0 to 1. The days are the current one and those before it,
    `days` in all, by the clocks of the zone; a bar that ends with a slot is in it. Groups are merged by their means
    and squares about them, when a day begins.

    References
    ----------
    Fisher, R. A. (1925). Statistical Methods for Research Workers. Oliver and Boyd, section 45. Chan, T. F., Golub, G.
    H., LeVeque, R. J. (1983). Algorithms for computing the sample variance. American Statistician 37(3), 242-247.

    Examples
    --------
    >>> hours = [24, 25, 48, 49, 72, 73]
    >>> node = SeasonalStrength(x, slot="hour_of_day", days=2)
    >>> clock = {"ts": [h * 3_600 * 10**9 + 1 for h in hours]}
    >>> evaluate(node, x=[1.0, 3.0, 1.0, 3.0, 1.0, 3.0], clock=clock)[-1]
    1.0
    """

    x: Expr
    slot: str = "hour_of_day"
    days: int = 60
    zone: str = "UTC"

    registers: ClassVar = np.dtype([("k", "i8"), ("last", "i8"), ("first", "i8")])
    history: ClassVar = np.dtype([("n", "f8"), ("mean", "f8"), ("rest", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"slot": "minute_of_day", "days": 2}
    exempt: ClassVar = {"warmup": "it is days, not ticks"}

    def check(self) -> None:
        self.require(f"slot must be one of {', '.join(NAMES)}", self.slot in NAMES, self.slot)
        self.require("days must be at least 1", self.days >= 1, self.days)
        changes(self.zone)

    @property
    def length(self) -> int:
        """Nanoseconds of a slot."""
        return LENGTHS[self.slot]

    @property
    def count(self) -> int:
        """Slots until they begin again."""
        return COUNTS[self.slot]

    @property
    def starts(self) -> I8:
        """When the zone's clocks were set."""
        return changes(self.zone).starts

    @property
    def offsets(self) -> I8:
        """What the zone was ahead of UTC from then on, in ns."""
        return changes(self.zone).offsets

    @property
    def unit(self) -> str:
        return ONE

    @property
    def history_items(self) -> int:
        return self.count * (1 + self.days)
