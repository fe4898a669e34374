"""The state of a key, free of layout: saved from an arena, read into an arena of any plan.

Restore, hot reload, growth, eviction and moving a key are this one mechanism.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.compile.layout import Rooms
from penstock.compile.program import Program
from penstock.core.errors import SnapshotError
from penstock.core.native import compiled
from penstock.engine.arena import Arena
from penstock.engine.snapshots import transfer
from penstock.engine.snapshots.maps import reading, saving
from penstock.engine.snapshots.schema import Schema, schema


@dataclass(frozen=True, slots=True)
class Source:
    """The state of a key to be brought into an arena: by itself, or still in the arena that it comes from.

    Attributes
    ----------
    schema
        What it is made of.
    cells
        The state, or all cells of the arena.
    saving
        The table that saves it from the arena; none where it is by itself.
    """

    schema: Schema
    cells: np.ndarray
    saving: np.ndarray | None = None


class States:
    """Saves the states of one plan's keys, and reads states of any plan into its arenas.

    Attributes
    ----------
    schema
        What the states that it saves are made of.
    """

    def __init__(self, first: Program) -> None:
        self.schema = schema(first.layout)
        groups = [group for group in self.schema.groups if group.window is not None]
        self._windows = {c.name: group.window for group in groups for c in group.columns}
        self._schemas = {id(first): self.schema}
        self._saving: dict[int, np.ndarray] = {}
        self._reading: dict[tuple[str, int], np.ndarray] = {}
        self._fresh: dict[str, tuple[str, ...]] = {}
        self._gather = compiled(transfer.gather, "int64(int64, int64, int64, int64)")
        self._move = compiled(transfer.move, "void(int64, int64, int64)")
        self._holds = compiled(transfer.holds, "void(int64, int64, int64, int64)")
        self._survey = compiled(transfer.survey, "int64(int64, int64, int64)")

    def source(self, arena: Arena) -> Source:
        """The state of a key between two blocks, where it is."""
        arena.settle()
        return Source(self.schema, arena.cells, self._saver(arena.program))

    def save(self, arena: Arena) -> np.ndarray:
        """A copy of the state of a key between two blocks."""
        arena.settle()
        table, size = self._saver(arena.program).ctypes.data, arena.cells.size
        state = np.empty(self._gather(table, arena.address, size, 0), np.int64)
        self._gather(table, arena.address, size, state.ctypes.data)
        return state

    def rooms(self, source: Source, first: Program, given: Rooms, ahead: int = 1) -> Rooms:
        """Rooms that hold ``ahead`` times a state's windows, from the given ones up.

        Raises
        ------
        SnapshotError
            The state is of another size than its schema says.
        """
        groups, cells = source.schema.groups, source.cells
        keeps = np.zeros(len(groups), np.int64)
        if source.saving is None:
            table = self._table(source.schema, first).ctypes.data
            needed = self._survey(table, cells.ctypes.data, keeps.ctypes.data)
            if needed != cells.size:
                raise SnapshotError(
                    f"Snapshot: {needed} cells of state are needed, got {cells.size}"
                )
        else:
            table = source.saving.ctypes.data
            self._holds(table, cells.ctypes.data, cells.size, keeps.ctypes.data)
        rooms, capacity = dict(given), first.layout.capacity
        for group, keep in zip(groups, keeps.tolist(), strict=True):
            known = (self._windows.get(c.name) for c in group.columns if group.windowed)
            for window in {window for window in known if window in rooms}:
                while ahead * keep + capacity > rooms[window] - rooms[window] // 4:
                    rooms[window] *= 2
        return rooms

    def grown(self, source: Source, first: Program, given: Rooms, most: int) -> Rooms:
        """The given rooms, twice as large where more than half full: growing costs the same for all."""
        ahead = self.rooms(source, first, given, ahead=2)
        return {name: max(size, min(ahead[name], 2 * size, most)) for name, size in given.items()}

    def move(self, pairs: Sequence[tuple[Source, Arena]]) -> None:
        """Bring states into arenas, whose memory may be where a pair's own state is; nothing can go wrong on the way.

        It is one call, which no signal's handler comes in between.
        """
        moves, most = [], 0
        for source, arena in pairs:
            cells, saver, read = source.cells, 0, self._table(source.schema, arena.program)
            if source.saving is not None:
                saver = source.saving.ctypes.data
                most = max(most, self._gather(saver, cells.ctypes.data, cells.size, 0))
            initial, address = arena.program.initial.ctypes.data, arena.address
            moves += [saver, cells.ctypes.data, cells.size]
            moves += [read.ctypes.data, address, arena.cells.size, initial]
        spare, table = np.empty(most, np.int64), np.array(moves, np.int64)
        self._move(table.ctypes.data, len(pairs), spare.ctypes.data)

    def check(self, saved: Schema, made: Program) -> None:
        """Raise SnapshotError where something of one identity has other cells."""
        self._table(saved, made)

    def fresh(self, saved: Schema) -> tuple[str, ...]:
        """The fingerprints of the operators that states of a schema have nothing for."""
        if saved.digest not in self._fresh:
            known = {x.name for x in saved.fixed}
            names = (x.name for x in self.schema.fixed if x.name not in known)
            found = tuple(name.split()[1] for name in names if name.startswith("registers "))
            self._fresh[saved.digest] = found
        return self._fresh[saved.digest]

    def _saver(self, made: Program) -> np.ndarray:
        if id(made) not in self._saving:
            self._saving[id(made)] = saving(self._schema(made))
        return self._saving[id(made)]

    def _table(self, saved: Schema, made: Program) -> np.ndarray:
        key = saved.digest, id(made)
        if key not in self._reading:
            self._reading[key] = reading(saved, self._schema(made), made.layout)
        return self._reading[key]

    def _schema(self, made: Program) -> Schema:
        if id(made) not in self._schemas:
            self._schemas[id(made)] = schema(made.layout)
        return self._schemas[id(made)]
