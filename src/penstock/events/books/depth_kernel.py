"""Price levels' new sizes into the books, row by row: the loop that is compiled."""

from typing import NamedTuple

import numpy as np

from penstock.core.jit import jit
from penstock.core.memory import prefetch
from penstock.events.books.kernel import (
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
from penstock.events.books.loop import refuse, tick
from penstock.events.depth_tables import (
    ALIVE,
    BEGIN,
    COUNT,
    DIRTY,
    INSIDE,
    PRICE,
    ROOM,
    SHOWN,
    SIZE,
    START,
    STATE,
    USED,
    WIDTH,
    DepthTables,
    find,
    home,
)
from penstock.events.types import LEVELS

AHEAD = 8  # rows; what a slot takes to come from far memory
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
def locate(tables: DepthTables, row: int, price: float) -> int:
    """The first cell of a window with at least this signed price, or its end; most lie near the best."""
    start = tables.sides[row, START]
    at = start + tables.sides[row, COUNT]
    while at > start and tables.window[row, at - 1, PRICE] >= price:
        at -= 1
    return at


@jit
def bound(tables: DepthTables, row: int) -> None:
    """Note from which price a change concerns the window, and from which what is shown."""
    start, count = tables.sides[row, START], tables.sides[row, COUNT]
    inside, shown = -np.inf, -np.inf
    if tables.sides[row, ALIVE] > count:
        inside = tables.window[row, start, PRICE] if count > 0 else np.inf
    if count >= LEVELS:
        shown = tables.window[row, start + count - LEVELS, PRICE]
    tables.edges[row, INSIDE], tables.edges[row, SHOWN] = inside, shown


@jit
def move(window: np.ndarray, row: int, to: int, cell: int) -> None:
    """Copy a cell of a window."""
    window[row, to, PRICE] = window[row, cell, PRICE]
    window[row, to, SIZE] = window[row, cell, SIZE]


@jit
def insert(tables: DepthTables, row: int, price: float, size: float) -> None:
    """Put a level into a window; of more than WIDTH levels the worst leaves it."""
    window = tables.window
    if tables.sides[row, COUNT] == WIDTH:
        tables.sides[row, START] += 1
        tables.sides[row, COUNT] -= 1
    start, count = tables.sides[row, START], tables.sides[row, COUNT]
    if start + count == 2 * WIDTH:  # the cells wandered to the end
        for k in range(count):
            move(window, row, k, start + k)
        tables.sides[row, START] = start = 0
    at = start + count
    while at > start and window[row, at - 1, PRICE] >= price:
        move(window, row, at, at - 1)
        at -= 1
    window[row, at, PRICE], window[row, at, SIZE] = price, size
    tables.sides[row, COUNT] = count + 1


@jit
def remove(tables: DepthTables, row: int, price: float) -> None:
    """Take a level out of a window that has it."""
    at = locate(tables, row, price)
    end = tables.sides[row, START] + tables.sides[row, COUNT] - 1
    while at < end:
        move(tables.window, row, at, at + 1)
        at += 1
    tables.sides[row, COUNT] -= 1


@jit
def fill(tables: DepthTables, row: int) -> None:
    """Fill a window with the best levels of the table."""
    tables.sides[row, START], tables.sides[row, COUNT] = 0, 0
    worst, sign = -np.inf, -1.0 if row & 1 else 1.0
    begin = tables.sides[row, BEGIN]
    for slot in range(begin, begin + tables.sides[row, ROOM]):
        price = sign * tables.pool[slot, PRICE]
        if price > worst and tables.pool[slot, SIZE] > 0.0:  # never so of an empty slot, of NaN
            insert(tables, row, price, tables.pool[slot, SIZE])
            if tables.sides[row, COUNT] == WIDTH:
                worst = tables.window[row, tables.sides[row, START], PRICE]
    bound(tables, row)


@jit
def put(tables: DepthTables, row: int, bits: int, price: float, size: float) -> None:
    """Set the size of a level; 0 takes it out. There is room for a new one."""
    slot = find(tables, row, bits)
    old = 0.0
    if slot >= 0:
        old = tables.pool[slot, SIZE]
    elif size == 0.0:
        return
    else:
        slot = ~slot
        tables.pool[slot, PRICE] = price
        tables.sides[row, USED] += 1
    tables.pool[slot, SIZE] = size
    tables.sides[row, ALIVE] += (1 if size > 0.0 else 0) - (1 if old > 0.0 else 0)
    signed = -price if row & 1 else price
    # with fewer levels in the window than are shown, each change concerns what is shown
    if signed >= tables.edges[row, SHOWN]:
        tables.sides[row, DIRTY] = 1
    if signed >= tables.edges[row, INSIDE] and old != size:
        arrange(tables, row, signed, old, size)


@jit
def arrange(tables: DepthTables, row: int, price: float, old: float, size: float) -> None:
    """Set the size of a level in a window."""
    if old > 0.0 and size > 0.0:
        tables.window[row, locate(tables, row, price), SIZE] = size
        return
    if size > 0.0:
        insert(tables, row, price, size)
    else:
        remove(tables, row, price)
    bound(tables, row)


@jit
def wipe(tables: DepthTables, row: int) -> None:
    """Empty a side."""
    begin = tables.sides[row, BEGIN]
    for slot in range(begin, begin + tables.sides[row, ROOM]):
        tables.pool[slot, PRICE] = np.nan
        tables.pool[slot, SIZE] = np.nan
    tables.sides[row, USED], tables.sides[row, ALIVE] = 0, 0
    tables.sides[row, START], tables.sides[row, COUNT] = 0, 0
    tables.sides[row, DIRTY] = 1
    bound(tables, row)


@jit
def refresh(tables: DepthTables, row: int, depth: int) -> bool:
    """Show the best levels of a side again; whether that changed anything."""
    if tables.sides[row, DIRTY] == 0:
        return False
    tables.sides[row, DIRTY] = 0
    if tables.sides[row, COUNT] < LEVELS and tables.sides[row, ALIVE] > tables.sides[row, COUNT]:
        fill(tables, row)
    book, count, sign = row >> 1, tables.sides[row, COUNT], -1.0 if row & 1 else 1.0
    best, cell = tables.sides[row, START] + count - 1, 2 * (row & 1)
    changed = False
    for rank in range(depth):
        price, size = np.nan, 0.0
        if rank < count:
            price = sign * tables.window[row, best - rank, PRICE]
            size = tables.window[row, best - rank, SIZE]
        # an absent level has size 0, so its NaN price needs no comparison
        changed |= (tables.shown[book, cell + 1] != size) | (
            (size != 0.0) & (tables.shown[book, cell] != price)
        )
        tables.shown[book, cell], tables.shown[book, cell + 1] = price, size
        cell += 4
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
    # one zero of two, one set of bits
    put(tables, row, d.bits[i] if d.price[i] != 0.0 else 0, d.price[i] + 0.0, d.size[i])
    return GOOD


@jit
def survey(key: np.ndarray, flags: np.ndarray) -> tuple[int, int]:
    """The greatest key, and how many messages end."""
    greatest, messages = -1, 0
    for i in range(key.size):
        greatest = max(greatest, key[i])
        messages += (flags[i] & LAST) != 0
    return greatest, messages


@jit
def fetch(tables: DepthTables, d: Changes, i: int) -> None:
    """Ask for the slot where the level of a row probably is."""
    row = 2 * d.key[i] + (1 if d.side[i] < 0 else 0)
    prefetch(tables.pool.ctypes.data + 16 * home(tables, row, d.bits[i]))


@jit
def build_depth(
    tables: DepthTables, d: Changes, begin: int, end: int, out: Output, rule: np.ndarray
) -> int:
    """Apply the rows [begin, end), up to one whose side has to grow first; where it stopped.

    ``rule`` is the number of levels shown and whether crossed books are kept aside.
    """
    for i in range(begin, end):
        fetch(tables, d, min(i + AHEAD, end - 1))
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
