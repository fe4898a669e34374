"""The compiled loop: admit elements of one key into its arena, run the steps block by block, hand out rows.

1. Fill a block: timed ticks that are due, then the next event, until a clock is full or nothing is left.
2. Run every segment whose clock ticked. A segment with a refit node stops for the host and is resumed.
3. Count the ticks, hand the view's rows out, and move sliding columns whose room is used up. A window that no
   longer fits stops for the host, which gives the key a larger arena.
"""

from penstock.compile.layout import GROW, LATEST, RESUME, ROWS, SEEN, TICKS
from penstock.compile.program import (
    A_BASE,
    A_CELLS,
    A_RECORD,
    A_REGISTER,
    AHEAD,
    CAPACITY,
    CELLS,
    G_COUNT,
    G_EVERY,
    G_FIRST,
    G_HOST,
    G_LAST,
    G_TICKS,
    G_WAITS,
    LENGTH,
    OUTPUTS,
    QUIET,
    SEGMENT,
    SEGMENTS,
    STREAM,
    STREAMS,
    TIMED,
    VIEW_CURSOR,
    VIEW_HEAD,
    VIEW_TIME,
)
from penstock.core.arrays import Cells
from penstock.core.jit import jit
from penstock.core.memory import call, copy, i8_view, load, prefetch, store
from penstock.engine.admit import admit, fill, full
from penstock.engine.codes import DONE, FULL, GROWS, HOST, ROOM
from penstock.engine.due import ARENA, GAP, KEY, KEYS, LAST_KEY, PROGRAM, floor_of, note
from penstock.engine.due import ROOM as ROOM_FOR
from penstock.engine.settle import settle
from penstock.engine.timed import next_timed, tick_timed


@jit
def needs_host(p: Cells, a: Cells, segment: int, n: int) -> bool:
    """Whether a fit is due in this block, or one that is under way holds from a tick of it on."""
    count, every, waits = a[p[segment + G_COUNT]], p[segment + G_EVERY], a[p[segment + G_WAITS]]
    return (count + n) // every > count // every or 0 < waits <= count + n


@jit
def execute(program: int, p: Cells, a: Cells, arena: int, resume: int) -> int:
    """Run the segments from ``resume`` on; returns the segment that waits for the host, or -1."""
    for i in range(resume, p[SEGMENTS + 1]):
        segment = p[SEGMENTS] + SEGMENT * i
        n = a[p[segment + G_TICKS]]
        if n == 0:
            continue
        if p[segment + G_HOST] >= 0 and a[RESUME] != i + 1 and needs_host(p, a, segment, n):
            return i
        # by address: an index may be negative, which is asked at each
        for batch in range(
            program + 8 * p[segment + G_FIRST], program + 8 * p[segment + G_LAST], 16
        ):
            call(load(batch), arena, load(batch + 8), n)
    return -1


@jit
def hand_out(p: Cells, a: Cells, arena: int, out: int, room: int, rows: int) -> int:
    """Copy the view's rows of this block to a table of columns: times, then one column per output."""
    n = a[p[VIEW_HEAD] + TICKS]
    if n and out:
        source = arena + 8 * (p[VIEW_TIME] + a[p[VIEW_CURSOR]])
        copy(out + 8 * rows, source, 8 * n)
        for j in range(p[OUTPUTS + 1]):
            copy(out + 8 * (room * (j + 1) + rows), arena + 8 * p[p[OUTPUTS] + j], 8 * n)
    return rows + n


@jit
def process(  # noqa: PLR0913, PLR0917  (one call from Python per block)
    program: int,
    arena: int,
    streams: int,
    rows: int,
    stop: int,
    tables: int,
    until: int,
    out: int,
    room: int,
) -> int:
    """Run elements ``a[NEXT]:stop`` of one key, then timed ticks up to ``until``.

    Parameters
    ----------
    program, arena
        Addresses of the key's program and arena. ``arena[NEXT]`` is the next element, ``arena[ROWS]`` the rows
        handed out; the caller sets both to 0.
    streams, rows, stop
        Addresses of the elements' streams (their place in the program's table) and rows; how many there are.
    tables
        Address of one block table per stream.
    until
        The time up to which timed ticks are due at the end.
    out, room
        Address of a table of columns, ``room`` rows each, that takes the view's rows; 0 where the caller reads the
        last row from the arena.

    Returns
    -------
    int
        DONE, or why it stopped: FULL (take the rows), HOST (fit), ROOM (a window needs a larger arena).
    """
    p = i8_view(program, load(program + 8 * LENGTH))
    a = i8_view(arena, p[CELLS])
    if a[RESUME] == GROWS:
        a[RESUME] = 0
        return ROOM
    while True:
        if a[RESUME] == 0 and not fill(p, a, streams, rows, stop, tables, until):
            return DONE
        host = execute(program, p, a, arena, a[RESUME] - 1 if a[RESUME] else 0)
        if host >= 0:
            a[RESUME] = host + 1
            return HOST
        a[RESUME] = 0
        a[ROWS] = hand_out(p, a, arena, out, room, a[ROWS])
        grow = settle(p, a, arena)
        if grow >= 0:
            a[GROW] = grow
            return ROOM
        if out and a[ROWS] + p[CAPACITY] > room:
            return FULL


@jit
def warm(p: Cells, a: Cells, arena: int) -> None:
    """Ask for the histories that this event will read, all at once: one by one each would be a wait for memory.

    With 1,000 symbols in turn, 100 rolling moments took 7.0 us an event without it and 2.2 with it.
    """
    for i in range(p[AHEAD + 1]):
        ahead = p[AHEAD] + A_RECORD * i
        item = p[ahead + A_BASE] + p[ahead + A_CELLS] * a[p[ahead + A_REGISTER]]
        prefetch(arena + 8 * item)


@jit
def run(program: int, p: Cells, a: Cells, arena: int) -> bool:
    """Run a block that makes no rows; False where a window must grow before the next, which the host sees to."""
    execute(program, p, a, arena, 0)
    grow = settle(p, a, arena)
    if grow >= 0:
        a[GROW], a[RESUME] = grow, GROWS
    return grow < 0


@jit
def catch_up(program: int, p: Cells, a: Cells, arena: int, stream: int, time: int) -> bool:
    """Make the timed ticks that are due with an event, as ``fill`` does, where they make no rows.

    False where the slow path must go on. Those at the end share the event's block if it has room for them.
    """
    while next_timed(p, a) <= time:
        if not tick_timed(p, a, next_timed(p, a)) and not run(program, p, a, arena):
            return False
    return not full(p, a, stream) or run(program, p, a, arena)


@jit
def push(registry: int, slot: int, table: int, row: int) -> int:
    """Admit one event of any key in the live layout.

    ``registry`` is the table that ``engine.due`` describes. Returns ``2 * key``, plus 1 where the view ticked; -1
    where the slow path must admit the event; where the event is in and the host is needed, ``-2 - 4 * key`` to fit
    and ``-3 - 4 * key - rows`` to grow.
    """
    return enter(registry, load(load(table + 32) + row * load(table + 40)), slot, table, row)


@jit
def enter(registry: int, key: int, slot: int, table: int, row: int) -> int:
    """Admit one event of a stream into one key's arena, whichever key the event names; see ``push``."""
    if key < 0 or key >= load(registry + 8 * ROOM_FOR):
        return -1
    record = registry + 8 * (KEYS + KEY * key)
    program, arena = load(record + 8 * PROGRAM), load(record + 8 * ARENA)
    if program == 0:
        return -1
    p = i8_view(program, load(program + 8 * LENGTH))
    a = i8_view(arena, p[CELLS])
    if key != load(registry + 8 * LAST_KEY):
        warm(p, a, arena)
        store(registry + 8 * LAST_KEY, key)
    time = load(load(table) + row * load(table + 8))
    over = a[SEEN] < time - load(registry + 8 * GAP)  # silent for so long that the key is a new one
    late = time < max(a[LATEST], floor_of(registry, record))
    stream = p[STREAMS] + STREAM * slot
    slow = over or late or p[CAPACITY] != 1
    if not slow and next_timed(p, a) <= time:
        slow = not (p[QUIET] and catch_up(program, p, a, arena, stream, time))
    if slow:
        return -1
    admit(p, a, stream, table, row)
    host = execute(program, p, a, arena, 0)
    if host >= 0:
        a[RESUME] = host + 1
        return -2 - 4 * key
    rows = a[p[VIEW_HEAD] + TICKS]
    grow = settle(p, a, arena)
    if p[TIMED + 1]:
        note(registry, key, next_timed(p, a))
    if grow >= 0:
        a[GROW] = grow
        return -3 - 4 * key - rows
    return 2 * key + rows


@jit
def spread(  # noqa: PLR0913, PLR0917  (one call from Python per event)
    registry: int, keys: int, count: int, slot: int, table: int, row: int, codes: int
) -> None:
    """Admit one event into many keys' arenas; writes what ``push`` returns for each."""
    for i in range(count):
        store(codes + 8 * i, enter(registry, load(keys + 8 * i), slot, table, row))
