"""Price levels' new sizes into the books, row by row: the loop that is compiled."""

from typing import NamedTuple

import numpy as np

from penstock.core.jit import jit
from penstock.core.memory import highest_bit, prefetch
from penstock.events.books.depth_levels import bound, fill, put
from penstock.events.books.depth_tables import (
    ALIVE,
    BEGIN,
    CELL,
    CELLS,
    COUNT,
    DIRTY,
    IN_WORD,
    PARTS,
    PRICE,
    ROOM,
    SHOWN,
    SIZE,
    START,
    STATE,
    STRAYS,
    TOP,
    USED,
    WORD,
    DepthTables,
    cell_of,
    home,
    price_of,
)
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
from penstock.events.types import LEVELS

PATIENCE = (
    1 << 17
)  # changes of the rest after which a side is settled anew, whether it is full or not
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
def wipe(tables: DepthTables, row: int) -> None:
    """Empty a side."""
    begin = tables.sides[row, CELL]
    for word in range(begin >> WORD, (begin + tables.sides[row, CELLS]) >> WORD):
        tables.words[word] = 0
    begin = tables.sides[row, BEGIN]
    for slot in range(begin, begin + tables.sides[row, ROOM]):
        tables.pool[slot, PRICE] = np.nan
        tables.pool[slot, SIZE] = np.nan
    tables.sides[row, USED], tables.sides[row, ALIVE], tables.sides[row, TOP] = 0, 0, -1
    tables.sides[row, START], tables.sides[row, COUNT] = 0, 0
    tables.sides[row, DIRTY], tables.edges[row, SHOWN] = 1, -np.inf
    bound(tables, row)


@jit
def refresh(tables: DepthTables, row: int, depth: int) -> bool:
    """Show the best levels of a side again; whether that changed anything.

    They are merged of those of the grid, the highest bits, and of those of the rest, which the window has.
    """
    if tables.sides[row, DIRTY] == 0:
        return False
    tables.sides[row, DIRTY] = 0
    if tables.sides[row, COUNT] < LEVELS and tables.sides[row, ALIVE] > tables.sides[row, COUNT]:
        fill(tables, row)
    book, cell, sign = row >> 1, 2 * (row & 1), -1.0 if row & 1 else 1.0
    first = tables.sides[row, CELL] >> WORD
    word, bits, top = tables.sides[row, TOP] >> WORD, 0, -1
    if word >= 0:
        bits = tables.words[first + word]
    start = tables.sides[row, START]
    rest = start + tables.sides[row, COUNT] - 1
    edge, changed = np.inf, False
    for _ in range(depth):
        while bits == 0 and word > 0:
            word -= 1
            bits = tables.words[first + word]
        price, size, edge, at = np.nan, 0.0, -np.inf, -1
        if bits != 0:
            at = (word << WORD) + highest_bit(bits)
            top = max(top, at)
            edge, size = price_of(tables, row, at), tables.cells[(first << WORD) + at]
        if rest >= start and tables.window[row, rest, PRICE] > edge:
            edge, size = tables.window[row, rest, PRICE], tables.window[row, rest, SIZE]
            rest -= 1
        elif at >= 0:
            bits ^= 1 << (at & IN_WORD)
        if size > 0.0:
            price = sign * edge + 0.0  # one zero of two
        # an absent level has size 0, so its NaN price needs no comparison
        changed |= (tables.shown[book, cell + 1] != size) | (
            (size != 0.0) & (tables.shown[book, cell] != price)
        )
        tables.shown[book, cell], tables.shown[book, cell + 1] = price, size
        cell += 4
    tables.sides[row, TOP] = top
    # with fewer levels than are shown, each change concerns what is shown
    tables.edges[row, SHOWN] = edge
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
def sweep(tables: DepthTables, d: Changes, begin: int, end: int) -> int:
    """Apply rows of one side of a message while their prices are on its grid; where it stopped."""
    key, side, flags = d.key[begin], d.side[begin], d.flags[begin] | LAST
    row = 2 * key + (1 if side < 0 else 0)
    if tables.grids[row, PARTS] == 0.0:  # there is none
        return begin
    sign, shown = -1.0 if side < 0 else 1.0, tables.edges[row, SHOWN]
    first, top, dirty = tables.sides[row, CELL], tables.sides[row, TOP], False
    i = begin
    while i < end and d.key[i] == key and d.side[i] == side and d.flags[i] | LAST == flags:
        price, size = sign * d.price[i], d.size[i]
        at = cell_of(tables, row, price)
        if at < 0 or not 0.0 <= size < np.inf:
            break
        alive = 1 if size > 0.0 else 0
        bit, word = at & IN_WORD, (first + at) >> WORD
        tables.cells[first + at] = size
        tables.words[word] = (tables.words[word] & ~(1 << bit)) | (alive << bit)
        top = max(top, at * alive)
        dirty |= price >= shown
        i += 1
        if d.flags[i - 1] & LAST:
            break
    tables.sides[row, TOP] = top
    if dirty:
        tables.sides[row, DIRTY] = 1
    return i


@jit
def stray(tables: DepthTables, d: Changes, i: int) -> int:
    """Apply a row that changes no cell."""
    if d.side[i] == 0:
        return GOOD
    reason = unsound(d.price[i], d.size[i])
    if reason not in (GOOD, ZERO_SIZE):
        return reason
    row = 2 * d.key[i] + (1 if d.side[i] < 0 else 0)
    full = 2 * (tables.sides[row, USED] + 1) > tables.sides[row, ROOM]
    if full or tables.sides[row, STRAYS] >= PATIENCE:
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
    """Ask for the slot where the level of a row is, if it is one of the rest."""
    row = 2 * d.key[i] + (1 if d.side[i] < 0 else 0)
    prefetch(tables.pool.ctypes.data + 16 * home(tables, row, d.bits[i]))


@jit
def build_depth(
    tables: DepthTables, d: Changes, begin: int, end: int, out: Output, rule: np.ndarray
) -> int:
    """Apply the rows [begin, end), up to one whose side has to be settled first; where it stopped.

    ``rule`` is the number of levels shown and whether crossed books are kept aside.
    """
    i = begin
    while i < end:
        key, at = d.key[i], i
        reason = begin_group(tables, key, d.flags[i])
        if reason == GOOD and d.side[i] != 0:
            # a row that empties the book stands alone
            i = sweep(tables, d, i, i + 1 if d.flags[i] & MAYBE_BAD else end)
        if i == at:
            if reason == GOOD:
                fetch(tables, d, min(i + AHEAD, end - 1))  # where one is off the grid, others are
                reason = stray(tables, d, i)
            if reason == MORE_POOL:
                return i
            if reason != GOOD:
                refuse(out, i, reason)
            i += 1
        if d.flags[i - 1] & LAST and reason != INVALID_BOOK:
            state = tables.sides[2 * key, STATE]
            tables.sides[2 * key, STATE] = INVALID if state == INVALID else WHOLE
            complete(tables, key, i - 1, out, rule)
    return end
