"""One message at a time into the books: the loop that is compiled."""

from typing import NamedTuple

import numpy as np

from penstock.core.jit import jit
from penstock.events.books.levels import leave, reserve, resize, rest, wipe
from penstock.events.books.tables import (
    ID,
    MESSAGES,
    OWNER,
    PRICE,
    SHIFT,
    SIDE_OWNER,
    SIZE,
    SLOTS_USED,
    Tables,
    home,
)

ADD, CANCEL, MODIFY, CLEAR = ord("A"), ord("C"), ord("M"), ord("R")
TRADE, FILL, NONE = ord("T"), ord("F"), ord("N")
LAST, TOP, SNAPSHOT, MAYBE_BAD = 128, 64, 32, 4  # flags

GOOD = 0
MORE_SLOTS, MORE_POOL = -1, -2  # what the host must grow before going on
REASONS = (
    "",
    "unknown action",
    "NaN price",
    "infinite price",
    "NaN size",
    "negative size",
    "zero size",
    "side is missing",
    "unknown order",
    "order exists already",
    "size larger than resting",
    "crossed book",
    "locked book",
    "invalid book",
)
(
    _,
    UNKNOWN_ACTION,
    NAN_PRICE,
    INFINITE_PRICE,
    NAN_SIZE,
    NEGATIVE_SIZE,
    ZERO_SIZE,
    NO_SIDE,
    UNKNOWN_ORDER,
    KNOWN_ORDER,
    TOO_LARGE,
    CROSSED,
    LOCKED,
    INVALID_BOOK,
) = range(len(REASONS))


class Messages(NamedTuple):
    """Columns of a block of MBO events."""

    key: np.ndarray
    order: np.ndarray
    price: np.ndarray
    size: np.ndarray
    action: np.ndarray
    side: np.ndarray
    flags: np.ndarray


class Output(NamedTuple):
    """What a run of messages gives: books, refused messages, trades.

    There is room for one book, one trade and two refusals a message.
    """

    at: np.ndarray  # i8 (n,): the message that completed the group
    levels: np.ndarray  # f8 (n, 40)
    bad: np.ndarray  # i8 (m, 2): message, index in REASONS
    trades: np.ndarray  # i8 (n,): the messages that traded
    size: np.ndarray  # i8 (3,): rows of at, of bad, of trades


@jit
def find(tables: Tables, order: int, owner: int) -> int:
    """The slot of an order, or ``~slot`` of the empty one where it would go."""
    orders = tables.orders
    mask = orders.shape[0] - 1
    slot = home(order, owner, tables.counters[SHIFT])
    while orders[slot, OWNER] != 0:
        if orders[slot, ID] == order and orders[slot, OWNER] == owner:
            return slot
        slot = (slot + 1) & mask
    return ~slot


@jit
def forget(tables: Tables, slot: int) -> None:
    """Take an order out, moving back those that were pushed past it."""
    orders = tables.orders
    shift = tables.counters[SHIFT]
    mask = orders.shape[0] - 1
    hole = slot
    at = (hole + 1) & mask
    while orders[at, OWNER] != 0:
        first = home(orders[at, ID], orders[at, OWNER], shift)
        if ((at - first) & mask) >= ((at - hole) & mask):
            for cell in range(4):
                orders[hole, cell] = orders[at, cell]
            tables.priority[hole] = tables.priority[at]
            hole = at
        at = (at + 1) & mask
    orders[hole, OWNER] = 0
    tables.counters[SLOTS_USED] -= 1


@jit
def unsound(price: float, size: float) -> int:
    """Why an order cannot have this price and size, or GOOD."""
    if price != price:  # noqa: PLR0124  (the test of NaN)
        return NAN_PRICE
    if abs(price) == np.inf:
        return INFINITE_PRICE
    if 0.0 < size < np.inf:
        return GOOD
    if size < 0.0:
        return NEGATIVE_SIZE
    return ZERO_SIZE if size == 0.0 else NAN_SIZE


@jit
def enter(tables: Tables, row: int, slot: int, m: Messages, i: int) -> None:
    """Put a message's order into an empty slot and on its level; there is room for both."""
    orders, side = tables.orders, tables.sides[row]
    price = -m.price[i] if row & 1 else m.price[i]
    orders[slot, ID] = m.order[i]
    orders[slot, OWNER] = side[SIDE_OWNER]
    tables.values[slot, PRICE] = price
    tables.values[slot, SIZE] = m.size[i]
    tables.priority[slot] = tables.counters[MESSAGES]
    tables.counters[SLOTS_USED] += 1
    rest(tables.levels, side, price, m.size[i])


@jit
def add(tables: Tables, m: Messages, i: int) -> int:
    """Apply an add."""
    if m.side[i] == 0:
        return NO_SIDE
    reason = unsound(m.price[i], m.size[i])
    if reason != GOOD:
        return reason
    row = 2 * m.key[i] + (1 if m.side[i] < 0 else 0)
    if 2 * (tables.counters[SLOTS_USED] + 1) > tables.orders.shape[0]:
        return MORE_SLOTS
    if not reserve(tables, tables.sides[row]):
        return MORE_POOL
    if m.flags[i] & TOP:
        wipe(tables, row)
    slot = find(tables, m.order[i], tables.sides[row, SIDE_OWNER])
    if slot >= 0:
        return KNOWN_ORDER
    enter(tables, row, ~slot, m, i)
    return GOOD


@jit
def resting(tables: Tables, m: Messages, i: int) -> tuple[int, int]:
    """The row of a message's side and the slot of its order, or below 0; without a side, on either."""
    row = 2 * m.key[i] + (1 if m.side[i] < 0 else 0)
    slot = find(tables, m.order[i], tables.sides[row, SIDE_OWNER])
    if slot < 0 and m.side[i] == 0:
        row += 1
        slot = find(tables, m.order[i], tables.sides[row, SIDE_OWNER])
    return row, slot


@jit
def cancel(tables: Tables, m: Messages, i: int) -> int:
    """Apply a cancel: the order loses the message's size, and goes when nothing is left."""
    size = m.size[i]
    reason = unsound(0.0, size)  # a cancel needs no price
    if reason != GOOD:
        return reason
    row, slot = resting(tables, m, i)
    if slot < 0:
        return UNKNOWN_ORDER
    side = tables.sides[row]
    price, left = tables.values[slot, PRICE], tables.values[slot, SIZE] - size
    if left < 0.0:
        return TOO_LARGE
    if left == 0.0:
        leave(tables.levels, side, price, size)
        forget(tables, slot)
    else:
        resize(tables.levels, side, price, -size)
        tables.values[slot, SIZE] = left
    return GOOD


@jit
def modify(tables: Tables, m: Messages, i: int) -> int:
    """Apply a modify: a new price or a larger size goes to the end of the queue."""
    size = m.size[i]
    reason = unsound(m.price[i], size)
    if reason != GOOD:
        return reason
    row, slot = resting(tables, m, i)
    if slot < 0:
        return UNKNOWN_ORDER
    side = tables.sides[row]
    price = -m.price[i] if row & 1 else m.price[i]
    before, old = tables.values[slot, PRICE], tables.values[slot, SIZE]
    if price == before:
        resize(tables.levels, side, price, size - old)
    else:
        if not reserve(tables, side):
            return MORE_POOL
        leave(tables.levels, side, before, old)
        rest(tables.levels, side, price, size)
        tables.values[slot, PRICE] = price
    if price != before or size > old:
        tables.priority[slot] = tables.counters[MESSAGES]
    tables.values[slot, SIZE] = size
    return GOOD
