"""The levels of a side that are not on its grid: set, taken out, kept in order near the best."""

import numpy as np

from penstock.core.jit import jit
from penstock.events.books.depth_tables import (
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
    STRAYS,
    USED,
    WIDTH,
    DepthTables,
    find,
)


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
    """Note from which price a change concerns the window."""
    start, count = tables.sides[row, START], tables.sides[row, COUNT]
    inside = -np.inf
    if tables.sides[row, ALIVE] > count:
        inside = tables.window[row, start, PRICE] if count > 0 else np.inf
    tables.edges[row, INSIDE] = inside


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
    """Set the size of a level of the rest; 0 takes it out. There is room for a new one."""
    tables.sides[row, STRAYS] += 1
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
