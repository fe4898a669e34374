"""The arrays that hold books level by level.

Every level of a side lies in its run of one pool, an open-addressing table by the bits of its price; a level
that was taken out stays with size 0, since most prices come back. The best levels also stand in order in the
side's window, worst first: every level that is not in the window is worse than all in it. A change far from the
best costs one look into the table, whose memory is asked for some rows before; when the window runs short it is
filled again from the table. So every level is kept and exact, and order is kept where it is shown.
"""

import io
from typing import NamedTuple

import numpy as np

from penstock.core.errors import SnapshotError
from penstock.core.jit import jit
from penstock.core.native import compiled
from penstock.events.types import LEVELS

WIDTH = 64  # levels of a window
# cells of a side: its run of the pool is [begin, begin + room); slots ever used and levels alive; its window is
# [start, start + count) of twice WIDTH; whether what is shown may have changed; what its book is (bid row)
BEGIN, ROOM, SHIFT, USED, ALIVE, START, COUNT, DIRTY, STATE = range(9)
PRICE, SIZE = range(2)
INSIDE, SHOWN = range(2)  # the worst signed price that belongs into the window; the worst shown
FIRST_ROOM = 256
FORMAT = 2

_MASK = 0x7FFF_FFFF_FFFF_FFFF
_MULTIPLIER = 0x1E37_79B9_7F4A_7C15  # odd, from the golden ratio


class DepthTables(NamedTuple):
    """The state of every book."""

    pool: np.ndarray  # f8 (n, 2): price and size; NaN is an empty slot
    bits: np.ndarray  # the same cells as i8
    window: np.ndarray  # f8 (sides, 2 * WIDTH, 2): signed price, size
    edges: np.ndarray  # f8 (sides, 2)
    sides: np.ndarray  # i8 (sides, 9): row 2*book + (1 for asks)
    shown: np.ndarray  # f8 (books, 40)


def no_tables() -> DepthTables:
    """Tables of no books."""
    pool = np.full((0, 2), np.nan)
    return DepthTables(
        pool,
        pool.view(np.int64),
        np.zeros((0, 2 * WIDTH, 2)),
        np.zeros((0, 2)),
        np.zeros((0, 9), np.int64),
        np.zeros((0, 4 * LEVELS)),
    )


def with_books(tables: DepthTables, books: int) -> DepthTables:
    """The tables with empty books added, up to ``books`` of them."""
    have = tables.shown.shape[0]
    sides = np.zeros((2 * books, 9), np.int64)
    sides[: 2 * have] = tables.sides
    window = np.zeros((2 * books, 2 * WIDTH, 2))
    window[: 2 * have] = tables.window
    edges = np.full((2 * books, 2), -np.inf)
    edges[: 2 * have] = tables.edges
    shown = np.tile([np.nan, 0.0], (books, 2 * LEVELS))
    shown[:have] = tables.shown
    tables = tables._replace(sides=sides, window=window, edges=edges, shown=shown)
    for row in range(2 * have, 2 * books):
        tables = with_room(tables, row)
    return tables


def with_room(tables: DepthTables, row: int) -> DepthTables:
    """The tables with room for more levels of a side; what was taken out of it is forgotten."""
    side = tables.sides[row]
    begin, room = int(side[BEGIN]), int(side[ROOM])
    run = tables.pool[begin : begin + room]
    alive = run[run[:, SIZE] > 0.0].copy()
    wanted = max(FIRST_ROOM, 1 << (4 * alive.shape[0]).bit_length())
    if wanted <= room:
        run[:] = np.nan
    else:
        ends = tables.sides[:, BEGIN] + tables.sides[:, ROOM]
        begin, room = int(ends.max()), wanted
        if begin + room > tables.pool.shape[0]:
            pool = np.empty((2 * (begin + room), 2))
            pool[:begin] = tables.pool[:begin]
            tables = tables._replace(pool=pool, bits=pool.view(np.int64))
        tables.pool[begin : begin + room] = np.nan
        side[BEGIN], side[ROOM], side[SHIFT] = begin, room, 63 - (room.bit_length() - 1)
    side[USED] = side[ALIVE] = alive.shape[0]
    compiled(place)(tables, row, np.ascontiguousarray(alive), alive.view(np.int64))
    return tables


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


@jit
def place(tables: DepthTables, row: int, levels: np.ndarray, bits: np.ndarray) -> None:
    """Put levels into a run that holds none of them."""
    for i in range(levels.shape[0]):
        slot = ~find(tables, row, bits[i, PRICE])
        tables.pool[slot, PRICE] = levels[i, PRICE]
        tables.pool[slot, SIZE] = levels[i, SIZE]


def pack(tables: DepthTables, rule: np.ndarray, seen: int) -> bytes:
    """Levels by side, what each book shows, counters."""
    file = io.BytesIO()
    runs = [tables.pool[s[BEGIN] : s[BEGIN] + s[ROOM]] for s in tables.sides]
    alive = [run[run[:, SIZE] > 0.0] for run in runs]
    np.savez(
        file,
        format=np.array([FORMAT]),
        rule=rule,
        seen=np.array([seen]),
        counts=np.array([len(levels) for levels in alive], np.int64),
        levels=np.concatenate([np.empty((0, 2)), *alive]),
        state=tables.sides[:, STATE],
        shown=tables.shown,
    )
    return file.getvalue()


def unpack(data: bytes, rule: np.ndarray) -> tuple[DepthTables, int]:
    """The tables of a snapshot and the rows seen by then; windows are filled at the next change."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError) as error:
        raise SnapshotError(f"Books: a snapshot of books is needed, got {error}") from error
    found = int(parts["format"][0]) if "format" in parts else None
    if found != FORMAT:
        raise SnapshotError(f"Books: a snapshot of format {FORMAT} is needed, got {found}")
    if not np.array_equal(parts["rule"], rule):
        raise SnapshotError(
            "Books: the snapshot's levels and rule for crossed books must be "
            f"{rule.tolist()}, got {parts['rule'].tolist()}"
        )
    tables = with_books(no_tables(), parts["shown"].shape[0])
    tables.shown[:] = parts["shown"]
    tables.sides[:, STATE] = parts["state"]
    end = np.cumsum(parts["counts"])
    for row, count in enumerate(parts["counts"].tolist()):
        levels = np.ascontiguousarray(parts["levels"][end[row] - count : end[row]])
        while 2 * (count + 1) > tables.sides[row, ROOM]:
            tables = _wider(tables, row)
        compiled(place)(tables, row, levels, levels.view(np.int64))
        tables.sides[row, [USED, ALIVE]] = count
        tables.sides[row, DIRTY] = 1
        tables.edges[row, INSIDE] = np.inf  # till the window is filled, no level is in it
    return tables, int(parts["seen"][0])


def _wider(tables: DepthTables, row: int) -> DepthTables:
    """An empty side with twice the room."""
    room = 2 * int(tables.sides[row, ROOM])
    ends = tables.sides[:, BEGIN] + tables.sides[:, ROOM]
    begin = int(ends.max())
    pool = np.full((begin + room, 2), np.nan)
    pool[:begin] = tables.pool[:begin]
    tables.sides[row, [BEGIN, ROOM, SHIFT]] = begin, room, 63 - (room.bit_length() - 1)
    return tables._replace(pool=pool, bits=pool.view(np.int64))
