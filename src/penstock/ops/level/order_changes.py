"""What each message of an order did to the book: size added, cancelled and filled, and at which price."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.level import ACTION, FLAGS, ORDER, PRICE, SIDE, SIZE

ITEM = np.dtype([("side", "i8")] + [(name, "f8") for name in ("order", "price", "size", "waiting")])
ADD, CANCEL, MODIFY, FILL, CLEAR = (ord(letter) for letter in "ACMFR")
SNAPSHOT = 32
# odd, of the golden ratio: an exchange numbers orders one after the other, and such a run side by side in the table
# would be gone through to its end by each that leaves it
MULTIPLIER = 0x1E37_79B9_7F4A_7C15
MASK = 0x7FFF_FFFF_FFFF_FFFF


@jit
def _home(order: float, room: int) -> int:
    """Where an order is looked for first."""
    return (((int(order) * MULTIPLIER) & MASK) >> 20) % room


@jit
def _find(history: np.ndarray, room: int, order: float) -> int:
    """Where an order stands, or where it would."""
    at = _home(order, room)
    while history[at]["side"] != 0 and history[at]["order"] != order:
        at = (at + 1) % room
    return at


@jit
def _forget(history: np.ndarray, room: int, hole: int) -> None:
    """Take an order out, moving back those that were pushed past it."""
    at = (hole + 1) % room
    while history[at]["side"] != 0:
        if (at - _home(history[at]["order"], room)) % room >= (at - hole) % room:
            history[hole] = history[at]
            hole = at
        at = (at + 1) % room
    history[hole]["side"] = 0


@jit
def _kernel(
    way: F8,
    added: F8,
    into: F8,
    cancelled: F8,
    filled: F8,
    left: F8,
    missed: F8,
    order: F8,
    price: F8,
    size: F8,
    action: F8,
    side: F8,
    flags: F8,
    registers: np.ndarray,
    history: np.ndarray,
    room: int,
) -> None:
    s = registers[0]
    for i in range(order.size):
        way[i], added[i], cancelled[i], filled[i] = 0.0, 0.0, 0.0, 0.0
        into[i], left[i] = np.nan, np.nan
        silent = maths.is_finite(flags[i]) and int(flags[i]) & SNAPSHOT != 0
        if action[i] == CLEAR:
            if s["orders"] > 0:
                for k in range(room):
                    history[k]["side"] = 0
            s["orders"], s["missed"], silent = 0, 0, True
        missed[i] = float(s["missed"])
        if silent:
            way[i], added[i], cancelled[i], filled[i] = np.nan, np.nan, np.nan, np.nan
        sound = maths.is_finite(price[i]) and 0.0 < size[i] < np.inf
        if not maths.is_finite(order[i]) or not sound:
            continue
        slot = _find(history, room, order[i])
        e = history[slot]
        if action[i] == ADD:
            known = side[i] > 0.0 or side[i] < 0.0
            if e["side"] != 0 or not known:
                continue
            if s["orders"] >= room - 1:
                s["missed"] += 1
                missed[i] = float(s["missed"])
                continue
            s["orders"] += 1
            e["order"], e["price"], e["size"], e["waiting"] = order[i], price[i], size[i], 0.0
            e["side"] = 1 if side[i] > 0.0 else -1
            if not silent:
                way[i], added[i], into[i] = float(e["side"]), size[i], price[i]
        elif e["side"] == 0:
            continue
        elif action[i] == FILL:
            e["waiting"] += size[i]
        elif action[i] == MODIFY or (action[i] == CANCEL and size[i] <= e["size"]):
            was, there = float(e["size"]), float(e["price"])
            now = size[i] if action[i] == MODIFY else was - size[i]
            to = price[i] if action[i] == MODIFY else there
            hit = float(e["waiting"])
            rest = now if to == there else 0.0
            if to != there:
                hit = min(hit, was)
            net = rest - was + hit
            if not silent:
                way[i], left[i], into[i] = float(e["side"]), there, to
                filled[i], cancelled[i] = hit, max(-net, 0.0)
                added[i] = max(net, 0.0) if to == there else now
            e["price"], e["size"], e["waiting"] = to, now, 0.0
            if now == 0.0:
                _forget(history, room, slot)
                s["orders"] -= 1


def _oracle(
    order: F8, price: F8, size: F8, action: F8, side: F8, flags: F8, room: int
) -> dict[str, F8]:
    out = {name: np.zeros(order.size) for name in OrderChanges.outputs}
    out["into"][:] = out["left"][:] = np.nan
    resting: dict[float, tuple[float, float, float]] = {}  # order: side, price, size
    executed: dict[float, float] = {}
    missed = 0
    for i in range(order.size):
        what = chr(int(action[i])) if 0 < action[i] < 128 else ""
        silent = bool(np.isfinite(flags[i]) and int(flags[i]) & 32) or what == "R"
        row = [0.0, 0.0, np.nan, 0.0, 0.0, np.nan]
        if what == "R" and action[i] == CLEAR:
            resting, executed, missed = {}, {}, 0
        whole = (
            action[i] == np.floor(action[i]) and np.isfinite([order[i], price[i], size[i]]).all()
        )
        if whole and size[i] > 0:
            one = resting.get(order[i])
            fresh = what == "A" and one is None and (side[i] > 0 or side[i] < 0)
            if fresh and len(resting) == room - 1:
                missed += 1
            elif fresh:
                resting[order[i]] = (float(np.sign(side[i])), price[i], size[i])
                row[:3] = [float(np.sign(side[i])), size[i], price[i]]
            elif what == "F" and one is not None:
                executed[order[i]] = executed.get(order[i], 0.0) + size[i]
            elif one is not None and (what == "M" or (what == "C" and size[i] <= one[2])):
                hit = executed.pop(order[i], 0.0)
                way, there, was = one
                to, now = (price[i], size[i]) if what == "M" else (there, was - size[i])
                if to == there:
                    net = now - was + hit
                    row = [way, max(net, 0.0), to, max(-net, 0.0), hit, there]
                else:
                    hit = min(hit, was)
                    row = [way, now, to, was - hit, hit, there]
                resting[order[i]] = (way, to, now)
                if now == 0:
                    del resting[order[i]]
        if silent or action[i] == CLEAR:
            row = [np.nan] * 6
        for name, value in zip(OrderChanges.outputs, [*row, float(missed)], strict=True):
            out[name][i] = value
    return out


@dataclass(frozen=True, eq=False, repr=False)
class OrderChanges(Operator):
    r"""What each message of an order did to the book: `added` at price `into`, `cancelled` and `filled` at `left`.

    .. math::
        \Delta = q_k - q_{k-1} + X, \quad A = \Delta^+, \quad C = \Delta^-, \quad F = X

    Notes
    -----
    Seed: the first message. NaN: all, of a message that fills or empties the book at once (a snapshot, a clear); the
    prices where nothing changed. Warm-up: 1. Unit: that of `size` and of `price`, 1 for `way`: 1 of a bid, -1 of an
    ask, 0 where the book stayed as it was. q is the displayed size of the order and X what fills said of it since its
    last change: a fill says what was executed, and the cancel or modify that follows what is left, so A - C - F is
    what the displayed size changed by. Size that an iceberg shows again behind a fill is added. A modify that changes
    size adds or cancels the difference, also where the order goes to the end of its queue; one that changes the price
    cancels all there and adds all here. Messages follow Databento's meaning, as those of `Books`; one that cannot be
    applied changes nothing. At most `room` - 1 orders rest at once; a later one is not kept, and `missed` counts those
    since the book was last cleared: what they do is not known.

    References
    ----------
    Databento (2024). Market by order: actions and flags of the MBO schema.

    Examples
    --------
    >>> node = OrderChanges(**OrderChanges.example)
    >>> add, fill, cancel = 65.0, 70.0, 67.0
    >>> given = dict(order=[7.0] * 3, price=[4.0] * 3, size=[5.0, 2.0, 3.0], side=[1.0] * 3, flags=[128.0] * 3)
    >>> evaluate(node, action=[add, fill, cancel], **given)["filled"]
    [0.0, 0.0, 2.0]
    """

    order: Expr
    price: Expr
    size: Expr
    action: Expr
    side: Expr
    flags: Expr
    room: int = 1 << 20

    flows: ClassVar = (
        "way",
        "added",
        "into",
        "cancelled",
        "filled",
        "left",
    )  # what `OrderFlows` reads
    outputs: ClassVar = (*flows, "missed")
    registers: ClassVar = np.dtype([("orders", "i8"), ("missed", "i8")])
    history: ClassVar = ITEM
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "order": ORDER, "price": PRICE, "size": SIZE, "action": ACTION, "side": SIDE, "flags": FLAGS, "room": 64,
    }  # fmt: skip
    exempt: ClassVar = {
        "unit": "actions and flags are codes",
        "warmup": "a change needs an order that rests",
    }

    def check(self) -> None:
        self.require("room must be at least 2", self.room >= 2, self.room)

    @property
    def history_items(self) -> int:
        return self.room

    def unit_of(self, output: str) -> str:
        if output in ("way", "missed"):
            return ONE
        return self.price.unit if output in ("into", "left") else self.size.unit
