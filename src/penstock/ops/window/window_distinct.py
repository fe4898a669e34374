"""Number of different values in a time window.

A table finds the newest tick of each value: its slots hold numbers of ticks, and the value is read from
the column (open addressing, linear probing, removal by moving back; Knuth 1998, section 6.4). A tick that
leaves takes its value with it if no newer tick has it. Numbers are the operator's own, so that
a window that begins anew empties the table by saying from where on a number counts.
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
from penstock.ops.sketch.hashing import LOW
from penstock.streams import Clock


@jit
def _home(x: F8, j: int, mask: int) -> int:
    """The slot that a value's search begins at; 0 and -0 are one value.

    The middle bits of two products, which depend on all bits of a half each; none leaves 63 bits.
    """
    bits = x.view(np.int64)[j] if x[j] != 0 else 0
    return ((bits & LOW) * 0x58F38DED ^ (bits >> 32 & LOW) * 0x4F1BBCDD) >> 21 & mask


@jit
def _slot(history: np.ndarray, x: F8, j: int, moved: int, base: int) -> int:
    """The slot that holds a value, or the free one where it would go; `moved` is from a number to its place."""
    mask = history.size - 2
    slot = _home(x, j, mask)
    while history[slot]["tick"] > base and x[history[slot]["tick"] + moved] != x[j]:
        slot = (slot + 1) & mask
    return slot


@jit
def _free(history: np.ndarray, x: F8, slot: int, moved: int, base: int) -> None:
    """Free a slot, and let those after it that were pushed on move back."""
    mask = history.size - 2
    after = (slot + 1) & mask
    while history[after]["tick"] > base:
        home = _home(x, history[after]["tick"] + moved, mask)
        if (after - home) & mask >= (after - slot) & mask:
            history[slot]["tick"] = history[after]["tick"]
            slot = after
        after = (after + 1) & mask
    history[slot]["tick"] = 0


@jit
def _kernel(
    out: F8,
    x: F8,
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
    count, base, distinct = s["count"], s["base"], s["distinct"]  # of its own numbers, from 1
    if history[history.size - 1]["tick"] == 0:  # a new arena
        history[history.size - 1]["tick"] = 1
        moved = head - first - count - 1
        for j in range(max(tail, first) - first, head - first):
            if not maths.is_nan(x[j]):
                history[_slot(history, x, j, moved, base)]["tick"] = j - moved
    for i in range(out.size):
        start = at[i] - width
        if last <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head, base, distinct = tail, count, 0
        moved = head - first - count - 1
        while tail < head and ts[tail - first] <= start:
            j = tail - first
            if not maths.is_nan(x[j]):
                slot = _slot(history, x, j, moved, base)
                if history[slot]["tick"] + moved == j:
                    _free(history, x, slot, moved, base)
                    distinct -= 1
            tail += 1
        while head < upto[i]:
            j = head - first
            count += 1
            if not maths.is_nan(x[j]):
                slot = _slot(history, x, j, moved, base)
                distinct += 1 if history[slot]["tick"] <= base else 0
                history[slot]["tick"] = count
            head += 1
        last = at[i]
        out[i] = float(distinct)
    s["head"], s["tail"], s["last"] = head, tail, last
    s["count"], s["base"], s["distinct"] = count, base, distinct


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.zeros(at.size)
    for i in range(at.size):
        inside = x[(np.arange(x.size) < upto[i]) & (ts > at[i] - width)]
        out[i] = len(set(inside[~np.isnan(inside)].tolist()))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowDistinct(Operator):
    r"""Number of different values in the last `width` of time.

    .. math:: y_p = |\{ x_q : q \in W(p), \; x_q = x_q \}|

    Notes
    -----
    Seed: none. NaN: not counted; infinities are. Warm-up: 1; an empty window is 0. Unit: 1. Values are
    compared as they are; 0 and -0 are one. The window is (t-w, t] at an event and [T-w, T) over
    events at a timed tick. Exact: two slots of 8 bytes for each tick that there is room for.

    References
    ----------
    Knuth, D. E. (1998). The Art of Computer Programming, volume 3, 2nd ed., section 6.4: hashing.

    Examples
    --------
    >>> evaluate(WindowDistinct(x, width="3s"), x=[1.0, 1.0, 2.0, 3.0])
    [1.0, 1.0, 2.0, 3.0]
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype(
        [(name, "i8") for name in ("head", "tail", "last", "count", "base", "distinct")]
    )
    history: ClassVar = np.dtype([("tick", "i8")])
    rebuilt: ClassVar = True
    absolute: ClassVar = {"head": "source", "tail": "source"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}

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
