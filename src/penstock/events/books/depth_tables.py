"""The arrays that hold books level by level.

A side keeps its levels in two places. The cells of its grid hold the levels near the market: a cell for each
tick, with a bit for each cell that says whether a level is alive there, so that setting one is a store and the
best ones are the highest bits. The rest, off the grid or out of its range, lie in the side's run of one pool,
an open-addressing table by the bits of the price; a level that was taken out stays with size 0, since most
prices come back. The best levels of the rest also stand in order in the side's window, worst first: every level
of the rest that is not in the window is worse than all in it; when the window runs short it is filled again
from the table. Where a price belongs follows from the price and the grid alone, and the grid changes only when
the side is settled anew (`depth_settle`). So every level is kept and exact, at any price.

Prices are signed here, asks negative: on both sides the best level is the greatest.
"""

from typing import NamedTuple

import numpy as np

from penstock.core.jit import jit
from penstock.events.types import LEVELS

WIDTH = 64  # levels of a window
WORD = 5  # a word holds the bits of 2**WORD cells, its lowest ones: none is a sign
IN_WORD = (1 << WORD) - 1
# cells of a side: its run of the pool is [begin, begin + room); slots ever used and levels alive in it; its window
# is [start, start + count) of twice WIDTH; whether what is shown may have changed; what its book is (bid row);
# its run of the cells is [cell, cell + cells), the grid's where it has one; no level is alive above cell top of it;
# changes of the rest since the side was settled
(
    BEGIN, ROOM, SHIFT, USED, ALIVE, START, COUNT, DIRTY, STATE, CELL, CELLS, TOP, STRAYS,
) = SIDE = range(13)  # fmt: skip
PRICE, SIZE = range(2)
INSIDE, SHOWN = range(2)  # the worst signed price that belongs into the window; the worst shown
# a grid: its ticks are [low, high); tick t is the price t * step / parts, and ratio is parts / step
LOW, HIGH, RATIO, STEP, PARTS = GRID = range(5)

_MASK = 0x7FFF_FFFF_FFFF_FFFF
_MULTIPLIER = 0x1E37_79B9_7F4A_7C15  # odd, from the golden ratio


class DepthTables(NamedTuple):
    """The state of every book."""

    cells: np.ndarray  # f8 (m,): the sizes of the levels on the grids, valid where a bit is set
    words: np.ndarray  # i8 (m >> WORD,): their bits
    grids: np.ndarray  # f8 (sides, 5)
    pool: np.ndarray  # f8 (n, 2): price and size; NaN is an empty slot
    bits: np.ndarray  # the same cells as i8
    window: np.ndarray  # f8 (sides, 2 * WIDTH, 2): signed price, size
    edges: np.ndarray  # f8 (sides, 2)
    sides: np.ndarray  # i8 (sides, 13): row 2*book + (1 for asks)
    shown: np.ndarray  # f8 (books, 40)


def no_tables() -> DepthTables:
    """Tables of no books."""
    pool = np.full((0, 2), np.nan)
    return DepthTables(
        np.zeros(0),
        np.zeros(0, np.int64),
        np.zeros((0, len(GRID))),
        pool,
        pool.view(np.int64),
        np.zeros((0, 2 * WIDTH, 2)),
        np.zeros((0, 2)),
        np.zeros((0, len(SIDE)), np.int64),
        np.zeros((0, 4 * LEVELS)),
    )


@jit
def cell_of(tables: DepthTables, row: int, price: float) -> int:
    """The cell of a signed price, or -1 where it is off the grid.

    A price is on the grid if it is the float nearest to a tick's: tick * step is exact and the division rounds
    once, as reading a decimal does. So a cell stands for one float, and gives it back.
    """
    low, step, parts = tables.grids[row, LOW], tables.grids[row, STEP], tables.grids[row, PARTS]
    tick = np.rint(price * tables.grids[row, RATIO])
    if low <= tick < tables.grids[row, HIGH] and tick * step / parts == price:
        return int(tick - low)
    return -1


@jit
def price_of(tables: DepthTables, row: int, cell: int) -> float:
    """The signed price of a cell of a grid."""
    return (tables.grids[row, LOW] + cell) * tables.grids[row, STEP] / tables.grids[row, PARTS]


@jit
def home(tables: DepthTables, row: int, bits: int) -> int:
    """The slot where a price is looked for first."""
    at = ((bits * _MULTIPLIER) & _MASK) >> tables.sides[row, SHIFT]
    return tables.sides[row, BEGIN] + at


@jit
def find(tables: DepthTables, row: int, bits: int) -> int:
    """The slot of a price, or ``~slot`` of the empty one where it would go."""
    slot = home(tables, row, bits)
    end = tables.sides[row, BEGIN] + tables.sides[row, ROOM]
    while tables.bits[slot, PRICE] != bits:
        if tables.pool[slot, PRICE] != tables.pool[slot, PRICE]:
            return ~slot
        slot += 1
        if slot == end:
            slot = tables.sides[row, BEGIN]
    return slot
