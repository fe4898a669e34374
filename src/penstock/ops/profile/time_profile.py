"""Time at price: how many brackets of a session touched a price."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr
from penstock.ops.profile.bins import (
    AUTO,
    REGISTERS,
    Profile,
    countable,
    number,
    profile_oracle,
    round_tick,
)
from penstock.streams import NEVER, Clock

BRACKETS = 63  # bits of a mask


@jit
def _bits(mask: int) -> int:
    """How many brackets a mask names."""
    count = 0
    while mask != 0:
        mask &= mask - 1
        count += 1
    return count


@jit
def _room(s: np.void, history: np.ndarray, first: int, last: int, bins: int) -> None:
    """Take bins, by their numbers before any merge, into use; those of the session merge until all fit."""
    low, high = s["base"] + s["low"], s["base"] + s["high"]
    merges, level = 0, s["level"]
    while max(high, last >> level) - min(low, first >> level) >= bins:
        merges, level, low, high = merges + 1, level + 1, low >> 1, high >> 1
    low, high = min(low, first >> level), max(high, last >> level)
    if merges > 0 or low < s["base"] or high >= s["base"] + bins:
        base = low - (bins - (high - low + 1)) // 2
        for k in range(s["low"], s["high"] + 1):
            history[bins + ((s["base"] + k) >> merges) - base]["mask"] |= history[k]["mask"]
        for k in range(bins):
            history[k]["mask"] = history[bins + k]["mask"]
            history[bins + k]["mask"] = 0
        s["base"], s["level"] = base, level
        s["single"] = 0
        for k in range(bins):
            s["single"] += 1 if _bits(history[k]["mask"]) == 1 else 0
    s["low"], s["high"] = low - s["base"], high - s["base"]


@jit
def _touch(s: np.void, history: np.ndarray, first: int, last: int) -> None:
    """The current bracket touches the bins from one to another."""
    bit = 1 << s["bracket"]
    for k in range((first >> s["level"]) - s["base"], (last >> s["level"]) - s["base"] + 1):
        mask = history[k]["mask"]
        if mask & bit == 0:
            history[k]["mask"] = mask | bit
            if mask == 0:
                s["single"] += 1
            elif mask & (mask - 1) == 0:
                s["single"] -= 1


@jit
def _kernel(
    count: F8,
    single: F8,
    high: F8,
    low: F8,
    close: F8,
    bracket: F8,
    before: I8,
    registers: np.ndarray,
    history: np.ndarray,
    tick: float,
    bins: int,
) -> None:
    s = registers[0]
    for i in range(count.size):
        if before[i] != s["session"]:
            s["session"], s["started"] = before[i], 0
        top, bottom, p = max(high[i], close[i]), min(low[i], close[i]), close[i]
        width = s["tick"]
        if s["started"] == 0:
            width = tick if tick > 0.0 else round_tick(p)
        whole = maths.is_finite(high[i]) and maths.is_finite(low[i]) and maths.is_finite(p)
        if whole and countable(top, width) and countable(bottom, width):
            if s["started"] == 0:
                for k in range(bins):
                    history[k]["mask"] = 0
                s["tick"], s["level"], s["low"], s["high"] = width, 0, 0, 0
                s["base"] = number(p, width)
                s["started"], s["bracket"], s["single"], s["id"] = 1, 0, 0, bracket[i]
            elif bracket[i] != s["id"]:
                s["bracket"], s["id"] = s["bracket"] + 1, bracket[i]
            if s["bracket"] < BRACKETS:
                first, last = number(bottom, width), number(top, width)
                _room(s, history, first, last, bins)
                _touch(s, history, first, last)
                s["cell"] = (number(p, width) >> s["level"]) - s["base"]
        known = s["started"] == 1 and s["bracket"] < BRACKETS
        mask = int(history[s["cell"]]["mask"])
        count[i] = float(_bits(mask)) if known else np.nan
        single[i] = float(s["single"]) if known else np.nan


def _oracle(
    high: F8, low: F8, close: F8, bracket: F8, before: I8, tick: float, bins: int
) -> dict[str, F8]:
    out = {name: np.full(high.size, np.nan) for name in ("count", "single")}
    known = np.isfinite(high) & np.isfinite(low) & np.isfinite(close)
    for t in range(high.size):
        inside = np.flatnonzero(known[: t + 1] & (before[: t + 1] == before[t]))
        if not inside.size:
            continue
        top, bottom = np.maximum(high, close)[inside], np.minimum(low, close)[inside]
        prices = np.concatenate([close[inside][:1], top, bottom])
        fine, level = profile_oracle(prices, tick, bins)
        first, last = (np.floor(x / fine + 0.5).astype(np.int64) >> level for x in (bottom, top))
        changes = np.concatenate([[0], np.cumsum(bracket[inside][1:] != bracket[inside][:-1])])
        touched: dict[int, set[int]] = {}
        for held, a, b in zip(changes, first, last, strict=True):
            for place in range(a, b + 1):
                touched.setdefault(place, set()).add(held)
        if changes[-1] < BRACKETS:
            at = int(np.floor(close[inside[-1]] / fine + 0.5)) >> level
            out["count"][t] = len(touched[at])
            out["single"][t] = sum(len(brackets) == 1 for brackets in touched.values())
    return out


@dataclass(frozen=True, eq=False, repr=False)
class TimeProfile(Profile):
    r"""How many brackets of a session touched the price's bin, and how many bins only one of them touched.

    .. math::
        n_b = \#\{ k : \exists i \in k, \; b(l_i) \le b \le b(h_i) \}, \quad
        (n_{b(c_t)}, \; \#\{ b : n_b = 1 \})

    Notes
    -----
    Seed: none. NaN: a tick whose high, low or close is not finite is passed over; NaN until a session has one, and
    from its 64th bracket on. Warm-up: 1. Unit: 1. A bracket begins where `bracket` changes. A bar touches every bin
    from its low to its high. A session begins with the first tick after the reset. Bins are those of `VolumeProfile`;
    where they merge, what either was touched by touched both. Memory: 2 `bins` numbers; a tick costs the bins of its
    range.

    References
    ----------
    Steidlmayer, J. P. (1984). Market Profile. Chicago Board of Trade: time price opportunities.

    Examples
    --------
    >>> bars = {"high": [2.0, 3.0], "low": [1.0, 2.0], "close": [2.0, 2.0], "bracket": [0.0, 1.0]}
    >>> evaluate(TimeProfile(x, y, z, v, tick=1.0, bins=8), **bars)
    {'count': [1.0, 2.0], 'single': [2.0, 2.0]}
    """

    high: Expr
    low: Expr
    close: Expr
    bracket: Expr
    tick: float = AUTO
    bins: int = 512
    reset: Clock = NEVER

    outputs: ClassVar = ("count", "single")
    registers: ClassVar = np.dtype(
        [
            *REGISTERS,
            ("id", "f8"),
            *((name, "i8") for name in ("cell", "bracket", "single", "session", "started")),
        ]
    )
    history: ClassVar = np.dtype([("mask", "i8")])
    absolute: ClassVar = {"session": "reset"}
    data: ClassVar = 1
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"tick": 0.25, "bins": 16}
    exempt: ClassVar = {"unit": "the tick is in the unit of the prices"}

    @property
    def unit(self) -> str:
        return ONE
