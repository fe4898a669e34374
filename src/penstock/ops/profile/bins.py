r"""Bins of a price histogram that is bounded: they grow coarser where the session's range outgrows them.

A price belongs to bin :math:`\lfloor p / \\text{tick} + 1/2 \rfloor`, so that with the instrument's own tick each price
has one. The cells in use are a range of consecutive bins. A price beyond it moves the range while it fits into the
cells there are; then bins are merged in pairs, as often as it takes: after `level` merges a bin is 2^level ticks wide.
So no volume is ever left out or put into a wrong bin, and what is kept is a function of the session's prices alone.

A history begins with `data` segments of `bins` numbers each, of which the first is the volumes; the one after them is
spare, and 0 but for a moment. What lies behind is the operator's own.
"""

from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.jit import jit
from penstock.expr import Operator

MOST = 1 << 16
LARGEST = 4_503_599_627_370_496.0  # 2**52: beyond it a bin's number is no exact float
AUTO = 0.0

# of the registers that every histogram has: the tick, the number of cell 0's bin, the cells in use, the merges
REGISTERS = [("tick", "f8"), ("base", "i8"), ("low", "i8"), ("high", "i8"), ("level", "i8")]
HISTORY = np.dtype([("x", "f8")])


@jit
def round_tick(price: float) -> float:
    """The largest of 1, 2.5 and 5 times a power of ten that is not above a ten-thousandth of the price."""
    wanted = abs(price) * 1e-4
    if not 1e-12 <= wanted <= 1e12:  # a price of 0, or none
        return 1e-4 if wanted < 1e-12 else 1e12
    n = int(maths.floor(maths.log10(wanted)))
    scale = 1.0
    for _ in range(abs(n)):
        scale *= 10.0
    found = 1.0 / scale if n < 0 else scale
    for digits in (2.5, 5.0):
        candidate = digits / scale if n < 0 else digits * scale
        found = candidate if candidate <= wanted else found
    return found


@jit
def number(price: float, tick: float) -> int:
    """The number of a price's bin before any merge; `countable` says whether it has one."""
    return int(maths.floor(price / tick + 0.5))


@jit
def countable(price: float, tick: float) -> bool:
    """Whether a price has a bin."""
    return maths.is_finite(price) and abs(price / tick) < LARGEST


@jit
def begin(s: np.void, history: np.ndarray, price: float, tick: float, bins: int, data: int) -> None:
    """Empty the data, and put the bin of a price into the middle."""
    for k in range(data * bins):
        history[k]["x"] = 0.0
    s["tick"] = tick if tick > 0.0 else round_tick(price)
    s["low"], s["high"], s["level"] = bins // 2, bins // 2, 0
    s["base"] = number(price, s["tick"]) - bins // 2


@jit
def cell_for(s: np.void, history: np.ndarray, price: float, bins: int, data: int) -> int:
    """The cell of a price's bin, in use from now on; makes room for it."""
    fine = number(price, s["tick"])
    cell = (fine >> s["level"]) - s["base"]
    while max(s["high"], cell) - min(s["low"], cell) >= bins:
        low, high = (s["base"] + s["low"]) >> 1, (s["base"] + s["high"]) >> 1
        move(s, history, 1, low - (bins - (high - low + 1)) // 2, bins, data)
        cell = (fine >> s["level"]) - s["base"]
    if not 0 <= cell < bins:
        low, high = min(s["low"], cell), max(s["high"], cell)
        move(s, history, 0, s["base"] + low - (bins - (high - low + 1)) // 2, bins, data)
        cell = (fine >> s["level"]) - s["base"]
    s["low"], s["high"] = min(s["low"], cell), max(s["high"], cell)
    return cell


@jit
def move(s: np.void, history: np.ndarray, merges: int, base: int, bins: int, data: int) -> None:
    """Lay the cells out anew from another bin on, merged in pairs or as they are."""
    spare = data * bins
    for segment in range(0, spare, bins):
        for k in range(s["low"], s["high"] + 1):
            to = ((s["base"] + k) >> merges) - base
            history[spare + to]["x"] += history[segment + k]["x"]
        for k in range(bins):
            history[segment + k]["x"] = history[spare + k]["x"]
            history[spare + k]["x"] = 0.0
    low, high = s["base"] + s["low"], s["base"] + s["high"]
    s["low"], s["high"] = (low >> merges) - base, (high >> merges) - base
    s["base"], s["level"] = base, s["level"] + merges


@jit
def middle(s: np.void, cell: int) -> float:
    """The price in the middle of a cell's bin."""
    width = 1 << s["level"]
    return ((s["base"] + cell) * width + 0.5 * (width - 1)) * s["tick"]


@jit
def edge(s: np.void, cell: int) -> float:
    """The lower edge of a cell's bin."""
    return ((s["base"] + cell) * (1 << s["level"]) - 0.5) * s["tick"]


@jit
def fullest(s: np.void, history: np.ndarray, centre: float) -> int:
    """The cell with the largest number in the first segment; of several, the nearest to a price, then the lower.

    Distances are compared in millionths of a bin, so that two that are equal on paper are equal.
    """
    best, nearest, found = -1.0, 0.0, s["low"]
    place = centre / s["tick"]
    width = float(1 << s["level"])
    for k in range(s["low"], s["high"] + 1):
        value = history[k]["x"]
        if value >= best:
            away = abs((s["base"] + k) * width + 0.5 * (width - 1.0) - place)
            away = maths.rint(away / width * 1e6)
            if value > best or away < nearest:
                best, nearest, found = value, away, k
    return found


class Profile(Operator):
    """What every price histogram has besides its operands."""

    tick: float
    bins: int

    history: ClassVar = HISTORY
    data: ClassVar[int]

    def check(self) -> None:
        """Refuse bins that are none."""
        self.require("tick must be positive, or 0 for a round one", self.tick >= 0.0, self.tick)
        self.require(f"bins must be from 8 to {MOST}", 8 <= self.bins <= MOST, self.bins)

    @property
    def history_items(self) -> int:
        return (self.data + 1) * self.bins


def profile_oracle(prices: np.ndarray, tick: float, bins: int) -> tuple[float, int]:
    """Tick and width of the bins of a session by definition: merged until all prices of it fit."""
    if tick == AUTO:
        wanted = abs(prices[0]) * 1e-4
        n = np.floor(np.log10(wanted)) if wanted >= 1e-12 else -4
        ticks = [float(f"{digits}e{n:.0f}") for digits in ("1", "2.5", "5")]
        tick = max((found for found in ticks if found <= wanted), default=1e-4)
    numbers = np.floor(prices / tick + 0.5).astype(np.int64)
    level = 0
    while (numbers.max() >> level) - (numbers.min() >> level) >= bins:
        level += 1
    return tick, level
