"""The arenas of an engine's keys: made, grown, saved, restored, and found by compiled code."""

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np

from penstock.compile import layout, program
from penstock.compile.layout import GROW, LATEST, NEXT
from penstock.compile.program import Program
from penstock.core.errors import CapacityError, DefinitionError
from penstock.engine.arena import Arena
from penstock.engine.schema import Schema
from penstock.engine.snapshot import Snapshot, pack, unpack
from penstock.engine.state import States
from penstock.events import Keys
from penstock.plan import Plan
from penstock.streams import Clock

KEYS = 2  # cells before those of the first key


class Registry:
    """One arena per key number.

    Attributes
    ----------
    arenas
        By key number.
    rows
        By key number, the view's row in the live layout.
    origins
        The times up to which states had been taken over that knew nothing of an operator, by its fingerprint: it
        began then. What is not here began with the key.
    address
        Where compiled code finds the number of keys, the key of the last event and, per key, the addresses of
        program and arena.
    """

    def __init__(self, plan: Plan, keys: Keys, capacity: int, maximum_room: int) -> None:
        self.plan, self.keys, self.capacity, self.maximum_room = plan, keys, capacity, maximum_room
        self.arenas: dict[int, Arena] = {}
        self.rows: list[np.ndarray] = []
        self._full: dict[int, str] = {}  # why a key takes no more events
        self._programs: dict[tuple[int, ...], Program] = {}
        self.first = self._program({})
        self.states = States(self.first)
        self.origins: dict[str, int] = {}
        self._table = np.zeros(KEYS, np.int64)
        self.address = self._table.ctypes.data

    def arena(self, key: int) -> Arena:
        """The arena of a key, new at its first event."""
        if key in self._full:
            raise CapacityError(self._full[key])
        if key not in self.arenas:
            self.place(key, Arena(self.first))
        return self.arenas[key]

    def place(self, key: int, arena: Arena) -> None:
        """Make an arena the one of a key."""
        if key < 0:
            raise DefinitionError(f"Engine: a key must be a number that Keys gave, got {key}")
        self.arenas[key] = arena
        if key >= self._table[0]:
            grown = np.zeros(KEYS + 2 * max(2 * (key + 1), 64), np.int64)
            grown[: self._table.size] = self._table
            grown[0] = (grown.size - KEYS) // 2
            self._table, self.address = grown, grown.ctypes.data
            self.rows += [np.empty(0)] * (int(grown[0]) - len(self.rows))
        self._table[KEYS + 2 * key : KEYS + 2 + 2 * key] = arena.program.address, arena.address
        self.rows[key] = arena.row

    @contextmanager
    def aside(self, key: int) -> Generator[Arena]:
        """A copy of a key's arena stands in its place for a while: nothing that happens to it is kept."""
        kept = self.arenas.get(key)
        twin = Arena(self.first) if kept is None else self.arena(key).twin()
        self.place(key, twin)
        try:
            yield twin
        finally:
            self._full.pop(key, None)
            if kept is not None:
                self.place(key, kept)
            else:
                del self.arenas[key]
                self._table[KEYS + 2 * key : KEYS + 2 + 2 * key] = 0

    def grow(self, key: int) -> Arena:
        """Give a key an arena in which one clock's window has twice the room; the loop can go on in it."""
        old = self.arenas[key]
        made = old.program.layout
        clock = self.plan.clocks[int(old.cells[GROW])]
        rooms = {**made.rooms, clock: 2 * made.rooms[clock]}
        if rooms[clock] > self.maximum_room:
            name = self.keys.names[key] if key < len(self.keys) else key
            self._full[key] = (
                f"Engine: the window of clock {clock.text} may hold {self.maximum_room} ticks, "
                f"got {rooms[clock]} needed for key {name}; raise maximum_room or shorten the window"
            )
            # compiled code comes by ``arena`` again, and is refused there
            self._table[KEYS + 2 * key] = 0
            raise CapacityError(self._full[key])
        grown = self._made(self.states.schema, self.states.save(old), rooms)
        grown.cells[NEXT] = old.cells[NEXT]
        self.place(key, grown)
        return grown

    def snapshot(self) -> Snapshot:
        """The states of all keys."""
        states = {key: self.states.save(arena) for key, arena in sorted(self.arenas.items())}
        return Snapshot(self.states.schema, states, dict(self.origins))

    def save(self) -> bytes:
        """A snapshot of every key."""
        return pack(self.keys, self.snapshot())

    def restore(self, snapshot: bytes) -> None:
        """Take over a snapshot's keys; what other keys there were begin anew."""
        self.take_over(unpack(self.first, self.keys, snapshot))

    def take_over(self, given: Snapshot) -> None:
        """Take over states of any plan; where something is wrong with one, all stays as it was."""
        self.states.check(given.schema, self.first)
        rooms = self.first.layout.rooms
        made = {key: self._made(given.schema, x, rooms) for key, x in given.states.items()}
        latest = max((int(arena.cells[LATEST]) for arena in made.values()), default=None)
        here = set(self.plan.fingerprints)
        self.origins = {name: time for name, time in given.origins.items() if name in here}
        if latest is not None:
            self.origins |= dict.fromkeys(self.states.fresh(given.schema), latest)
        self.arenas.clear()
        self._full.clear()
        self._table[KEYS:] = 0
        for key, arena in made.items():
            self.place(key, arena)

    def _program(self, rooms: dict[Clock, int]) -> Program:
        name = tuple(rooms.get(clock, 0) for clock in self.plan.clocks)
        if name not in self._programs:
            self._programs[name] = program(layout(self.plan, self.capacity, rooms))
        return self._programs[name]

    def _made(self, saved: Schema, state: np.ndarray, rooms: dict[Clock, int]) -> Arena:
        """An arena with a state, roomy enough for its windows."""
        needed = self.states.rooms(saved, state, self.first, rooms)
        arena = Arena(self._program(needed))
        self.states.put(saved, state, arena)
        return arena
