"""Which keys have a timed tick to make, so that a silent key costs nothing.

The registry's table keeps, per key, a time at or before its next timed tick. Compiled code that finds an earlier one
notes it and puts the key on a list; a heap takes the list over when time is advanced. A key that sleeps, or whose
clocks wait for an event, is in neither.
"""

import heapq
from collections.abc import Iterator

import numpy as np

from penstock.compile.layout import NEVER
from penstock.compile.program import CELLS, LENGTH
from penstock.core.arrays import I8
from penstock.core.jit import jit
from penstock.core.memory import i8_view, load, store
from penstock.core.native import compiled
from penstock.engine.timed import next_timed

# the table: how many keys it has room for, the key of the last event, the latest time that all keys were advanced to,
# the first key on the list and the soonest time on it, the silence after which a key is a new one; then,
# per key, addresses, next tick, next key on the list, and how far all had been advanced when the key began, which it
# knows nothing of
ROOM, LAST_KEY, FLOOR, LISTED, SOONEST, GAP, KEYS = range(7)
PROGRAM, ARENA, DUE, LINK, BORN, KEY = range(6)
NOBODY, UNLISTED = -1, -2
BEGINNING = np.iinfo(np.int64).min
FOREVER = 1 << 62


@jit
def note(registry: int, key: int, due: int) -> None:
    """Put a key on the list if its next timed tick is sooner than was known."""
    record = registry + 8 * (KEYS + KEY * key)
    if due >= load(record + 8 * DUE):
        return
    store(record + 8 * DUE, due)
    if load(record + 8 * LINK) == UNLISTED:
        store(record + 8 * LINK, load(registry + 8 * LISTED))
        store(registry + 8 * LISTED, key)
    store(registry + 8 * SOONEST, min(due, load(registry + 8 * SOONEST)))


@jit
def floor_of(registry: int, record: int) -> int:
    """The time that a key was advanced to together with all others."""
    floor = load(registry + 8 * FLOOR)
    return floor if floor > load(record + 8 * BORN) else BEGINNING


@jit
def look(registry: int, key: int) -> None:
    """Note a key's next timed tick, whatever happened to it."""
    record = registry + 8 * (KEYS + KEY * key)
    program = load(record + 8 * PROGRAM)
    if program:
        p = i8_view(program, load(program + 8 * LENGTH))
        note(registry, key, next_timed(p, i8_view(load(record + 8 * ARENA), p[CELLS])))


def floor_of_key(table: I8, key: int) -> int:
    """What ``floor_of`` gives compiled code."""
    floor = int(table[FLOOR])
    return floor if floor > table[KEYS + KEY * key + BORN] else BEGINNING


def blank(table: I8) -> None:
    """Make it a table of keys that are not there, of which none was advanced."""
    table[FLOOR], table[LISTED], table[SOONEST] = BEGINNING, NOBODY, NEVER
    table[KEYS:].reshape(-1, KEY)[:] = 0, 0, NEVER, UNLISTED, BEGINNING


def new_table(keys: int) -> I8:
    """A table with room for so many keys."""
    table = np.zeros(KEYS + KEY * keys, np.int64)
    table[ROOM], table[GAP] = keys, FOREVER
    blank(table)
    return table


class Due:
    """The keys that have timed ticks to make, soonest first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int]] = []
        self._look = compiled(look, "void(int64, int64)")

    def clear(self) -> None:
        """Forget all keys."""
        self._heap.clear()

    def look(self, address: int, key: int) -> None:
        """Note a key's next timed tick after the slow path."""
        self._look(address, key)

    def soonest(self, table: I8) -> int:
        """A time at or before the next timed tick of any key; NEVER where none waits for one."""
        return min(int(table[SOONEST]), self._heap[0][0] if self._heap else NEVER)

    def pop(self, table: I8, until: int) -> Iterator[int]:
        """Take out, one by one, the keys that may have ticks up to a time; each must be looked at again."""
        self._collect(table)
        while self._heap and self._heap[0][0] <= until:
            due, key = heapq.heappop(self._heap)
            record = KEYS + KEY * key
            if due == table[record + DUE]:  # else there is a sooner entry, or was one
                table[record + DUE] = NEVER
                yield key

    def _collect(self, table: I8) -> None:
        key = int(table[LISTED])
        table[LISTED], table[SOONEST] = NOBODY, NEVER
        while key != NOBODY:
            record = KEYS + KEY * key
            heapq.heappush(self._heap, (int(table[record + DUE]), key))
            key = int(table[record + LINK])
            table[record + LINK] = UNLISTED
