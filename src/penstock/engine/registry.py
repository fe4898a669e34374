"""The arenas of an engine's keys: made, grown, saved, restored, and found by compiled code."""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from penstock.compile import layout, program
from penstock.compile.layout import GROW, LAST, LATEST, NEVER, NEXT
from penstock.compile.program import Program
from penstock.core.arrays import I8
from penstock.core.errors import CapacityError, DefinitionError
from penstock.engine.arena import Arena
from penstock.engine.due import (
    BEGINNING,
    BORN,
    FLOOR,
    KEY,
    KEYS,
    LISTED,
    NOBODY,
    ROOM,
    SOONEST,
    Due,
    blank,
    floor_of_key,
    new_table,
)
from penstock.engine.schema import Schema
from penstock.engine.snapshot import Snapshot, pack, unpack
from penstock.engine.state import States
from penstock.engine.warm import both, join
from penstock.events import Keys
from penstock.plan import Plan
from penstock.streams import AnyOf, Clock, Stream

Piece = tuple[int, Schema, np.ndarray]  # a key, what its state is made of, the state


@dataclass(frozen=True, slots=True)
class Kept:
    """The state of one key that can be put back, the latest time that it knows, and its size in bytes."""

    state: np.ndarray
    latest: int
    size: int


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
        self.watch: Callable[[Program], None] | None = None  # told of each new program
        self.first = self._program({})
        self.states = States(self.first)
        self.origins: dict[str, int] = {}
        self.due = Due()
        self.table = new_table(0)
        self.address = self.table.ctypes.data

    @property
    def programs(self) -> tuple[Program, ...]:
        """Every program that an arena may have."""
        return tuple(self._programs.values())

    def arena(self, key: int) -> Arena:
        """The arena of a key, new at its first event."""
        if key in self._full:
            raise CapacityError(self._full[key])
        if key not in self.arenas:
            self.place(key, Arena(self.first))
            # it knows nothing of how far others were advanced before
            self.table[KEYS + KEY * key + BORN] = self.table[FLOOR]
        return self.arenas[key]

    def place(self, key: int, arena: Arena) -> None:
        """Make an arena the one of a key."""
        if key < 0:
            raise DefinitionError(f"Engine: a key must be a number that Keys gave, got {key}")
        self.arenas[key] = arena
        if key >= self.table[ROOM]:
            grown = new_table(max(2 * (key + 1), 64))
            grown[1 : self.table.size] = self.table[1:]
            self.table, self.address = grown, grown.ctypes.data
            self.rows += [np.empty(0)] * (int(grown[ROOM]) - len(self.rows))
        self._addresses(key)[:] = arena.program.address, arena.address
        self.rows[key] = arena.row

    def _addresses(self, key: int) -> I8:
        return self.table[KEYS + KEY * key : KEYS + KEY * key + 2]

    def latest(self, key: int) -> int:
        """The latest time that a key has admitted or was advanced to."""
        return max(int(self.arena(key).cells[LATEST]), floor_of_key(self.table, key))

    def settle(self) -> None:
        """Note in every key the time that all were advanced to."""
        for key, arena in self.arenas.items():
            arena.cells[LATEST] = max(int(arena.cells[LATEST]), floor_of_key(self.table, key))

    @contextmanager
    def aside(self, key: int) -> Generator[Arena]:
        """A copy of a key's arena stands in its place for a while: nothing that happens to it is kept."""
        kept = self.arenas.get(key)
        twin = Arena(self.first) if kept is None else self.arena(key).twin()
        if kept is not None:
            twin.cells[LATEST] = self.latest(key)
        self.place(key, twin)
        try:
            yield twin
        finally:
            self._full.pop(key, None)
            if kept is not None:
                self.place(key, kept)
            else:
                del self.arenas[key]
                self._addresses(key)[:] = 0

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
            self._addresses(key)[0] = 0
            raise CapacityError(self._full[key])
        grown = self._made(self.states.schema, self.states.save(old), rooms)
        grown.cells[NEXT] = old.cells[NEXT]
        self.place(key, grown)
        return grown

    def keep(self, key: int) -> Kept | None:
        """A copy of a key's state; None where it has none yet."""
        arena = self.arenas.get(key)
        if arena is None:
            return None
        state = self.states.save(arena)
        return Kept(state, self.latest(key), state.nbytes)

    def put_back(self, key: int, kept: Kept | None) -> None:
        """Give a key the state that it had, and no other key; None: it begins anew."""
        self._full.pop(key, None)
        if kept is not None:
            rooms = self.first.layout.rooms
            self.place(key, self._made(self.states.schema, kept.state, rooms))
            self.due.look(self.address, key)
        elif self.arenas.pop(key, None) is not None:
            self._addresses(key)[:] = 0

    @contextmanager
    def in_the_past(self) -> Generator[None]:
        """A key that was put back may be given again what was before the time that all were advanced to."""
        floor = int(self.table[FLOOR])
        self.table[FLOOR] = BEGINNING
        try:
            yield
        finally:
            self.table[FLOOR] = floor

    def save_kept(self, states: dict[int, Kept]) -> bytes:
        """A snapshot of kept states."""
        given = {key: kept.state for key, kept in states.items()}
        return pack(self.keys, Snapshot(self.states.schema, given, self.origins))

    def read_kept(self, snapshot: bytes) -> dict[int, Kept]:
        """The kept states of a snapshot."""
        other = Registry(self.plan, self.keys, self.capacity, self.maximum_room)
        other.restore(snapshot)
        found = ((key, other.keep(key)) for key in other.arenas)
        return {key: kept for key, kept in found if kept is not None}

    def save(self) -> bytes:
        """A snapshot of every key."""
        self.settle()
        states = {key: self.states.save(arena) for key, arena in sorted(self.arenas.items())}
        return pack(self.keys, Snapshot(self.states.schema, states, self.origins))

    def restore(self, snapshot: bytes) -> None:
        """Take over a snapshot's keys; what other keys there were begin anew."""
        given = unpack(self.first, self.keys, snapshot)
        self.states.check(given.schema, self.first)
        pieces = ((key, given.schema, state) for key, state in given.states.items())
        self.take_over(pieces, given.origins)

    def take_over(self, pieces: Iterable[Piece], origins: Mapping[str, int]) -> None:
        """Take over keys with states of any plan; where something is wrong with one, all stays as it was."""
        made: dict[int, Arena] = {}
        late = {name: time for name, time in origins.items() if name in self.plan.fingerprints}
        for key, saved, state in pieces:
            made[key] = self._made(saved, state, self.first.layout.rooms)
            for name in self.states.fresh(saved):
                late[name] = max(late.get(name, BEGINNING), int(made[key].cells[LATEST]))
        self.arenas.clear()
        self._full.clear()
        self.due.clear()
        blank(self.table)
        self.table[LISTED], self.table[SOONEST], self.table[FLOOR] = NOBODY, NEVER, BEGINNING
        self.origins = late
        for key, arena in made.items():
            self.place(key, arena)
            self.due.look(self.address, key)

    def successor(self, plan: Plan) -> "Registry":
        """A registry of another plan that can go on from this one (``follow``)."""
        made = Registry(plan, self.keys, self.capacity, self.maximum_room)
        made.states.check(self.states.schema, made.first)
        return made

    def meet(self, other: "Registry") -> dict[int, int]:
        """The keys of both, and the time at which each stands in the two; refused where one had other events."""
        if other.keys is not self.keys:
            raise DefinitionError("Engine.reload: history must have the same Keys, got others")
        heads = [x.first.layout.heads for x in (self, other)]
        self.settle()
        other.settle()
        shared = [c for c in heads[0] if c in heads[1] and isinstance(c, Stream | AnyOf)]
        found = {}
        for key in sorted(self.arenas.keys() & other.arenas.keys()):
            here, there = self.arenas[key].cells, other.arenas[key].cells
            for clock in shared:
                wanted, got = (
                    int(c[h[clock] + LAST]) for c, h in zip((here, there), heads, strict=True)
                )
                if got != wanted:
                    raise DefinitionError(
                        f"Engine.reload: history must end with the last event that the engine had, of {clock.text} at "
                        f"{wanted}, got {got} (key {key})"
                    )
            found[key] = max(int(here[LATEST]), int(there[LATEST]))
        return found

    def follow(self, old: "Registry", warm: "Registry | None") -> None:
        """Take over all keys of another registry, which stays as it is.

        ``warm`` knows what is new: it ran over the past of the same keys, up to the same position.
        """
        old.settle()
        self.take_over((old.piece(key, warm) for key in sorted(old.arenas)), old.origins)

    def piece(self, key: int, warm: "Registry | None") -> Piece:
        """A key with its state, joined with what ``warm`` has of it."""
        here, state = self.states.schema, self.states.save(self.arenas[key])
        if warm is None or key not in warm.arenas:
            return key, here, state
        there = warm.states.schema
        other = warm.states.save(warm.arenas[key])
        return key, both(here, there), join(here, state, there, other, warm.plan)

    def _program(self, rooms: dict[Clock, int]) -> Program:
        name = self._rooms_of(rooms)
        if name not in self._programs:
            made = program(layout(self.plan, self.capacity, rooms))
            self._programs[name] = self._programs[self._rooms_of(made.layout.rooms)] = made
            if self.watch is not None:
                self.watch(made)
        return self._programs[name]

    def _rooms_of(self, rooms: dict[Clock, int]) -> tuple[int, ...]:
        return tuple(rooms.get(clock, 0) for clock in self.plan.clocks)

    def _made(self, saved: Schema, state: np.ndarray, rooms: dict[Clock, int]) -> Arena:
        """An arena with a state, roomy enough for its windows."""
        needed = self.states.rooms(saved, state, self.first, rooms)
        arena = Arena(self._program(needed))
        self.states.put(saved, state, arena)
        return arena
