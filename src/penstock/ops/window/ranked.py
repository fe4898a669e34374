"""What the quantiles of a window of time have in common."""

from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8, Item
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import ROOM, Expr, Operator
from penstock.ops.window.order import (
    ITEM,
    between,
    build,
    enter,
    forget,
    is_new,
    items_for,
    leave,
)
from penstock.streams import Clock


@jit
def quantile(
    out: F8,
    x: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    history: np.ndarray,
    width: int,
    q: float,
) -> None:
    """The kernel of median and quantile."""
    s = registers[0]
    head, tail, bad, last = s["head"], s["tail"], s["bad"], s["last"]
    if is_new(history):
        build(history, x, max(tail, first) - first, head - first)
    for i in range(out.size):
        start = at[i] - width
        if last <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head = tail
            forget(history)
        while tail < head and ts[tail - first] <= start:
            value: Item = x[tail - first]
            if maths.is_finite(value):
                leave(history, value)
            tail += 1
        while head < upto[i]:
            value = x[head - first]
            head += 1
            if not maths.is_finite(value):
                bad = head
            elif not enter(history, value):
                build(history, x, tail - first, head - first)
        last = at[i]
        rank = float(head - tail - 1) * q
        whole = int(rank)
        if bad <= tail < head:
            out[i] = between(history, whole, rank - float(whole))
        else:
            out[i] = np.nan
    s["head"], s["tail"], s["bad"], s["last"] = head, tail, bad, last


class Ranked(Operator):
    """What both operators have besides their quantile."""

    x: Expr
    width: Duration
    on: Clock

    registers: ClassVar = np.dtype([(name, "i8") for name in ("head", "tail", "bad", "last")])
    history: ClassVar = ITEM
    rebuilt: ClassVar = True
    absolute: ClassVar = {"head": "source", "tail": "source", "bad": "source"}

    def check(self) -> None:
        """Refuse a window of no time."""
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def retention(self) -> int:
        """The width."""
        return self.width

    @property
    def history_items(self) -> int:
        """Leaves that grow with the window."""
        return ROOM

    def room_items(self, room: int) -> int:
        """Leaves that hold so many values."""
        return items_for(room)
