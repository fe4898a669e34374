"""The nearest high and low of a smoothed volume profile."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.expr import Expr
from penstock.ops.profile.bins import (
    AUTO,
    REGISTERS,
    Profile,
    begin,
    cell_for,
    countable,
    middle,
    profile_oracle,
    round_tick,
)
from penstock.streams import NEVER, Clock


@jit
def _smooth(s: np.void, history: np.ndarray, bins: int, half: int) -> None:
    """Sums of each cell and those around it, from all cells."""
    s["top"] = 0.0
    for k in range(-half, bins + half):
        total = 0.0
        for j in range(max(k - half, 0), min(k + half + 1, bins)):
            total += history[j]["x"]
        history[2 * bins + half + k]["x"] = total
        s["top"] = max(s["top"], total)


@jit
def _peak(history: np.ndarray, start: int, stop: int, k: int, sign: float, least: float) -> bool:
    """Whether a cell is the middle of a peak of `sign` times the sums that stands out by at least so much."""
    height = sign * history[k]["x"]
    left, right = k, k
    while left > start and sign * history[left - 1]["x"] == height:
        left -= 1
    while right < stop and sign * history[right + 1]["x"] == height:
        right += 1
    if left == start or right == stop or k != (left + right) // 2:
        return False
    if sign * history[left - 1]["x"] > height or sign * history[right + 1]["x"] > height:
        return False
    below = height
    while left > start and sign * history[left - 1]["x"] <= height:
        left -= 1
        below = min(below, sign * history[left]["x"])
    under = height
    while right < stop and sign * history[right + 1]["x"] <= height:
        right += 1
        under = min(under, sign * history[right]["x"])
    return height - max(below, under) >= least


@jit
def _nearest(
    s: np.void, history: np.ndarray, bins: int, half: int, sign: float, least: float
) -> int:
    """How many cells the nearest peak is away from the last price, the lower of two; `bins` where there is none."""
    offset = 2 * bins + half  # where the sum of cell 0 is
    start, stop = offset + s["low"] - half - 1, offset + s["high"] + half + 1
    at = offset + s["cell"]
    for away in range(max(at - start, stop - at) + 1):
        if at - away > start and _peak(history, start, stop, at - away, sign, least):
            return -away
        if at + away < stop and _peak(history, start, stop, at + away, sign, least):
            return away
    return bins


@jit
def _kernel(
    high: F8,
    low: F8,
    price: F8,
    size: F8,
    before: I8,
    registers: np.ndarray,
    history: np.ndarray,
    tick: float,
    bins: int,
    half: int,
    prominence: float,
) -> None:
    s = registers[0]
    for i in range(high.size):
        if before[i] != s["session"]:
            s["session"], s["started"] = before[i], 0
        p, q = price[i], size[i]
        if maths.is_finite(p) and maths.is_finite(q) and q > 0.0:
            if s["started"] == 0 and countable(p, tick if tick > 0.0 else round_tick(p)):
                begin(s, history, p, tick, bins, 1)
                _smooth(s, history, bins, half)
                s["started"] = 1
            if s["started"] == 1 and countable(p, s["tick"]):
                base, level = s["base"], s["level"]
                s["cell"] = cell_for(s, history, p, bins, 1)
                history[s["cell"]]["x"] += q
                if s["base"] != base or s["level"] != level:
                    _smooth(s, history, bins, half)
                else:
                    for k in range(s["cell"], s["cell"] + 2 * half + 1):
                        total = history[2 * bins + k]["x"] + q
                        history[2 * bins + k]["x"] = total
                        s["top"] = max(s["top"], total)
        high[i], low[i] = np.nan, np.nan
        if s["started"] == 1:
            least = prominence * s["top"]
            peak = _nearest(s, history, bins, half, 1.0, least)
            valley = _nearest(s, history, bins, half, -1.0, least)
            high[i] = middle(s, s["cell"] + peak) if peak < bins else np.nan
            low[i] = middle(s, s["cell"] + valley) if valley < bins else np.nan


def _oracle(
    price: F8, size: F8, before: I8, tick: float, bins: int, half: int, prominence: float
) -> dict[str, F8]:
    out = {name: np.full(price.size, np.nan) for name in ("high", "low")}
    used = np.isfinite(price) & np.isfinite(size) & (size > 0.0)
    for t in range(price.size):
        inside = np.flatnonzero(used[: t + 1] & (before[: t + 1] == before[t]))
        if not inside.size:
            continue
        fine, level = profile_oracle(price[inside], tick, bins)
        number = np.floor(price[inside] / fine + 0.5).astype(np.int64) >> level
        volumes = np.bincount(number - number.min() + half + 1, size[inside])
        sums = np.convolve(np.append(volumes, np.zeros(half + 1)), np.ones(2 * half + 1), "same")
        first, width = number.min() - half - 1, 2.0**level
        for name, sign in (("high", 1.0), ("low", -1.0)):
            found = _peaks(sign * sums, prominence * sums.max())
            if found.size:
                nearest = found[np.argmin(abs(found + first - number[-1]))] + first
                out[name][t] = (nearest * width + (width - 1) / 2) * fine
    return out


def _peaks(x: F8, least: float) -> np.ndarray:
    """The middles of the local maxima that stand out by at least so much."""
    found = []
    edges = np.flatnonzero(np.diff(x) != 0.0)
    for left, right in zip(edges[:-1] + 1, edges[1:], strict=True):
        if x[left - 1] < x[left] > x[right + 1]:
            above = np.flatnonzero(x > x[left])
            start = above[above < left].max(initial=-1) + 1
            stop = above[above > right].min(initial=x.size)
            base = max(x[start : left + 1].min(), x[right:stop].min())
            if x[left] - base >= least:
                found.append((left + right) // 2)
    return np.array(found, int)


@dataclass(frozen=True, eq=False, repr=False)
class ProfileNodes(Profile):
    r"""The nearest peak and the nearest valley of the smoothed volume at price since a session began.

    .. math::
        u_b = \sum_{|j| \le h} v_{b+j}, \quad
        y = \operatorname{arg\,min}_b \{ |b - b_t| : u_b \text{ is a local extreme}, \;
        \text{prominence}(u_b) \ge c \max u \}

    Notes
    -----
    Seed: none. NaN: a tick whose price is not finite, or whose size is not finite and positive, is passed over; NaN
    while there is none. Warm-up: 1. Unit: that of `price`. Middles of bins; of two as near, the lower. Volumes are
    summed over `half` bins to both sides. A flat extreme counts at its middle; its prominence is its height above the
    higher of the two lowest (for valleys: its depth below the lower of the two highest) places before the profile
    goes beyond it, or ends. Bins and memory are those of `VolumeProfile`, here 3 `bins` numbers. A tick costs the way
    to the nearest extreme and over its flanks.

    References
    ----------
    Dalton, J. F., Dalton, R. B., Jones, E. T. (2007). Markets in Profile. Wiley: high and low volume nodes.

    Examples
    --------
    >>> node = ProfileNodes(x, y, tick=1.0, bins=8, half=0, prominence=0.5)
    >>> evaluate(node, price=[1.0, 1.0, 3.0, 2.0], size=[2.0, 2.0, 4.0, 1.0])
    {'high': [1.0, 1.0, 3.0, 1.0], 'low': [nan, nan, 2.0, 2.0]}
    """

    price: Expr
    size: Expr
    tick: float = AUTO
    bins: int = 512
    half: int = 2
    prominence: float = 0.1
    reset: Clock = NEVER

    outputs: ClassVar = ("high", "low")
    registers: ClassVar = np.dtype(
        [*REGISTERS, ("top", "f8"), ("cell", "i8"), ("session", "i8"), ("started", "i8")]
    )
    absolute: ClassVar = {"session": "reset"}
    data: ClassVar = 1
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"tick": 0.25, "bins": 16, "half": 1, "prominence": 0.1}
    exempt: ClassVar = {"unit": "the tick is in the unit of the price"}

    def check(self) -> None:
        super().check()
        self.require("half must be from 0 to 64", 0 <= self.half <= 64, self.half)
        self.require("prominence must be positive", self.prominence > 0.0, self.prominence)

    @property
    def history_items(self) -> int:
        # the volumes, the spare, and a sum for each bin, for those that it reaches into, and for one beyond
        return 3 * self.bins + 2 * self.half + 1
