"""The compiled moves between arenas and states, each driven by a table of integers (``engine.snapshots.maps``)."""

from penstock.compile.layout import COUNT, TICKS
from penstock.core.arrays import Cells
from penstock.core.jit import jit
from penstock.core.memory import copy, i8_view, load, store
from penstock.engine.settle import kept

# the header of a table: where each list of records begins, then how many there are
SIZE, FIXED, GROUPS, RINGS, BLANKS, ORIGINS, HEADS, CURSORS, HEADER = 0, 1, 3, 5, 7, 9, 11, 13, 16

# records of a table that saves
S_BASE, S_CELLS = 0, 1
G_CURSOR, G_KEEP, G_RETENTION, G_TIMES, G_TIMES_CURSOR, G_COLUMNS, G_SIZE, GROUP = range(8)
R_BASE, R_ITEMS, R_CELLS, R_TAIL, R_HEAD, RING = range(6)

# records of a table that reads; a place of -1 is left out
F_SAVED, F_BASE, F_CELLS, READ_FIXED = range(4)
C_CELLS, C_BASE, C_CURSOR, C_WINDOWED, READ_COLUMN = range(5)
B_BASE, B_CELLS, B_CURSOR, BLANK = range(4)
O_REGISTER, O_HEAD, ORIGIN = range(3)

# records of moves: the table that saves, or 0 where the state is saved; the table that reads
V_SAVING, V_FROM, V_SAVED, V_READING, V_TO, V_CELLS, V_INITIAL, MOVE = range(8)

NAN = 0x7FF8000000000000


@jit
def gather(table: int, arena: int, cells: int, out: int) -> int:
    """Write the state of a key to ``out``, or only count its cells where ``out`` is 0."""
    m = i8_view(table, load(table))
    a = i8_view(arena, cells)
    n = 0
    for i in range(m[FIXED + 1]):
        base, size = m[m[FIXED] + 2 * i], m[m[FIXED] + 2 * i + 1]
        if out:
            copy(out + 8 * n, arena + 8 * base, 8 * size)
        n += size
    for i in range(m[GROUPS + 1]):
        group = m[GROUPS] + GROUP * i
        keep = ticks_kept(m, a, group)
        if out:
            store(out + 8 * n, keep)
        n += 1
        first = a[m[group + G_CURSOR]] - keep
        for j in range(m[group + G_SIZE]):
            base, width = m[m[group + G_COLUMNS] + 2 * j], m[m[group + G_COLUMNS] + 2 * j + 1]
            if out:
                copy(out + 8 * n, arena + 8 * (base + first * width), 8 * keep * width)
            n += keep * width
    for i in range(m[RINGS + 1]):
        n += gather_ring(m, a, arena, m[RINGS] + RING * i, out + 8 * n if out else 0)
    return n


@jit
def ticks_kept(m: Cells, a: Cells, group: int) -> int:
    """How many of its latest ticks a group of columns keeps."""
    cursor, keep = a[m[group + G_CURSOR]], m[group + G_KEEP]
    if m[group + G_RETENTION]:
        times = m[group + G_TIMES] + a[m[group + G_TIMES_CURSOR]] - cursor
        return kept(a, times, cursor, keep, m[group + G_RETENTION])
    return keep


@jit
def gather_ring(m: Cells, a: Cells, arena: int, ring: int, out: int) -> int:
    """Write what is used of a ring, after how many items that is; returns the cells."""
    base, items, width = m[ring + R_BASE], m[ring + R_ITEMS], m[ring + R_CELLS]
    tail = a[m[ring + R_TAIL]]
    used = items
    if m[ring + R_HEAD] >= 0:
        used = min(tail - a[m[ring + R_HEAD]], items)
    if out:
        store(out, used)
        for j in range(used):
            slot = (tail - used + j) % items
            copy(out + 8 * (1 + j * width), arena + 8 * (base + slot * width), 8 * width)
    return 1 + used * width


@jit
def holds(table: int, arena: int, cells: int, out: int) -> None:
    """Write how many ticks each group of columns of an arena keeps; ``table`` is one that saves."""
    m, a = i8_view(table, load(table)), i8_view(arena, cells)
    for i in range(m[GROUPS + 1]):
        store(out + 8 * i, ticks_kept(m, a, m[GROUPS] + GROUP * i))


@jit
def survey(table: int, state: int, out: int) -> int:
    """Write how many ticks each group of columns of a state holds; returns its cells. ``table`` is one that reads."""
    m = i8_view(table, load(table))
    keeps, n = i8_view(out, m[GROUPS + 1]), 0
    for i in range(m[FIXED + 1]):
        n += m[m[FIXED] + READ_FIXED * i + F_SAVED]
    for i in range(m[GROUPS + 1]):
        columns, size = m[m[GROUPS] + 2 * i], m[m[GROUPS] + 2 * i + 1]
        keeps[i] = load(state + 8 * n)
        n += 1
        for j in range(size):
            n += keeps[i] * m[columns + READ_COLUMN * j + C_CELLS]
    for i in range(m[RINGS + 1]):
        n += 1 + load(state + 8 * n) * m[m[RINGS] + RING * i + R_CELLS]
    return n


@jit
def move(moves: int, count: int, spare: int) -> None:
    """Bring states into arenas, one after the other.

    A state that is still in an arena goes by way of ``spare``: it may be brought into the very same memory.
    """
    for i in range(count):
        it = moves + 8 * MOVE * i
        state, arena, cells = load(it + 8 * V_FROM), load(it + 8 * V_TO), load(it + 8 * V_CELLS)
        if load(it + 8 * V_SAVING):
            gather(load(it + 8 * V_SAVING), state, load(it + 8 * V_SAVED), spare)
            state = spare
        copy(arena, load(it + 8 * V_INITIAL), 8 * cells)
        scatter(load(it + 8 * V_READING), arena, cells, state)


@jit
def scatter(table: int, arena: int, cells: int, state: int) -> None:
    """Read the state of a key into a new arena of any plan."""
    m, a = i8_view(table, load(table)), i8_view(arena, cells)
    n = 0
    for i in range(m[FIXED + 1]):
        fixed = m[FIXED] + READ_FIXED * i
        if m[fixed + F_BASE] >= 0:
            copy(arena + 8 * m[fixed + F_BASE], state + 8 * n, 8 * m[fixed + F_CELLS])
        n += m[fixed + F_SAVED]
    for i in range(m[HEADS + 1]):
        a[m[m[HEADS] + i] + TICKS] = 0
    make_room(m, a, state + 8 * n)
    for i in range(m[BLANKS + 1]):
        blank = m[BLANKS] + BLANK * i
        base, size = m[blank + B_BASE], m[blank + B_CELLS] * a[m[blank + B_CURSOR]]
        for j in range(size):
            a[base + j] = NAN
    for i in range(m[GROUPS + 1]):
        n += scatter_group(m, a, arena, m[GROUPS] + 2 * i, state + 8 * n)
    for i in range(m[RINGS + 1]):
        n += scatter_ring(m, a, arena, m[RINGS] + RING * i, state + 8 * n)
    for i in range(m[ORIGINS + 1]):
        origin = m[ORIGINS] + ORIGIN * i
        a[m[origin + O_REGISTER]] = a[m[origin + O_HEAD] + COUNT]


@jit
def make_room(m: Cells, a: Cells, state: int) -> None:
    """Move the cursors of the windows to where all that was kept fits before them."""
    n = 0
    for i in range(m[GROUPS + 1]):
        columns, size = m[m[GROUPS] + 2 * i], m[m[GROUPS] + 2 * i + 1]
        keep = load(state + 8 * n)
        n += 1
        for j in range(size):
            column = columns + READ_COLUMN * j
            if m[column + C_WINDOWED] and m[column + C_BASE] >= 0:
                cursor = m[column + C_CURSOR]
                a[cursor] = max(a[cursor], keep)
            n += keep * m[column + C_CELLS]
    for i in range(m[CURSORS + 1]):  # times are kept as long as what is measured by them
        times, own = m[m[CURSORS] + 2 * i], m[m[CURSORS] + 2 * i + 1]
        a[times] = max(a[times], a[own])


@jit
def scatter_group(m: Cells, a: Cells, arena: int, group: int, state: int) -> int:
    """Read the ticks kept of a group of columns; the last of them stand right before the cursor."""
    columns, size = m[group], m[group + 1]
    keep, n = load(state), 1
    for j in range(size):
        column = columns + READ_COLUMN * j
        width = m[column + C_CELLS]
        if m[column + C_BASE] >= 0:
            cursor = a[m[column + C_CURSOR]]
            ticks = min(keep, cursor)
            copy(
                arena + 8 * (m[column + C_BASE] + (cursor - ticks) * width),
                state + 8 * (n + (keep - ticks) * width),
                8 * ticks * width,
            )
        n += keep * width
    return n


@jit
def scatter_ring(m: Cells, a: Cells, arena: int, ring: int, state: int) -> int:
    """Read a ring into one of any length that holds what is used."""
    base, items, width = m[ring + R_BASE], m[ring + R_ITEMS], m[ring + R_CELLS]
    saved = load(state)
    if base >= 0:
        tail = a[m[ring + R_TAIL]]
        for j in range(max(saved - items, 0), saved):
            slot = (tail - saved + j) % items
            copy(arena + 8 * (base + slot * width), state + 8 * (1 + j * width), 8 * width)
    return 1 + saved * width
