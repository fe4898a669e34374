"""The compiled loop's first half: events and timed ticks of one key enter its arena."""

from penstock.compile.layout import ARMED, LATEST, NEVER, NEXT, POSITION, SEEN, TICKS
from penstock.compile.program import (
    C_HEAD,
    CAPACITY,
    CLOCK,
    CLOCKS,
    HORIZON,
    S_ARMS,
    S_ARMS_SIZE,
    S_COLUMNS,
    S_COLUMNS_SIZE,
    S_TICKS,
    S_TICKS_SIZE,
    STREAM,
    STREAMS,
    T_CLOCK,
    T_KIND,
    TIMED,
    TIMED_RECORD,
)
from penstock.compile.timed import GAP, OF_BARS
from penstock.core.arrays import Cells
from penstock.core.jit import jit
from penstock.core.memory import load
from penstock.engine.timed import hear, next_timed, tick, tick_timed


@jit
def full(p: Cells, a: Cells, stream: int) -> bool:
    """Whether a clock that an event of the stream may tick has no room."""
    ticks = p[stream + S_TICKS]
    for i in range(p[stream + S_TICKS_SIZE]):
        if a[p[p[CLOCKS] + CLOCK * p[ticks + i] + C_HEAD] + TICKS] == p[CAPACITY]:
            return True
    for i in range(p[stream + S_ARMS_SIZE]):
        timed = p[TIMED] + TIMED_RECORD * p[p[stream + S_ARMS] + i]
        head = p[p[CLOCKS] + CLOCK * p[timed + T_CLOCK] + C_HEAD]
        if p[timed + T_KIND] == OF_BARS and a[head + TICKS] == p[CAPACITY]:
            return True
    return False


@jit
def admit(p: Cells, a: Cells, stream: int, table: int, row: int) -> bool:
    """Append one event to its stream's clocks and columns; False where a clock has no room."""
    ticks, size = p[stream + S_TICKS], p[stream + S_TICKS_SIZE]
    if full(p, a, stream):
        return False
    time = load(load(table) + row * load(table + 8))
    n = a[p[p[CLOCKS] + CLOCK * p[ticks] + C_HEAD] + TICKS] if size else 0
    for i in range(p[stream + S_COLUMNS_SIZE]):
        column = p[stream + S_COLUMNS] + 4 * i
        source = table + 16 * p[column]
        cell, cells = a[p[column + 2]] + n, p[column + 3]
        if cells == 1:
            a[p[column + 1] + cell] = load(load(source) + row * load(source + 8))
        else:
            from_row = load(source) + row * load(source + 8)
            for j in range(cells):
                a[p[column + 1] + cell * cells + j] = load(from_row + 8 * j)
    a[POSITION] += 1
    for i in range(size):
        tick(p, a, p[CLOCKS] + CLOCK * p[ticks + i], time, a[POSITION])
    for i in range(p[stream + S_ARMS_SIZE]):
        timed = p[TIMED] + TIMED_RECORD * p[p[stream + S_ARMS] + i]
        armed = a[p[p[CLOCKS] + CLOCK * p[timed + T_CLOCK] + C_HEAD] + ARMED]
        if armed == NEVER or p[timed + T_KIND] >= GAP:  # the others wait for their tick
            hear(p, a, timed, time)
    a[LATEST] = a[SEEN] = time
    return True


@jit
def fill(p: Cells, a: Cells, streams: int, rows: int, stop: int, tables: int, until: int) -> bool:  # noqa: PLR0913, PLR0917
    """Fill a block with timed ticks that are due and events; False where there is nothing left."""
    moved, blocked, horizon = False, False, NEVER
    while not blocked:
        limit = until
        stream = table = row = 0
        i = a[NEXT]
        if i < stop:
            stream = load(streams + 8 * i)
            table, row = load(tables + 8 * stream), load(rows + 8 * i)
            limit = load(load(table) + row * load(table + 8))
        due = next_timed(p, a)
        if min(due, limit) >= horizon:
            return True
        if due <= limit:
            blocked = not tick_timed(p, a, due)
        elif i >= stop:
            return moved
        else:
            blocked = not admit(p, a, p[STREAMS] + STREAM * stream, table, row)
            a[NEXT] += 0 if blocked else 1
        if not moved and p[HORIZON]:
            horizon = a[LATEST] + p[HORIZON]
        moved = moved or not blocked
    return moved
