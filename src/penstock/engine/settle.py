"""The end of a block in the compiled loop: its ticks are counted, and columns that slide get room for the next."""

from penstock.compile.layout import COUNT, TICKS
from penstock.compile.program import (
    C_CLASSES,
    C_CURSOR,
    C_HEAD,
    C_SIZE,
    C_TIME,
    CAPACITY,
    CLASS,
    CLOCK,
    CLOCKS,
    HORIZON,
    K_COLUMNS,
    K_CURSOR,
    K_KEEP,
    K_RETENTION,
    K_ROOM,
    K_SIZE,
    K_TIMES,
    K_WINDOW,
)
from penstock.core.arrays import Cells
from penstock.core.jit import jit
from penstock.core.memory import copy
from penstock.engine.timed import wait_for_fired


@jit
def settle(p: Cells, a: Cells, arena: int) -> int:
    """Count the block's ticks and make room for the next; returns a class of windows that needs more, or -1."""
    grow = -1
    if p[HORIZON]:
        wait_for_fired(p, a)
    for i in range(p[CLOCKS + 1]):
        clock = p[CLOCKS] + CLOCK * i
        head = p[clock + C_HEAD]
        n = a[head + TICKS]
        if n == 0:
            continue
        a[head + COUNT] += n
        a[head + TICKS] = 0
        longest, end = 0, p[clock + C_TIME] + a[p[clock + C_CURSOR]] + n
        for k in range(p[clock + C_SIZE]):
            group = p[clock + C_CLASSES] + CLASS * k
            cursor = a[p[group + K_CURSOR]] + n
            a[p[group + K_CURSOR]] = cursor
            if cursor + p[CAPACITY] > p[group + K_ROOM]:
                keep = needed(p, a, group, cursor, end, longest)
                if keep + p[CAPACITY] > p[group + K_ROOM] - spare(p, group):
                    grow = p[group + K_WINDOW] - 1
                if keep + p[CAPACITY] <= p[group + K_ROOM]:
                    slide(p, a, arena, group, cursor, keep)
            if p[group + K_WINDOW]:
                longest = max(longest, a[p[group + K_CURSOR]])
    return grow


@jit
def spare(p: Cells, group: int) -> int:
    """Room that a window is to have left once it has moved, or it would move at every block."""
    return p[group + K_ROOM] // 4 if p[group + K_WINDOW] else 0


@jit
def needed(p: Cells, a: Cells, group: int, cursor: int, end: int, longest: int) -> int:
    """How many ticks of a class are kept; ``end`` is behind its clock's last time, ``longest`` the most of a window.

    The times, which come last, stay as long as anything that is measured by them.
    """
    keep = p[group + K_KEEP]
    if p[group + K_WINDOW] == 0:
        return keep
    keep = max(keep, longest) if p[group + K_TIMES] else keep
    if p[group + K_RETENTION]:
        return kept(a, end - cursor, cursor, keep, p[group + K_RETENTION])
    return keep


@jit
def kept(a: Cells, times: int, cursor: int, keep: int, retention: int) -> int:
    """How many of the latest ticks a window still needs, and the one before them; ``keep`` at least."""
    oldest = a[times + cursor - 1] - retention
    first = 0
    while first < cursor - keep and a[times + first] <= oldest:
        first += 1
    return cursor - max(first - 1, 0)


@jit
def slide(p: Cells, a: Cells, arena: int, group: int, cursor: int, keep: int) -> None:
    """Move the last ``keep`` ticks of every column of a class to the front."""
    for j in range(p[group + K_SIZE]):
        base, cells = p[p[group + K_COLUMNS] + 2 * j], p[p[group + K_COLUMNS] + 2 * j + 1]
        copy(arena + 8 * base, arena + 8 * (base + (cursor - keep) * cells), 8 * keep * cells)
    a[p[group + K_CURSOR]] = keep
