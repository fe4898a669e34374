"""Price levels' new sizes into the books, row by row: the loop that is compiled."""

from typing import NamedTuple

import numpy as np

from penstock.core.jit import jit
from penstock.events.book_kernel import (
    GOOD,
    INVALID_BOOK,
    LAST,
    MAYBE_BAD,
    MORE_POOL,
    SNAPSHOT,
    ZERO_SIZE,
    Output,
    unsound,
)
from penstock.events.book_loop import refuse, tick
from penstock.events.depth_tables import (
    ALIVE,
    BEGIN,
    COUNT,
    DIRTY,
    PRICE,
    ROOM,
    SIZE,
    START,
    STATE,
    USED,
    WIDTH,
    DepthTables,
    find,
)
from penstock.events.types import LEVELS

WHOLE, IN_SNAPSHOT, INVALID = range(3)  # what a book is


class Changes(NamedTuple):
    """Columns of a block of depth events."""

    key: np.ndarray
    price: np.ndarray
    bits: np.ndarray  # the prices as i8
    size: np.ndarray
    side: np.ndarray
    flags: np.ndarray


@jit
def locate(window: np.ndarray, side: np.ndarray, price: float) -> int:
    """The first row of a window with at least this signed price, or its end."""
    low, row = side[START], side[START] + side[COUNT]
    while low < row:
        middle = (low + row) >> 1
        if window[middle, PRICE] >= price:
            row = middle
        else:
            low = middle + 1
    return row


@jit
def insert(window: np.ndarray, side: np.ndarray, price: float, size: float) -> None:
    """Put a level into a window; of more than WIDTH levels the worst leaves it."""
    if side[COUNT] == WIDTH:
        side[START] += 1
        side[COUNT] -= 1
    if side[START] + side[COUNT] == 2 * WIDTH:  # the rows wandered to the end
        for k in range(side[COUNT]):
            window[k, PRICE] = window[side[START] + k, PRICE]
            window[k, SIZE] = window[side[START] + k, SIZE]
        side[START] = 0
    row = locate(window, side, price)
    k = side[START] + side[COUNT]
    while k > row:
        window[k, PRICE], window[k, SIZE] = window[k - 1, PRICE], window[k - 1, SIZE]
        k -= 1
    window[row, PRICE], window[row, SIZE] = price, size
    side[COUNT] += 1
    if side[START] + side[COUNT] - 1 - row < LEVELS:
        side[DIRTY] = 1


@jit
def remove(window: np.ndarray, side: np.ndarray, price: float) -> None:
    """Take a level out of a window that has it."""
    row = locate(window, side, price)
    end = side[START] + side[COUNT] - 1
    if end - row < LEVELS:
        side[DIRTY] = 1
    while row < end:
        window[row, PRICE], window[row, SIZE] = window[row + 1, PRICE], window[row + 1, SIZE]
        row += 1
    side[COUNT] -= 1


@jit
def fill(tables: DepthTables, row: int) -> None:
    """Fill a window with the best levels of the table."""
    window, side = tables.window[row], tables.sides[row]
    side[START], side[COUNT] = 0, 0
    for slot in range(side[BEGIN], side[BEGIN] + side[ROOM]):
        if tables.pool[slot, SIZE] > 0.0:
            price = -tables.pool[slot, PRICE] if row & 1 else tables.pool[slot, PRICE]
            if side[COUNT] < WIDTH or price > window[side[START], PRICE]:
                insert(window, side, price, tables.pool[slot, SIZE])


@jit
def put(tables: DepthTables, row: int, bits: int, price: float, size: float) -> None:
    """Set the size of a level; 0 takes it out. There is room for a new one."""
    window, side = tables.window[row], tables.sides[row]
    slot = find(tables, row, bits)
    old = 0.0
    if slot >= 0:
        old = tables.pool[slot, SIZE]
    elif size > 0.0:
        slot = ~slot
        tables.pool[slot, PRICE] = price
        side[USED] += 1
    if old == size:
        return
    tables.pool[slot, SIZE] = size
    signed = -price if row & 1 else price
    inside = side[ALIVE] == side[COUNT]  # the window has every level
    if side[COUNT] > 0 and signed >= window[side[START], PRICE]:
        inside = True
    side[ALIVE] += (1 if old == 0.0 else 0) - (1 if size == 0.0 else 0)
    if not inside:
        return
    if size == 0.0:
        remove(window, side, signed)
        if side[COUNT] == 0 and side[ALIVE] > 0:
            fill(tables, row)
    elif old == 0.0:
        insert(window, side, signed, size)
    else:
        at = locate(window, side, signed)
        window[at, SIZE] = size
        if side[START] + side[COUNT] - 1 - at < LEVELS:
            side[DIRTY] = 1


@jit
def wipe(tables: DepthTables, row: int) -> None:
    """Empty a side."""
    side = tables.sides[row]
    for slot in range(side[BEGIN], side[BEGIN] + side[ROOM]):
        tables.pool[slot, PRICE] = np.nan
        tables.pool[slot, SIZE] = np.nan
    side[USED], side[ALIVE], side[START], side[COUNT] = 0, 0, 0, 0
    side[DIRTY] = 1


@jit
def refresh(tables: DepthTables, row: int, depth: int) -> bool:
    """Show the best levels of a side again; whether that changed anything."""
    side = tables.sides[row]
    if side[DIRTY] == 0:
        return False
    side[DIRTY] = 0
    if side[COUNT] < LEVELS and side[ALIVE] > side[COUNT]:
        fill(tables, row)
        side[DIRTY] = 0
    window, shown = tables.window[row], tables.shown[row >> 1]
    best = side[START] + side[COUNT] - 1
    changed = False
    for rank in range(depth):
        price, size = np.nan, 0.0
        if rank < side[COUNT]:
            price, size = window[best - rank, PRICE], window[best - rank, SIZE]
            price = -price if row & 1 else price
        cell = 4 * rank + 2 * (row & 1)
        # an absent level has size 0, so its NaN price needs no comparison
        if shown[cell + 1] != size or (size != 0.0 and shown[cell] != price):
            changed = True
            shown[cell], shown[cell + 1] = price, size
    return changed


@jit
def complete(tables: DepthTables, key: int, i: int, out: Output, rule: np.ndarray) -> None:
    """End a message: the book ticks if one of its best levels changed."""
    bids = refresh(tables, 2 * key, rule[0])
    asks = refresh(tables, 2 * key + 1, rule[0])
    if bids or asks:
        tick(tables.shown[key], i, out, rule)


@jit
def begin_group(tables: DepthTables, key: int, flags: int) -> int:
    """Empty a book at the first row of a snapshot or at a gap; whether a row may be applied."""
    state = tables.sides[2 * key, STATE]
    if flags & MAYBE_BAD or (flags & SNAPSHOT and state != IN_SNAPSHOT):
        wipe(tables, 2 * key)
        wipe(tables, 2 * key + 1)
        state = INVALID if flags & MAYBE_BAD else IN_SNAPSHOT
        tables.sides[2 * key, STATE] = state
    if state == INVALID and not flags & MAYBE_BAD:
        return INVALID_BOOK
    return GOOD


@jit
def change(tables: DepthTables, d: Changes, i: int) -> int:
    """Apply one row."""
    reason = begin_group(tables, d.key[i], d.flags[i])
    if reason != GOOD or d.side[i] == 0:
        return reason
    reason = unsound(d.price[i], d.size[i])
    if reason not in (GOOD, ZERO_SIZE):
        return reason
    row = 2 * d.key[i] + (1 if d.side[i] < 0 else 0)
    if 2 * (tables.sides[row, USED] + 1) > tables.sides[row, ROOM]:
        return MORE_POOL
    put(tables, row, d.bits[i], d.price[i], d.size[i])
    return GOOD


@jit
def build_depth(
    tables: DepthTables, d: Changes, begin: int, end: int, out: Output, rule: np.ndarray
) -> int:
    """Apply the rows [begin, end), up to one whose side has to grow first; where it stopped.

    ``rule`` is the number of levels shown and whether crossed books are kept aside.
    """
    for i in range(begin, end):
        reason = change(tables, d, i)
        if reason == MORE_POOL:
            return i
        if reason != GOOD:
            refuse(out, i, reason)
        if d.flags[i] & LAST and reason != INVALID_BOOK:
            state = tables.sides[2 * d.key[i], STATE]
            tables.sides[2 * d.key[i], STATE] = INVALID if state == INVALID else WHOLE
            complete(tables, d.key[i], i, out, rule)
    return end
