"""The extreme of a window of time, on blocks of 16 ticks.

Every `BLOCK` ticks are a block. A window is the rest of the block that its oldest tick is in, whole
blocks, and the block that is not whole yet. The whole ones are in a monotone queue, one entry each
(Lemire 2006); of the first and the last the extreme is kept with its tick, and looked for again, over
at most a block, only when that tick has left. So a long window takes a byte a tick beside its ticks.
Where blocks begin changes no bit; nothing but `TICKS` counts from the stream's beginning.
"""

from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import ROOM, Expr, Operator
from penstock.streams import Clock

BITS = 4  # of 8, 16 and 32 ticks a block, 8 and 16 took the same time and 32 more
BLOCK = 1 << BITS
TICKS = ("oldest", "seen", "early_at", "late_at", "edge", "opened", "bad")  # registers


@jit
def _best(x: F8, start: int, stop: int, sign: float) -> tuple[float, int]:
    """The largest of ``sign * x`` and its place; of equal values the newest, of none the last place.

    An infinity that hides a value leaves with it: until then the window is NaN.
    """
    best, at = -np.inf, stop - 1
    for j in range(start, stop):
        value = sign * x[j]
        if value >= best:
            best, at = value, j
    return best, at


@jit
def extreme(
    out: F8,
    x: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    history: np.ndarray,
    width: int,
    sign: float,
) -> None:
    """The kernel: the largest of ``sign * x``, times the sign."""
    s, mask = registers[0], history.size - 1  # a power of two
    head, tail, oldest, seen = s["head"], s["tail"], s["oldest"], s["seen"]
    early, early_at, late, late_at = s["early"], s["early_at"], s["late"], s["late_at"]
    edge, opened, block, bad, last = s["edge"], s["opened"], s["block"], s["bad"], s["last"]
    for i in range(out.size):
        start, stop = at[i] - width, upto[i]
        if last <= start or oldest == seen:  # nothing of the last window is left
            oldest = max(oldest, first)
            while oldest < stop and ts[oldest - first] <= start:
                oldest += 1
            seen, opened, edge, head = oldest, oldest, oldest + BLOCK, tail
            late, late_at = -np.inf, oldest
        elif ts[oldest - first] <= start:
            while oldest < seen and ts[oldest - first] <= start:
                oldest += 1
            if oldest >= edge:
                edge += (((oldest - edge) >> BITS) + 1) << BITS
                gone = block - ((opened + BLOCK - edge) >> BITS)
                while head < tail and history[head & mask]["block"] <= gone:
                    head += 1
                early_at = oldest - 1
            if early_at < oldest and edge <= opened:
                early, early_at = _best(x, oldest - first, edge - first, sign)
                early_at += first
            if late_at < oldest:
                late, late_at = _best(x, max(oldest, opened) - first, seen - first, sign)
                late_at += first
        while seen < stop:
            value = sign * x[seen - first]
            if not maths.is_finite(value):
                bad = seen + 1
            if value >= late:
                late, late_at = value, seen
            seen += 1
            if seen == opened + BLOCK:
                if seen == edge:
                    early, early_at = late, late_at
                else:
                    while head < tail and history[(tail - 1) & mask]["x"] <= late:
                        tail -= 1
                    history[tail & mask]["x"], history[tail & mask]["block"] = late, block
                    tail += 1
                late, late_at, opened = -np.inf, seen, seen
                block += 1
        last = at[i]
        best = late
        if head < tail and history[head & mask]["x"] > best:
            best = history[head & mask]["x"]
        if edge <= opened and early > best:
            best = early
        out[i] = sign * best if bad <= oldest < seen else np.nan
    s["head"], s["tail"], s["oldest"], s["seen"] = head, tail, oldest, seen
    s["early"], s["early_at"], s["late"], s["late_at"] = early, early_at, late, late_at
    s["edge"], s["opened"], s["block"], s["bad"], s["last"] = edge, opened, block, bad, last


class Extreme(Operator):
    """What both extremes have besides their sign."""

    x: Expr
    width: Duration
    on: Clock

    version: ClassVar = 2
    registers: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("early", "late")),
            *((name, "i8") for name in (*TICKS, "head", "tail", "block", "last")),
        ]
    )
    history: ClassVar = np.dtype([("x", "f8"), ("block", "i8")])
    absolute: ClassVar = dict.fromkeys(TICKS, "source")

    def check(self) -> None:
        """Refuse a window of no time."""
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def retention(self) -> int:
        """The width: a tick is compared again while its block leaves."""
        return self.width

    @property
    def history_items(self) -> int:
        """An entry for each whole block."""
        return ROOM

    def room_items(self, room: int) -> int:
        """A power of two that holds the blocks of so many ticks."""
        return 1 << (room >> BITS).bit_length()
