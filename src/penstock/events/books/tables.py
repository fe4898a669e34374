"""The arrays that hold books order by order, and how they grow.

One open-addressing table holds the orders of every book; each side of each book owns a run of rows
of one pool of price levels, worst price first, with room at both ends: a new level moves the rows
on its nearer side, few where it is among the best or follows a snapshot in price order. Prices are
kept signed (asks negative): on both sides the best level is the greatest. A side that is
cleared takes a new owner number: the orders of the old one are dead, and leave when the table is
rebuilt.
"""

from typing import NamedTuple

import numpy as np

from penstock.core.jit import jit
from penstock.core.native import compiled
from penstock.events.types import LEVELS

ID, OWNER, PRICE, SIZE = range(4)  # cells of an order; owner 0 is an empty slot
LEVEL_PRICE, LEVEL_SIZE, LEVEL_ORDERS = range(3)  # cells of a price level
# cells of a side, row 2*book + (1 for asks): its run of the pool is [low, low + room), its levels
# are [start, start + used); ranks [dirty, clean) must be shown again; filling: a snapshot is being
# read (bid row)
SIDE_OWNER, LOW, ROOM, START, USED, DIRTY, CLEAN, FILLING = SIDE = range(8)
SLOTS_USED, NEXT_OWNER, POOL_END, MESSAGES, SHIFT = range(5)  # counters

MASK = 0x7FFF_FFFF_FFFF_FFFF
MULTIPLIER = 0x1E37_79B9_7F4A_7C15  # odd, from the golden ratio: spreads ids that count up
OWNER_MULTIPLIER = 0x3C6E_F372_FE94_F82B
FIRST_ROOM = 16  # levels of a new side


class Tables(NamedTuple):
    """The state of every book."""

    orders: np.ndarray  # i8 (slots, 4): two orders a cache line
    values: np.ndarray  # the same cells as f8
    priority: np.ndarray  # i8 (slots,): the message since which an order stands in its queue
    levels: np.ndarray  # f8 (pool, 3)
    sides: np.ndarray  # i8 (2 * books, 8): a side a cache line
    shown: np.ndarray  # f8 (books, 40): the best levels after each book's last whole group
    counters: np.ndarray  # i8 (5,)


def new_tables(slots: int, pool: int, books: int) -> Tables:
    """Empty tables; ``slots`` is a power of two."""
    orders = _aligned(slots)
    counters = np.zeros(5, np.int64)
    counters[NEXT_OWNER] = 1
    counters[SHIFT] = 63 - (slots.bit_length() - 1)
    tables = Tables(
        orders,
        orders.view(np.float64),
        np.zeros(slots, np.int64),
        np.zeros((pool, 3)),
        np.zeros((0, len(SIDE)), np.int64),
        np.zeros((0, 4 * LEVELS)),
        counters,
    )
    return with_books(tables, books)


def with_books(tables: Tables, books: int) -> Tables:
    """The tables with empty books added, up to ``books`` of them."""
    have = tables.shown.shape[0]
    sides = np.zeros((2 * books, len(SIDE)), np.int64)
    sides[: 2 * have] = tables.sides
    owner = int(tables.counters[NEXT_OWNER])
    sides[2 * have :, SIDE_OWNER] = np.arange(owner, owner + 2 * (books - have))
    sides[2 * have :, DIRTY] = LEVELS
    tables.counters[NEXT_OWNER] = owner + 2 * (books - have)
    shown = np.tile([np.nan, 0.0], (books, 2 * LEVELS))
    shown[:have] = tables.shown
    return tables._replace(sides=sides, shown=shown)


def with_slots(tables: Tables, slots: int, alive: np.ndarray) -> Tables:
    """The tables with their living orders, found by `living`, in a table of ``slots``."""
    orders = _aligned(slots)
    counters = tables.counters.copy()
    counters[SHIFT] = 63 - (slots.bit_length() - 1)
    counters[SLOTS_USED] = alive.size
    larger = tables._replace(
        orders=orders,
        values=orders.view(np.float64),
        priority=np.zeros(slots, np.int64),
        counters=counters,
    )
    compiled(place)(larger, tables.orders[alive], tables.priority[alive])
    return larger


def _aligned(slots: int) -> np.ndarray:
    """Empty slots that begin at a cache line."""
    cells = np.zeros(4 * slots + 8, np.int64)
    first = -cells.ctypes.data % 64 // 8
    return cells[first : first + 4 * slots].reshape(slots, 4)


@jit
def place(tables: Tables, rows: np.ndarray, priority: np.ndarray) -> None:
    """Put orders into an empty table."""
    orders = tables.orders
    mask = orders.shape[0] - 1
    for row in range(rows.shape[0]):
        slot = home(rows[row, ID], rows[row, OWNER], tables.counters[SHIFT])
        while orders[slot, OWNER] != 0:
            slot = (slot + 1) & mask
        for cell in range(4):
            orders[slot, cell] = rows[row, cell]
        tables.priority[slot] = priority[row]


@jit
def home(order: int, owner: int, shift: int) -> int:
    """The slot where an order is looked for first."""
    return ((int(order) * MULTIPLIER + int(owner) * OWNER_MULTIPLIER) & MASK) >> int(shift)


def living(tables: Tables) -> np.ndarray:
    """The slots of orders whose side was not cleared since."""
    owners = tables.orders[:, OWNER]
    slots = np.flatnonzero(owners)
    known = np.sort(tables.sides[:, SIDE_OWNER])
    found = known[np.minimum(np.searchsorted(known, owners[slots]), known.size - 1)]
    return slots[found == owners[slots]]


def with_pool(tables: Tables, pool: int) -> Tables:
    """The tables with their levels moved together at the start of a pool of ``pool`` rows."""
    levels = np.zeros((pool, 3))
    sides = tables.sides.copy()
    end = 0
    for side in sides:
        low, room = int(side[LOW]), int(side[ROOM])
        levels[end : end + room] = tables.levels[low : low + room]
        side[START] += end - low
        side[LOW] = end
        end += room
    tables.counters[POOL_END] = end
    return tables._replace(levels=levels, sides=sides)
