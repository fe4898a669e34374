"""Successive prices at which one side outweighs the other."""

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
    begin,
    cell_for,
    countable,
    profile_oracle,
    round_tick,
)
from penstock.streams import NEVER, Clock

DATA = 2  # segments: bought, then sold


@jit
def _outweighs(
    s: np.void, history: np.ndarray, cell: int, way: int, bins: int, ratio: float
) -> bool:
    """Whether what was bought at a cell outweighs what was sold a cell below; for a way of -1, sold and above."""
    if cell < s["low"] or cell > s["high"]:
        return False
    bought, sold = (cell, bins + cell - 1) if way > 0 else (cell + 1, bins + cell)
    own, against = history[bought if way > 0 else sold]["x"], 0.0
    if s["low"] <= cell - way <= s["high"]:
        against = history[sold if way > 0 else bought]["x"]
    # sizes are decimals: sums that are equal on paper are so in billionths
    return own > 0.0 and maths.rint(own * 1e9) >= maths.rint(ratio * against * 1e9)


@jit
def _survey(s: np.void, history: np.ndarray, bins: int, ratio: float, least: int) -> float:
    """The longest run of either side with its sign; 0 where it is too short or both have one as long."""
    bought, sold, up, down = 0, 0, 0, 0
    for cell in range(s["low"], s["high"] + 1):
        up = up + 1 if _outweighs(s, history, cell, 1, bins, ratio) else 0
        down = down + 1 if _outweighs(s, history, cell, -1, bins, ratio) else 0
        bought, sold = max(bought, up), max(sold, down)
    if max(bought, sold) < least or bought == sold:
        return 0.0
    return float(bought) if bought > sold else -float(sold)


@jit
def _kernel(
    out: F8,
    price: F8,
    size: F8,
    direction: F8,
    before: I8,
    registers: np.ndarray,
    history: np.ndarray,
    tick: float,
    bins: int,
    ratio: float,
    least: int,
) -> None:
    s = registers[0]
    for i in range(out.size):
        if before[i] != s["session"]:
            s["session"], s["started"] = before[i], 0
        p, q = price[i], size[i]
        sided = direction[i] > 0.0 or direction[i] < 0.0
        if sided and maths.is_finite(p) and maths.is_finite(q) and q > 0.0:
            if s["started"] == 0 and countable(p, tick if tick > 0.0 else round_tick(p)):
                begin(s, history, p, tick, bins, DATA)
                s["started"], s["run"] = 1, 0.0
            if s["started"] == 1 and countable(p, s["tick"]):
                way, base, level = 1 if direction[i] > 0.0 else -1, s["base"], s["level"]
                cell = cell_for(s, history, p, bins, DATA)
                beside = cell - way  # where this volume is weighed against
                own = _outweighs(s, history, cell, way, bins, ratio)
                other = _outweighs(s, history, beside, -way, bins, ratio)
                history[cell if way > 0 else bins + cell]["x"] += q
                changed = own != _outweighs(s, history, cell, way, bins, ratio)
                changed |= other != _outweighs(s, history, beside, -way, bins, ratio)
                if changed or s["base"] != base or s["level"] != level:
                    s["run"] = _survey(s, history, bins, ratio, least)
        out[i] = s["run"] if s["started"] == 1 else np.nan


def _oracle(
    price: F8,
    size: F8,
    direction: F8,
    before: I8,
    tick: float,
    bins: int,
    ratio: float,
    least: int,
) -> F8:
    out = np.full(price.size, np.nan)
    used = np.isfinite(price) & np.isfinite(size) & (size > 0.0)
    used &= (direction > 0.0) | (direction < 0.0)
    for t in range(price.size):
        inside = np.flatnonzero(used[: t + 1] & (before[: t + 1] == before[t]))
        if inside.size:
            width, level = profile_oracle(price[inside], tick, bins)
            number = np.floor(price[inside] / width + 0.5).astype(np.int64) >> level
            number -= number.min() - 1  # a price without trades at either end
            bought = np.bincount(number, size[inside] * (direction[inside] > 0), number.max() + 2)
            sold = np.bincount(number, size[inside] * (direction[inside] < 0), number.max() + 2)
            bought, sold = np.round(bought * 1e9), np.round(sold * 1e9)
            up = (bought[1:] > 0) & (bought[1:] >= np.round(ratio * sold[:-1]))
            down = (sold[:-1] > 0) & (sold[:-1] >= np.round(ratio * bought[1:]))
            most, least_sold = (_longest(flags) for flags in (up, down))
            found = most if most > least_sold else -least_sold
            out[t] = 0.0 if abs(found) < least or most == least_sold else found
    return out


def _longest(flags: np.ndarray) -> int:
    """The longest run of flags."""
    return max(map(len, "".join("x" if flag else " " for flag in flags).split()), default=0)


@dataclass(frozen=True, eq=False, repr=False)
class StackedImbalance(Profile):
    r"""Longest run of successive prices at which one side outweighs the other diagonally, with the side's sign.

    .. math::
        B_p \ge r S_{p-1} > 0 \text{ or } B_p > 0 = S_{p-1}, \quad S_p \ge r B_{p+1} > 0 \text{ or } S_p > 0 = B_{p+1}

    Notes
    -----
    Seed: none. NaN: a tick whose price is not finite, whose size is not finite and positive, or whose direction is 0
    or unknown is passed over; NaN until a session has one. Warm-up: 1. Unit: 1. Positive where buyers outweigh, 0
    where no run has `least` prices or both sides have one as long. Volumes are compared in billionths. A session begins
    with the first tick after the reset; its bins are those of ``VolumeProfile``. A tick costs the session's range where
    it tips a price, else nothing of it.

    References
    ----------
    Steidlmayer, J. P., Hawkins, S. B. (2003). Steidlmayer on Markets, 2nd ed., chapter 11: volume at the bid and at
    the ask.

    Examples
    --------
    >>> node = StackedImbalance(x, y, z, tick=1.0, bins=8, ratio=3.0, least=2)
    >>> evaluate(node, price=[5.0, 6.0, 5.0], size=[3.0, 3.0, 2.0], direction=[1.0, 1.0, -1.0])
    [0.0, 2.0, 0.0]
    """

    price: Expr
    size: Expr
    direction: Expr
    tick: float = AUTO
    bins: int = 512
    ratio: float = 3.0
    least: int = 3
    reset: Clock = NEVER

    registers: ClassVar = np.dtype(
        [*REGISTERS, ("run", "f8"), ("session", "i8"), ("started", "i8")]
    )
    absolute: ClassVar = {"session": "reset"}
    data: ClassVar = DATA
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"tick": 0.25, "bins": 16, "ratio": 1.5, "least": 2}
    exempt: ClassVar = {"unit": "the tick is in the unit of the price"}

    def check(self) -> None:
        super().check()
        self.require("ratio must be positive and finite", 0.0 < self.ratio < np.inf, self.ratio)
        self.require("least must be at least 1", self.least >= 1, self.least)

    @property
    def unit(self) -> str:
        return ONE
