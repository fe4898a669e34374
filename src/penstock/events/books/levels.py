"""Price levels: the compiled functions that add to them, take from them and show them."""

import numpy as np

from penstock.core.jit import jit
from penstock.events.books.tables import (
    CLEAN,
    DIRTY,
    FIRST_ROOM,
    LEVEL_ORDERS,
    LEVEL_PRICE,
    LEVEL_SIZE,
    LOW,
    NEXT_OWNER,
    POOL_END,
    ROOM,
    SIDE_OWNER,
    START,
    USED,
    Tables,
)
from penstock.events.types import LEVELS

NEAR = 8  # levels searched one by one from the best before halving


@jit
def locate(levels: np.ndarray, low: int, high: int, price: float) -> int:
    """The first row of [low, high) with at least this signed price, or high."""
    if high - low > 1:  # prices are mostly on a grid, so that the best gap tells the row
        best = levels[high - 1, LEVEL_PRICE]
        steps = (best - price) / (best - levels[high - 2, LEVEL_PRICE]) + 0.5
        if 0.0 <= steps < high - low:
            row = high - 1 - int(steps)
            if levels[row, LEVEL_PRICE] == price:
                return row
    if high > low and levels[low, LEVEL_PRICE] >= price:  # a snapshot goes from best to worst
        return low
    row = high
    near = max(low, high - NEAR)
    while row > near and levels[row - 1, LEVEL_PRICE] >= price:
        row -= 1
    if row > near or row == low:
        return row
    while low < row:
        middle = (low + row) >> 1
        if levels[middle, LEVEL_PRICE] >= price:
            row = middle
        else:
            low = middle + 1
    return row


@jit
def touch(side: np.ndarray, row: int, end: int) -> None:
    """Note that a level must be shown again, and those of ranks below it up to ``end``."""
    rank = side[START] + side[USED] - 1 - row
    side[DIRTY] = min(side[DIRTY], rank)
    side[CLEAN] = max(side[CLEAN], rank + 1, end)


@jit
def move(levels: np.ndarray, source: int, target: int, count: int) -> None:
    """Move rows; the two runs may overlap."""
    if target < source:
        for row in range(count):
            for cell in range(3):
                levels[target + row, cell] = levels[source + row, cell]
    else:
        for row in range(count - 1, -1, -1):
            for cell in range(3):
                levels[target + row, cell] = levels[source + row, cell]


@jit
def reserve(tables: Tables, side: np.ndarray) -> bool:
    """Make room for one more level at both ends of a side; False where the pool is full."""
    low, used, room, start = side[LOW], side[USED], side[ROOM], side[START]
    if start > low and start + used < low + room:
        return True
    if 2 * used >= room:  # else the levels wandered to one end: it is enough to centre them
        room = max(2 * room, FIRST_ROOM)
        low = tables.counters[POOL_END]
        if low + room > tables.levels.shape[0]:
            return False
        tables.counters[POOL_END] = low + room
        side[LOW], side[ROOM] = low, room
    side[START] = low + (room - used) // 2
    move(tables.levels, start, side[START], used)
    return True


@jit
def rest(levels: np.ndarray, side: np.ndarray, price: float, size: float) -> None:
    """Add one order's size to the level of a signed price; there is room for a new level."""
    start, end = side[START], side[START] + side[USED]
    row = locate(levels, start, end, price)
    fresh = row == end or levels[row, LEVEL_PRICE] != price
    if fresh:
        if row - start < end - row:
            move(levels, start, start - 1, row - start)
            side[START] -= 1
            row -= 1
        else:
            move(levels, row, row + 1, end - row)
        levels[row, LEVEL_PRICE] = price
        levels[row, LEVEL_SIZE] = 0.0
        levels[row, LEVEL_ORDERS] = 0.0
        side[USED] += 1
    levels[row, LEVEL_SIZE] += size
    levels[row, LEVEL_ORDERS] += 1.0
    touch(side, row, LEVELS if fresh else 0)


@jit
def leave(levels: np.ndarray, side: np.ndarray, price: float, size: float) -> None:
    """Take one order's size off its level; the level goes with its last order."""
    start, end = side[START], side[START] + side[USED]
    row = locate(levels, start, end, price)
    levels[row, LEVEL_SIZE] -= size
    levels[row, LEVEL_ORDERS] -= 1.0
    gone = levels[row, LEVEL_ORDERS] == 0.0
    touch(side, row, LEVELS if gone else 0)
    if gone:
        if row - start < end - row:
            move(levels, start, start + 1, row - start)
            side[START] += 1
        else:
            move(levels, row + 1, row, end - row - 1)
        side[USED] -= 1


@jit
def resize(levels: np.ndarray, side: np.ndarray, price: float, change: float) -> None:
    """Change the size of a level whose orders stay."""
    row = locate(levels, side[START], side[START] + side[USED], price)
    levels[row, LEVEL_SIZE] += change
    touch(side, row, 0)


@jit
def wipe(tables: Tables, row: int) -> None:
    """Empty a side."""
    side = tables.sides[row]
    side[SIDE_OWNER] = tables.counters[NEXT_OWNER]
    tables.counters[NEXT_OWNER] += 1
    side[USED] = 0
    side[DIRTY] = 0
    side[CLEAN] = LEVELS


@jit
def refresh(tables: Tables, row: int, depth: int) -> bool:
    """Show the touched levels of a side again; whether that changed anything."""
    side = tables.sides[row]
    rank, used = side[DIRTY], side[USED]
    end = min(depth, side[CLEAN])
    shown = tables.shown[row >> 1]
    offset = 2 * (row & 1)
    sign = -1.0 if row & 1 else 1.0
    best = side[START] + used - 1
    changed = False
    side[DIRTY], side[CLEAN] = depth, 0
    while rank < end:
        price, size = np.nan, 0.0
        if rank < used:
            price = sign * tables.levels[best - rank, LEVEL_PRICE]
            size = tables.levels[best - rank, LEVEL_SIZE]
        cell = 4 * rank + offset
        # an absent level has size 0, so its NaN price needs no comparison
        if shown[cell + 1] != size or (size != 0.0 and shown[cell] != price):
            changed = True
            shown[cell] = price
            shown[cell + 1] = size
        rank += 1
    return changed
