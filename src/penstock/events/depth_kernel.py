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
from penstock.events.book_levels import locate, move, reserve, touch, wipe
from penstock.events.book_loop import complete, refuse
from penstock.events.book_tables import (
    FILLING,
    LEVEL_ORDERS,
    LEVEL_PRICE,
    LEVEL_SIZE,
    MESSAGES,
    START,
    USED,
    Tables,
)
from penstock.events.types import LEVELS

WHOLE, IN_SNAPSHOT, INVALID = range(3)  # what a bid side's FILLING says of its book


class Changes(NamedTuple):
    """Columns of a block of depth events."""

    key: np.ndarray
    price: np.ndarray
    size: np.ndarray
    side: np.ndarray
    flags: np.ndarray


@jit
def put(levels: np.ndarray, side: np.ndarray, price: float, size: float) -> None:
    """Set the size of the level of a signed price; there is room for a new level."""
    start, end = side[START], side[START] + side[USED]
    row = locate(levels, start, end, price)
    if row < end and levels[row, LEVEL_PRICE] == price:
        levels[row, LEVEL_SIZE] = size
        touch(side, row, 0)
        return
    if row - start < end - row:
        move(levels, start, start - 1, row - start)
        side[START] -= 1
        row -= 1
    else:
        move(levels, row, row + 1, end - row)
    levels[row, LEVEL_PRICE] = price
    levels[row, LEVEL_SIZE] = size
    levels[row, LEVEL_ORDERS] = 0.0
    side[USED] += 1
    touch(side, row, LEVELS)


@jit
def drop(levels: np.ndarray, side: np.ndarray, price: float) -> None:
    """Take the level of a signed price out, if it is there."""
    start, end = side[START], side[START] + side[USED]
    row = locate(levels, start, end, price)
    if row == end or levels[row, LEVEL_PRICE] != price:
        return
    touch(side, row, LEVELS)
    if row - start < end - row:
        move(levels, start, start + 1, row - start)
        side[START] += 1
    else:
        move(levels, row + 1, row, end - row - 1)
    side[USED] -= 1


@jit
def begin_group(tables: Tables, key: int, flags: int) -> int:
    """Empty a book at the first row of a snapshot or at a gap; whether a row may be applied."""
    state = tables.sides[2 * key, FILLING]
    if flags & MAYBE_BAD or (flags & SNAPSHOT and state != IN_SNAPSHOT):
        wipe(tables, 2 * key)
        wipe(tables, 2 * key + 1)
        state = INVALID if flags & MAYBE_BAD else IN_SNAPSHOT
        tables.sides[2 * key, FILLING] = state
    if state == INVALID and not flags & MAYBE_BAD:
        return INVALID_BOOK
    return GOOD


@jit
def change(tables: Tables, d: Changes, i: int) -> int:
    """Apply one row."""
    reason = begin_group(tables, d.key[i], d.flags[i])
    if reason != GOOD or d.side[i] == 0:
        return reason
    reason = unsound(d.price[i], d.size[i])
    if reason not in (GOOD, ZERO_SIZE):
        return reason
    row = 2 * d.key[i] + (1 if d.side[i] < 0 else 0)
    price = -d.price[i] if row & 1 else d.price[i]
    side = tables.sides[row]
    if reason == ZERO_SIZE:
        drop(tables.levels, side, price)
        return GOOD
    if not reserve(tables, side):
        return MORE_POOL
    put(tables.levels, side, price, d.size[i])
    return GOOD


@jit
def build_depth(
    tables: Tables, d: Changes, begin: int, end: int, out: Output, rule: np.ndarray
) -> tuple[int, int]:
    """Apply the rows [begin, end); where it stopped, and what has to grow there if anything.

    ``rule`` is the number of levels shown and whether crossed books are kept aside.
    """
    for i in range(begin, end):
        reason = change(tables, d, i)
        if reason < 0:
            return i, reason
        if reason != GOOD:
            refuse(out, i, reason)
        tables.counters[MESSAGES] += 1
        if d.flags[i] & LAST and reason != INVALID_BOOK:
            state = tables.sides[2 * d.key[i], FILLING]
            tables.sides[2 * d.key[i], FILLING] = INVALID if state == INVALID else WHOLE
            complete(tables, d.key[i], i, out, rule)
    return end, GOOD
