"""The state of a key, free of layout: saved from an arena, read into an arena of any plan.

Restore, hot reload, growth, eviction and moving a key are this one mechanism.
"""

import numpy as np

from penstock.compile.program import Program
from penstock.core.errors import SnapshotError
from penstock.core.native import compiled
from penstock.engine.arena import Arena
from penstock.engine.snapshots import transfer
from penstock.engine.snapshots.maps import reading, saving
from penstock.engine.snapshots.schema import Schema, schema
from penstock.streams import Clock

Rooms = dict[Clock, int]


class States:
    """Saves the states of one plan's keys, and reads states of any plan into its arenas.

    Attributes
    ----------
    schema
        What the states that it saves are made of.
    """

    def __init__(self, first: Program) -> None:
        self.schema = schema(first.layout)
        self._clocks = dict(zip(self.schema.clocks, first.layout.plan.clocks, strict=True))
        self._schemas = {id(first): self.schema}
        self._saving: dict[int, np.ndarray] = {}
        self._reading: dict[tuple[str, int], np.ndarray] = {}
        self._gather = compiled(transfer.gather, "int64(int64, int64, int64, int64)")
        self._scatter = compiled(transfer.scatter, "int64(int64, int64, int64, int64)")
        self._survey = compiled(transfer.survey, "void(int64, int64, int64)")

    def save(self, arena: Arena) -> np.ndarray:
        """The state of a key between two blocks."""
        made = arena.program
        if id(made) not in self._saving:
            self._saving[id(made)] = saving(self._schema(made))
        table = self._saving[id(made)].ctypes.data
        size = arena.cells.size
        state = np.empty(self._gather(table, arena.address, size, 0), np.int64)
        self._gather(table, arena.address, size, state.ctypes.data)
        return state

    def rooms(self, saved: Schema, state: np.ndarray, first: Program, given: Rooms) -> Rooms:
        """Rooms that hold a state's windows, from the given ones up."""
        keeps = np.zeros(len(saved.groups), np.int64)
        self._survey(self._table(saved, first).ctypes.data, state.ctypes.data, keeps.ctypes.data)
        rooms, capacity = dict(given), first.layout.capacity
        for group, keep in zip(saved.groups, keeps.tolist(), strict=True):
            clock = self._clocks.get(group.clock) if group.windowed else None
            while clock in rooms and keep + capacity > rooms[clock] - rooms[clock] // 4:
                rooms[clock] *= 2
        return rooms

    def put(self, saved: Schema, state: np.ndarray, arena: Arena) -> None:
        """Read a state into a new arena; raises SnapshotError where it is of another size than its schema says."""
        table = self._table(saved, arena.program).ctypes.data
        read = self._scatter(table, arena.address, arena.cells.size, state.ctypes.data)
        if read != state.size:
            raise SnapshotError(f"Snapshot: {read} cells of state are needed, got {state.size}")

    def check(self, saved: Schema, made: Program) -> None:
        """Raise SnapshotError where something of one identity has other cells."""
        self._table(saved, made)

    def fresh(self, saved: Schema) -> tuple[str, ...]:
        """The fingerprints of the operators that states of a schema have nothing for."""
        known = {x.name for x in saved.fixed}
        names = (x.name for x in self.schema.fixed if x.name not in known)
        return tuple(name.split()[1] for name in names if name.startswith("registers "))

    def _table(self, saved: Schema, made: Program) -> np.ndarray:
        key = saved.digest, id(made)
        if key not in self._reading:
            self._reading[key] = reading(saved, self._schema(made), made.layout)
        return self._reading[key]

    def _schema(self, made: Program) -> Schema:
        if id(made) not in self._schemas:
            self._schemas[id(made)] = schema(made.layout)
        return self._schemas[id(made)]
