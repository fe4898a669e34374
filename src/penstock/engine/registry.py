"""The arenas of an engine's keys: made, grown, saved, restored, and found by compiled code."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from penstock.compile import layout, program
from penstock.compile.layout import GROW, LATEST, NEXT, SEEN, TIMES, Rooms, windows
from penstock.compile.program import Program
from penstock.core.arrays import I8
from penstock.core.errors import CapacityError, DefinitionError
from penstock.engine.arena import Arena
from penstock.engine.due import (
    BEGINNING,
    BORN,
    FLOOR,
    GAP,
    KEY,
    KEYS,
    ROOM,
    Due,
    blank,
    floor_of_key,
    new_table,
)
from penstock.engine.idle import FOREVER, Idle
from penstock.engine.slabs import Slabs, room
from penstock.engine.snapshots.snapshot import Snapshot, pack, unpack
from penstock.engine.snapshots.state import Source, States
from penstock.events import Keys
from penstock.plan import Plan

NOTHING = np.empty(0)


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
    idle
        What decides which keys stay in memory.
    address
        Where compiled code finds the table that ``engine.due`` describes.
    """

    def __init__(
        self,
        plan: Plan,
        keys: Keys,
        capacity: int,
        maximum_room: int,
        idle: Idle | None = None,
    ) -> None:
        self.plan, self.keys, self.capacity, self.maximum_room = plan, keys, capacity, maximum_room
        self.idle, self.slabs = idle or Idle(), Slabs()
        self.leave: Callable[[int], None] = lambda _: None  # called before a key is dropped
        self.arenas: dict[int, Arena] = {}
        self.rows: list[np.ndarray] = []
        self.full: dict[int, str] = {}  # why a key takes no more events
        self.windows = windows(plan)
        self._programs: dict[tuple[int, ...], Program] = {}
        self.watch: Callable[[Program], None] | None = None  # told of each new program
        self.first = self._program({})
        self.states = States(self.first)
        self.origins: dict[str, int] = {}
        self.due = Due()
        self.table = new_table(0)
        self.table[GAP] = self.idle.gap
        self.address = self.table.ctypes.data

    @property
    def programs(self) -> tuple[Program, ...]:
        """Every program that an arena may have."""
        return tuple(self._programs.values())

    @property
    def spilled(self) -> list[int]:
        """The keys in the spill store."""
        return [] if self.idle.spill is None else self.idle.spill.keys()

    def arena(self, key: int) -> Arena:
        """The arena of a key, new at its first event, and back from where it was spilled."""
        if key in self.full:
            raise CapacityError(self.full[key])
        found = self.arenas.get(key)
        return found if found is not None else self._enter(key)

    def admits(self, key: int) -> bool:
        """Whether a key has an arena or may have one; silent keys are evicted for it."""
        idle = self.idle
        if key in self.arenas or not idle.looks(len(self.arenas)):
            return True
        # of keys that were silent equally long the smallest goes, also after a restore
        keys = np.array(sorted(self.arenas), np.int64)
        seen = np.array([self.arenas[key].cells[SEEN] for key in keys.tolist()], np.int64)
        for gone in keys[idle.silent(seen)].tolist():
            self.evict(gone)
        return idle.maximum is None or len(self.arenas) < idle.maximum

    def is_over(self, arena: Arena, time: int) -> bool:
        """Whether a key was silent for so long that an event at this time is that of a new key."""
        seen = int(arena.cells[SEEN])
        return seen > BEGINNING and time - self.idle.gap > seen

    def silent_at(self, key: int) -> int:
        """The time up to which a key stays without another event."""
        arena = self.arenas.get(key)
        seen = BEGINNING if arena is None else int(arena.cells[SEEN])
        return seen + self.idle.ttl if seen > BEGINNING else FOREVER

    def evict(self, key: int) -> None:
        """Spill a key, or drop it."""
        self.idle.evicted += 1
        spill = self.idle.spill
        if spill is not None:
            spill.put(key, self.states.schema, self.states.save(self.arenas[key]))
        else:
            self.leave(key)
        self.forget(key)

    def spill(self, keys: Iterable[int]) -> None:
        """Put keys away that were in the store when a snapshot was made."""
        store = self.idle.spill
        for key in () if store is None else keys:
            store.put(key, self.states.schema, self.states.save(self.arenas[key]))  # type: ignore[union-attr]
            self.forget(key)

    def forget(self, key: int) -> None:
        """Take a key's arena away."""
        self.slabs.give(self.remove(key).memory)

    def remove(self, key: int) -> Arena:
        """Take a key's arena out, which somebody else goes on with."""
        self._addresses(key)[:] = 0
        self.rows[key] = NOTHING
        return self.arenas.pop(key)

    def _enter(self, key: int) -> Arena:
        spill = self.idle.spill
        if spill is None or key not in spill:
            self.place(key, self._taken(self.first).begin())
            # it knows nothing of how far others were advanced before
            self.table[KEYS + KEY * key + BORN] = self.table[FLOOR]
        else:
            self.put(key, Source(*spill.get(key)))
            spill.drop(key)
            self.idle.restored += 1
        return self.arenas[key]

    def put(self, key: int, source: Source) -> None:
        """Give a key that has none an arena with a state."""
        self.place(key, self._made(source, self.first.layout.rooms))

    def _taken(self, made: Program, memory: np.ndarray | None = None) -> Arena:
        """An arena in some memory if it fits there, else in other; nothing is written to it."""
        cells = made.layout.cells
        fits = memory is not None and memory.size == room(cells)
        return Arena(made, memory if fits else self.slabs.take(cells))

    def place(self, key: int, arena: Arena) -> None:
        """Make an arena the one of a key."""
        if key < 0:
            raise DefinitionError(f"Engine: a key must be a number that Keys gave, got {key}")
        self._have_room(key)
        self.arenas[key] = arena
        self._addresses(key)[:] = arena.program.address, arena.address
        self.rows[key] = arena.row

    def _have_room(self, key: int) -> None:
        if key >= self.table[ROOM]:
            grown = new_table(max(2 * (key + 1), 64))
            grown[1 : self.table.size] = self.table[1:]
            self.table, self.address = grown, grown.ctypes.data
            self.rows += [NOTHING] * (int(grown[ROOM]) - len(self.rows))

    def _addresses(self, key: int) -> I8:
        return self.table[KEYS + KEY * key : KEYS + KEY * key + 2]

    def latest(self, key: int) -> int:
        """The latest time that a key has admitted or was advanced to.

        A new key gets its arena where its events run, in whichever thread, but its place in the table here.
        """
        spill = self.idle.spill
        if key not in self.arenas and key >= 0 and (spill is None or key not in spill):
            self._have_room(key)
            return BEGINNING
        return max(int(self.arena(key).cells[LATEST]), floor_of_key(self.table, key))

    def newest(self) -> int:
        """The latest time that any key has admitted or was advanced to."""
        return max((self.latest(key) for key in self.arenas), default=BEGINNING)

    def settle(self) -> None:
        """Note in every key the time that all were advanced to."""
        for key, arena in self.arenas.items():
            arena.cells[LATEST] = max(int(arena.cells[LATEST]), floor_of_key(self.table, key))

    def grow(self, key: int) -> Arena:
        """Give a key an arena in which one class of windows has twice the room; the loop can go on in it."""
        old = self.arenas[key]
        made = old.program.layout
        window = self.windows[int(old.cells[GROW])]
        wanted = 2 * made.rooms[window]
        if wanted > self.maximum_room * (1 + (window[1] == TIMES)):  # they have twice the room
            name = self.keys.names[key] if key < len(self.keys) else key
            self.full[key] = (
                f"Engine: the window of clock {window[0].text} may hold {self.maximum_room} ticks, "
                f"got {wanted} needed for key {name}; raise maximum_room or shorten the window"
            )
            # compiled code comes by ``arena`` again, and is refused there
            self._addresses(key)[0] = 0
            raise CapacityError(self.full[key])
        source = self.states.source(old)
        rooms = self.states.grown(source, self.first, made.rooms, self.maximum_room)
        grown = self._made(source, rooms | {window: wanted})
        grown.cells[NEXT] = old.cells[NEXT]
        self.place(key, grown)
        self.slabs.give(old.memory)
        return grown

    def save(self) -> bytes:
        """A snapshot of every key."""
        self.settle()
        states = {key: self.states.save(arena) for key, arena in self.arenas.items()}
        for key in self.spilled:
            source = Source(*self.idle.spill.get(key))  # type: ignore[union-attr]
            arena = self._made(source, self.first.layout.rooms)
            arena.cells[LATEST] = max(int(arena.cells[LATEST]), floor_of_key(self.table, key))
            states[key] = self.states.save(arena)
            self.slabs.give(arena.memory)
        states = dict(sorted(states.items()))
        return pack(self.keys, Snapshot(self.states.schema, states, self.origins))

    def restore(self, snapshot: bytes) -> None:
        """Take over a snapshot's keys; what other keys there were begin anew."""
        given = unpack(self.first, self.keys, snapshot)
        self.states.check(given.schema, self.first)
        pieces = [(key, Source(given.schema, state)) for key, state in given.states.items()]
        self.take_over(pieces, given.origins)
        if self.idle.spill is not None:
            self.idle.spill.clear()

    def take_over(self, pieces: Sequence[tuple[int, Source]], origins: Mapping[str, int]) -> None:
        """Take over keys with states of any plan; where something is wrong with one, all stays as it was.

        A key that is there keeps its memory where the new arena fits in it: fresh memory is what costs most.
        """
        given = self.first.layout.rooms
        programs = [
            self._program(self.states.rooms(source, self.first, given)) for _, source in pieces
        ]
        memory = {key: arena.memory for key, arena in self.arenas.items()}
        made = {
            key: self._taken(program, memory.get(key))
            for (key, _), program in zip(pieces, programs, strict=True)
        }
        self.states.move([(source, made[key]) for key, source in pieces])
        for key, run in memory.items():
            if key not in made or made[key].memory is not run:
                self.slabs.give(run)
        self.arenas.clear()
        self.rows = [NOTHING] * len(self.rows)
        self.full.clear()
        self.due.clear()
        blank(self.table)
        self.origins = {x: time for x, time in origins.items() if x in self.plan.fingerprints}
        for key, arena in made.items():
            self.place(key, arena)
            self.due.look(self.address, key)
        for key, source in pieces:
            for name in self.states.fresh(source.schema):
                now = int(made[key].cells[LATEST])
                self.origins[name] = max(self.origins.get(name, BEGINNING), now)

    def _program(self, rooms: Rooms) -> Program:
        name = self._rooms_of(rooms)
        if name not in self._programs:
            made = program(layout(self.plan, self.capacity, rooms))
            self._programs[name] = self._programs[self._rooms_of(made.layout.rooms)] = made
            if self.watch is not None:
                self.watch(made)
        return self._programs[name]

    def _rooms_of(self, rooms: Rooms) -> tuple[int, ...]:
        return tuple(rooms.get(window, 0) for window in self.windows)

    def _made(self, source: Source, rooms: Rooms) -> Arena:
        """An arena with a state, roomy enough for its windows."""
        arena = self._taken(self._program(self.states.rooms(source, self.first, rooms)))
        self.states.move([(source, arena)])
        return arena
