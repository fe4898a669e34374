"""The compiled loop's first half: events and timed ticks of one key enter its arena."""

from penstock.compile.layout import ARMED, COUNT, LAST, LATEST, NEVER, NEXT, POSITION, TICKS
from penstock.compile.program import (
    C_CURSOR,
    C_HEAD,
    C_NUMBER,
    C_POSITION,
    C_TIME,
    CAPACITY,
    CLOCK,
    CLOCKS,
    S_ARMS,
    S_ARMS_SIZE,
    S_COLUMNS,
    S_COLUMNS_SIZE,
    S_TICKS,
    S_TICKS_SIZE,
    STREAM,
    STREAMS,
    T_AGAIN,
    T_CLOCK,
    T_OFFSET,
    T_WIDTH,
    TIMED,
    TIMED_RECORD,
)
from penstock.core.arrays import Cells
from penstock.core.jit import jit
from penstock.core.memory import load


@jit
def tick(p: Cells, a: Cells, clock: int, time: int, position: int) -> None:
    """Append a tick to a clock's own columns."""
    head = p[clock + C_HEAD]
    n = a[head + TICKS]
    a[p[clock + C_TIME] + a[p[clock + C_CURSOR]] + n] = time
    if p[clock + C_POSITION] >= 0:
        a[p[clock + C_POSITION] + n] = position
    if p[clock + C_NUMBER] >= 0:
        a[p[clock + C_NUMBER] + n] = a[head + COUNT] + n + 1
    a[head + TICKS] = n + 1
    a[head + LAST] = time


@jit
def next_timed(p: Cells, a: Cells) -> int:
    """The time of the next timed tick, or NEVER."""
    soonest = NEVER
    for i in range(p[TIMED + 1]):
        clock = p[CLOCKS] + CLOCK * p[p[TIMED] + TIMED_RECORD * i + T_CLOCK]
        armed = a[p[clock + C_HEAD] + ARMED]
        soonest = min(soonest, armed)
    return soonest


@jit
def tick_timed(p: Cells, a: Cells, time: int) -> bool:
    """Tick every clock that is armed for this time, all at one position; False where one has no room."""
    for i in range(p[TIMED + 1]):
        head = p[p[CLOCKS] + CLOCK * p[p[TIMED] + TIMED_RECORD * i + T_CLOCK] + C_HEAD]
        if a[head + ARMED] == time and a[head + TICKS] == p[CAPACITY]:
            return False
    a[POSITION] += 1
    for i in range(p[TIMED + 1]):
        timed = p[TIMED] + TIMED_RECORD * i
        clock = p[CLOCKS] + CLOCK * p[timed + T_CLOCK]
        head = p[clock + C_HEAD]
        if a[head + ARMED] == time:
            tick(p, a, clock, time, a[POSITION])
            a[head + ARMED] = time + p[timed + T_WIDTH] if p[timed + T_AGAIN] else NEVER
    a[LATEST] = time
    return True


@jit
def admit(p: Cells, a: Cells, stream: int, table: int, row: int) -> bool:
    """Append one event to its stream's clocks and columns; False where a clock has no room."""
    ticks, size = p[stream + S_TICKS], p[stream + S_TICKS_SIZE]
    for i in range(size):
        if a[p[p[CLOCKS] + CLOCK * p[ticks + i] + C_HEAD] + TICKS] == p[CAPACITY]:
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
        head = p[p[CLOCKS] + CLOCK * p[timed + T_CLOCK] + C_HEAD]
        if a[head + ARMED] == NEVER:
            width, offset = p[timed + T_WIDTH], p[timed + T_OFFSET]
            a[head + ARMED] = ((time - offset) // width + 1) * width + offset
    a[LATEST] = time
    return True


@jit
def fill(p: Cells, a: Cells, streams: int, rows: int, stop: int, tables: int, until: int) -> bool:  # noqa: PLR0913, PLR0917
    """Fill a block with timed ticks that are due and events; False where there is nothing left."""
    moved, blocked = False, False
    while not blocked:
        limit = until
        stream = table = row = 0
        i = a[NEXT]
        if i < stop:
            stream = load(streams + 8 * i)
            table, row = load(tables + 8 * stream), load(rows + 8 * i)
            limit = load(load(table) + row * load(table + 8))
        due = next_timed(p, a)
        if due <= limit:
            blocked = not tick_timed(p, a, due)
        elif i >= stop:
            return moved
        else:
            blocked = not admit(p, a, p[STREAMS] + STREAM * stream, table, row)
            a[NEXT] += 0 if blocked else 1
        moved = moved or not blocked
    return moved
