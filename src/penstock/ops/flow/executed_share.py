"""Most that traded at one price in a time window, by the most that was shown there.

A table finds the newest tick of each price (open addressing, linear probing, removal by moving back; Knuth 1998,
section 6.4), and each tick the one before it of its price. A price whose ticks changed is added up anew from its
newest tick to its oldest, so that nothing that leaves has to be taken back, and a tournament over the slots (section
5.2.3) has the largest ratio. Numbers of ticks are the operator's own, so that a window that begins anew empties the
table by saying from where on a number counts; a slot that is free since then has less than any ratio.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import ROOM, VIEW, Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.sketch.hashing import LOW
from penstock.streams import Clock

HIGHEST = 9e9  # whose billionths are still an integer of 64 bits
UNUSED = -(1 << 63)


@jit
def _slot(history: np.ndarray, key: int, base: int) -> int:
    """The slot of a price in billionths, or the free one where it goes."""
    mask = history.size - 2
    slot = ((key & LOW) * 0x58F38DED ^ (key >> 32 & LOW) * 0x4F1BBCDD) >> 21 & mask
    while history[slot]["newest"] > base and history[slot]["key"] != key:
        slot = (slot + 1) & mask
    return slot


@jit
def _key(price: F8, size: F8, j: int) -> int:
    """A tick's price in billionths; UNUSED where it does not count."""
    if abs(price[j]) <= HIGHEST and maths.is_finite(size[j]):
        return int(maths.rint(float(price[j]) * 1e9))
    return UNUSED


@jit
def _ratio(history: np.ndarray, slot: int, base: int) -> float:
    """The ratio of a slot's price; of a free one it is less than any."""
    if history[slot]["newest"] > base:
        return float(history[slot]["ratio"])
    return -np.inf


@jit
def _winner(history: np.ndarray, node: int, level: int) -> int:
    """The slot with the largest ratio below a node of the tree, as it was noted; below a new node its first one."""
    slots = history.size - 1
    if level == 0:
        return node - slots
    slot = int(history[node]["winner"])
    return slot if (slots + slot) >> level == node else (node << level) - slots


@jit
def _tell(history: np.ndarray, slot: int, base: int) -> None:
    """Let the tree know that a slot has another ratio."""
    node, level = history.size - 1 + slot, 0
    while node > 1:
        one, two = _winner(history, node, level), _winner(history, node ^ 1, level)
        better = one if _ratio(history, one, base) >= _ratio(history, two, base) else two
        node, level = node >> 1, level + 1
        history[node]["winner"] = better


@jit
def _free(history: np.ndarray, slot: int, base: int) -> None:
    """Free a slot, and let those after it that were pushed on move back."""
    mask = history.size - 2
    after = (slot + 1) & mask
    while history[after]["newest"] > base:
        key = int(history[after]["key"])
        home = ((key & LOW) * 0x58F38DED ^ (key >> 32 & LOW) * 0x4F1BBCDD) >> 21 & mask
        if (after - home) & mask >= (after - slot) & mask:
            history[slot]["key"], history[slot]["turn"] = key, history[after]["turn"]
            history[slot]["newest"] = history[after]["newest"]
            history[slot]["ratio"] = history[after]["ratio"]
            _tell(history, slot, base)
            slot = after
        after = (after + 1) & mask
    history[slot]["newest"] = 0
    _tell(history, slot, base)


@jit
def _enter(history: np.ndarray, key: int, number: int, base: int) -> None:
    """Put a tick before the others of its price."""
    slot = _slot(history, key, base)
    known = history[slot]["newest"] > base
    history[number & (history.size - 2)]["older"] = history[slot]["newest"] if known else 0
    if not known:
        history[slot]["key"], history[slot]["turn"] = key, -1
        history[slot]["ratio"] = -np.inf
    history[slot]["newest"] = number


@jit
def _count(
    history: np.ndarray,
    key: int,
    size: F8,
    shown: F8,
    moved: int,
    oldest: int,
    base: int,
    turn: int,
) -> None:
    """Work the ratio of a price out anew, from its newest tick to its oldest, once a turn."""
    slot = _slot(history, key, base)
    if history[slot]["newest"] <= base or history[slot]["turn"] == turn:
        return
    total, most, n = 0.0, 0.0, int(history[slot]["newest"])
    while n >= oldest:
        j = n + moved
        total += size[j]
        if maths.is_finite(shown[j]) and shown[j] > most:
            most = shown[j]
        n = int(history[n & (history.size - 2)]["older"])
    ratio = total / most if most > 0.0 else -np.inf
    history[slot]["turn"] = turn
    history[slot]["ratio"] = max(-np.inf, ratio)  # in this order NaN is none
    _tell(history, slot, base)


@jit
def _kernel(
    out: F8,
    price: F8,
    size: F8,
    shown: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    history: np.ndarray,
    width: int,
) -> None:
    s = registers[0]
    head, tail, last = s["head"], s["tail"], s["last"]
    count, base, turn = s["count"], s["base"], s["turn"]  # ticks have numbers of its own, from 1
    if history[history.size - 1]["newest"] == 0:  # a new arena
        history[history.size - 1]["newest"] = 1
        moved = head - first - count - 1
        for again in range(2):
            for j in range(max(tail, first) - first, head - first):
                key = _key(price, size, j)
                if key != UNUSED and again == 0:
                    _enter(history, key, j - moved, base)
                elif key != UNUSED:
                    _count(history, key, size, shown, moved, tail - first - moved, base, turn)
    for i in range(out.size):
        start = at[i] - width
        if last <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head, base = tail, count
        left, entered, turn = tail, head, turn + 1
        moved = head - first - count - 1
        while tail < head and ts[tail - first] <= start:
            key = _key(price, size, tail - first)
            if key != UNUSED:
                slot = _slot(history, key, base)
                if history[slot]["newest"] + moved == tail - first:
                    _free(history, slot, base)
            tail += 1
        while head < upto[i]:
            count += 1
            key = _key(price, size, head - first)
            if key != UNUSED:
                _enter(history, key, count, base)
            head += 1
        for j in range(left - first, tail - first):
            key = _key(price, size, j)
            if key != UNUSED:
                _count(history, key, size, shown, moved, tail - first - moved, base, turn)
        for j in range(entered - first, head - first):
            key = _key(price, size, j)
            if key != UNUSED:
                _count(history, key, size, shown, moved, tail - first - moved, base, turn)
        last = at[i]
        best = _ratio(history, int(history[1]["winner"]), base)
        out[i] = best if best > -np.inf else np.nan
    s["head"], s["tail"], s["last"] = head, tail, last
    s["count"], s["base"], s["turn"] = count, base, turn


def _oracle(price: F8, size: F8, shown: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    usable = (np.abs(price) <= HIGHEST) & np.isfinite(size)
    key = np.round(np.where(usable, price, 0.0) * 1e9)
    for i in range(at.size):
        inside = usable & (np.arange(price.size) < upto[i]) & (ts > at[i] - width)
        for one in np.unique(key[inside]):
            here = inside & (key == one)
            most = np.where(np.isfinite(shown[here]), shown[here], 0.0).max()
            if most > 0.0:
                out[i] = np.fmax(out[i], size[here].astype(np.longdouble).sum() / most)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class ExecutedShare(Operator):
    r"""Largest ratio, over the prices of the last `width` of time, of what traded at one to the most shown there.

    .. math:: y_p = \max_{\pi} \frac{\sum_{q \in W(p), P_q = \pi} Q_q}{\max_{q \in W(p), P_q = \pi} D_q}

    Notes
    -----
    Seed: none. NaN: of `price` or `size` not counted, of `shown` not the most; a price where nothing was shown has no
    ratio, and NaN without any. Warm-up: 1. Unit: 1. `shown` is what was shown at a tick's price before it. Prices are
    compared in billionths, up to nine billion. The window is (t-w, t] at an event and [T-w, T) over events at a timed
    tick. A tick costs a pass over the window's ticks of the prices that enter and leave.

    References
    ----------
    Frey, S., Sandås, P. (2017). The impact of iceberg orders in limit order books. Quarterly Journal of Finance 7(3).

    Examples
    --------
    >>> evaluate(ExecutedShare(x, y, z, width="9s"), price=[1.0, 1.0, 2.0], size=[2.0, 4.0, 1.0], shown=[3.0, 1.0, 2.0])
    [0.66666667, 2.0, 2.0]
    """

    price: Expr
    size: Expr
    shown: Expr
    width: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype(
        [(name, "i8") for name in ("head", "tail", "last", "count", "base", "turn")]
    )
    # of a slot the price, its newest tick and its ratio; of a tick the one before; of a node of the tree the best slot
    history: ClassVar = np.dtype(
        [*((name, "i8") for name in ("key", "newest", "turn", "older", "winner")), ("ratio", "f8")]
    )
    rebuilt: ClassVar = True
    absolute: ClassVar = {"head": "source", "tail": "source"}
    version: ClassVar = 2  # its state was none before
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}
    exempt: ClassVar = {
        "unit": "prices are compared in billionths of their unit",
        "nan": "a tick counts without one of its columns",
    }

    def check(self) -> None:
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def retention(self) -> int:
        return self.width

    @property
    def history_items(self) -> int:
        return ROOM

    def room_items(self, room: int) -> int:
        """At least two slots a tick, a power of two, and whether the table is made."""
        return (2 << (room - 1).bit_length()) + 1

    @property
    def unit(self) -> str:
        return ONE
