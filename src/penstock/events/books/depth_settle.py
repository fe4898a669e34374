"""Where the levels of a side lie: its grid and its room are chosen anew when the rest of it grows.

The tick is read off the prices nearest to the market: they are whole multiples of ``step / parts``, ``parts`` the
smallest power of ten under which nearly all of them are whole numbers, ``step`` their greatest common divisor. The
grid has `PER_LEVEL` cells for each level alive and at most `MOST_CELLS`, three quarters of them behind the best
levels; so memory is bounded by the levels that a feed keeps alive, whatever their prices are. A side whose prices
are on no grid has none, and all its levels are of the rest.
"""

import numpy as np

from penstock.core.jit import jit
from penstock.core.memory import highest_bit
from penstock.core.native import compiled
from penstock.events.books.depth_levels import bound
from penstock.events.books.depth_tables import (
    ALIVE,
    BEGIN,
    CELL,
    CELLS,
    COUNT,
    GRID,
    IN_WORD,
    PRICE,
    ROOM,
    SHIFT,
    SIDE,
    SIZE,
    START,
    STRAYS,
    TOP,
    USED,
    WIDTH,
    WORD,
    DepthTables,
    cell_of,
    find,
    price_of,
)
from penstock.events.types import LEVELS

FIRST_ROOM = 256
PER_LEVEL = 16  # cells, at least
LEAST_CELLS, MOST_CELLS = 1 << 8, 1 << 16
NEAR = 64  # prices that tell the tick
BEST = 9  # levels whose middle one tells where the market is: a few wrong ones do not move it
FEW = 16  # one price in so many may be off the grid
PLACES = 12  # decimals of a price that is on a grid, at most
EXACT = 2.0**53  # below it every whole number is a float


def with_books(tables: DepthTables, books: int) -> DepthTables:
    """The tables with empty books added, up to ``books`` of them."""
    have = tables.shown.shape[0]
    sides = np.zeros((2 * books, len(SIDE)), np.int64)
    sides[:, TOP] = -1
    sides[: 2 * have] = tables.sides
    grids = np.zeros((2 * books, len(GRID)))
    grids[: 2 * have] = tables.grids
    window = np.zeros((2 * books, 2 * WIDTH, 2))
    window[: 2 * have] = tables.window
    edges = np.full((2 * books, 2), -np.inf)
    edges[: 2 * have] = tables.edges
    shown = np.tile([np.nan, 0.0], (books, 2 * LEVELS))
    shown[:have] = tables.shown
    tables = tables._replace(sides=sides, grids=grids, window=window, edges=edges, shown=shown)
    for row in range(2 * have, 2 * books):
        tables = _with_room(tables, row, 0)
    return tables


def settled(tables: DepthTables, row: int) -> DepthTables:
    """The tables with room for more levels of a side; what was taken out of it is forgotten."""
    return with_levels(tables, row, levels_of(tables, row))


def levels_of(tables: DepthTables, row: int) -> np.ndarray:
    """The levels of a side that are alive, as rows of price and size."""
    side = tables.sides[row]
    levels = np.empty((int(side[ALIVE] + side[CELLS]), 2))
    return levels[: compiled(gather)(tables, row, levels)]


def with_levels(tables: DepthTables, row: int, levels: np.ndarray) -> DepthTables:
    """The tables with these levels on a side, and no others."""
    prices = levels[:, PRICE] * (-1.0 if row & 1 else 1.0)
    if prices.size >= BEST:
        best = np.partition(prices, -min(NEAR, prices.size))[-NEAR:]
        best.sort()
        step, parts = compiled(tick_of)(best)
        if step:
            tables = _with_cells(tables, row, min(PER_LEVEL * prices.size, MOST_CELLS))
            size = int(tables.sides[row, CELLS])
            low = np.rint(best[-BEST // 2] * (parts / step)) - 3 * size // 4
            tables.grids[row] = low, low + size, parts / step, step, parts
        else:
            tables.grids[row] = 0.0
    rest = compiled(off_grid)(tables, row, prices)
    # with room for as many new ones as there are levels, laying all of them anew costs little for each
    tables = _with_room(tables, row, 2 * rest + prices.size)
    compiled(lay)(tables, row, levels, levels.view(np.int64))
    return tables


def _with_cells(tables: DepthTables, row: int, wanted: int) -> DepthTables:
    """The tables with at least so many cells for the grid of a side; what is in them is not told."""
    if wanted <= tables.sides[row, CELLS]:
        return tables
    wanted = max(LEAST_CELLS, 1 << (wanted - 1).bit_length())
    runs = tables.sides[:, CELL : CELLS + 1]
    cells, words = _with_run(runs, row, wanted, (tables.cells, tables.words), (1, 1 << WORD))
    return tables._replace(cells=cells, words=words)


def _with_room(tables: DepthTables, row: int, levels: int) -> DepthTables:
    """The tables with an empty run of the pool for a side, more than twice so many levels wide."""
    side = tables.sides[row]
    wanted = max(FIRST_ROOM, 1 << (2 * levels).bit_length())
    if wanted > side[ROOM]:
        (pool,) = _with_run(tables.sides[:, BEGIN : ROOM + 1], row, wanted, (tables.pool,), (1,))
        tables = tables._replace(pool=pool, bits=pool.view(np.int64))
        side[SHIFT] = 63 - (wanted.bit_length() - 1)
    tables.pool[side[BEGIN] : side[BEGIN] + side[ROOM]] = np.nan
    return tables


def _with_run(
    runs: np.ndarray,
    row: int,
    wanted: int,
    arrays: tuple[np.ndarray, ...],
    units: tuple[int, ...],
) -> list[np.ndarray]:
    """The arrays with a run of so many cells for a side in place of the one it had.

    ``runs`` holds begin and size of each side's; an array has one row for so many cells as its unit says.
    """
    runs[row, 1] = 0
    end = int(runs.sum(axis=1).max())
    if end + wanted > arrays[0].shape[0] * units[0]:  # the others move together, to twice the room
        total = 2 * (int(runs[:, 1].sum()) + wanted)
        found = [
            np.empty((total // n, *a.shape[1:]), a.dtype)
            for a, n in zip(arrays, units, strict=True)
        ]
        end = 0
        for run in runs:
            begin, size = run.tolist()
            for new, old, n in zip(found, arrays, units, strict=True):
                new[end // n : (end + size) // n] = old[begin // n : (begin + size) // n]
            run[0] = end
            end += size
        arrays = tuple(found)
    runs[row] = end, wanted
    return list(arrays)


@jit
def gather(tables: DepthTables, row: int, levels: np.ndarray) -> int:
    """Write the levels of a side that are alive; how many."""
    sign, n = -1.0 if row & 1 else 1.0, 0
    begin = tables.sides[row, CELL]
    for word in range((tables.sides[row, TOP] >> WORD) + 1):
        bits = tables.words[(begin >> WORD) + word]
        while bits:
            bit = highest_bit(bits)
            bits ^= 1 << bit
            at = (word << WORD) + bit
            levels[n, PRICE] = sign * price_of(tables, row, at) + 0.0
            levels[n, SIZE] = tables.cells[begin + at]
            n += 1
    begin = tables.sides[row, BEGIN]
    for slot in range(begin, begin + tables.sides[row, ROOM]):
        if tables.pool[slot, SIZE] > 0.0:
            levels[n, PRICE], levels[n, SIZE] = tables.pool[slot, PRICE], tables.pool[slot, SIZE]
            n += 1
    return n


@jit
def tick_of(prices: np.ndarray) -> tuple[float, float]:
    """The step and the parts of the grid of nearly all prices; a step of 0 where there is none."""
    parts = 1.0
    for _ in range(PLACES + 1):
        step, off = 0, 0
        for price in prices:
            whole = np.rint(price * parts)
            if abs(whole) < EXACT and whole / parts == price:
                a, b = abs(int(whole)), step
                while b:
                    a, b = b, a % b
                step = a
            else:
                off += 1
        if off <= prices.size // FEW and step > 0:
            return float(step), parts
        parts *= 10.0
    return 0.0, 1.0


@jit
def off_grid(tables: DepthTables, row: int, prices: np.ndarray) -> int:
    """How many of these signed prices are not on a side's grid."""
    n = 0
    for price in prices:
        n += cell_of(tables, row, price) < 0
    return n


@jit
def lay(tables: DepthTables, row: int, levels: np.ndarray, bits: np.ndarray) -> None:
    """Put levels on a side that may hold others in its cells and holds none in its run of the pool."""
    sign, top, used = -1.0 if row & 1 else 1.0, -1, 0
    begin = tables.sides[row, CELL]
    for word in range(begin >> WORD, (begin + tables.sides[row, CELLS]) >> WORD):
        tables.words[word] = 0
    for i in range(levels.shape[0]):
        at = cell_of(tables, row, sign * levels[i, PRICE])
        if at >= 0:
            tables.cells[begin + at] = levels[i, SIZE]
            tables.words[(begin + at) >> WORD] |= 1 << (at & IN_WORD)
            top = max(top, at)
        else:
            slot = ~find(tables, row, bits[i, PRICE])
            tables.pool[slot, PRICE], tables.pool[slot, SIZE] = levels[i, PRICE], levels[i, SIZE]
            used += 1
    tables.sides[row, TOP], tables.sides[row, STRAYS] = top, 0
    tables.sides[row, USED], tables.sides[row, ALIVE] = used, used
    tables.sides[row, START], tables.sides[row, COUNT] = 0, 0
    bound(tables, row)
