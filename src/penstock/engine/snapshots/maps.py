"""The tables that ``engine.transfer`` moves states by: one that saves a layout, one that reads a schema into it."""

from collections.abc import Iterable, Iterator

import numpy as np

from penstock.compile.layout import COUNT, Layout
from penstock.core.errors import SnapshotError
from penstock.engine.snapshots import transfer
from penstock.engine.snapshots.schema import Group, Kept, Schema
from penstock.expr.expression import canonical
from penstock.plan import Plan
from penstock.streams import Clock, Delay, lineage

Records = list[list[int]]


class _Table:
    """Grows a table: lists of records, and a header that says where each begins."""

    def __init__(self) -> None:
        self.cells: list[int] = [0] * transfer.HEADER

    def put(self, numbers: Iterable[int]) -> int:
        """Append numbers; returns where they begin."""
        start = len(self.cells)
        self.cells += numbers
        return start

    def records(self, slot: int, records: Records) -> None:
        """Append records and note them in the header."""
        start = self.put(number for record in records for number in record)
        self.cells[slot : slot + 2] = start, len(records)

    def done(self) -> np.ndarray:
        """The table."""
        self.cells[transfer.SIZE] = len(self.cells)
        return np.array(self.cells, np.int64)


def saving(schema: Schema) -> np.ndarray:
    """The table by which a layout's states are saved; ``schema`` is that of the layout."""
    table = _Table()
    table.records(transfer.FIXED, [[x.base, x.cells] for x in schema.fixed])
    table.records(
        transfer.GROUPS,
        [
            [
                group.cursor,
                group.keep,
                group.retention if group.windowed else 0,
                group.times,
                group.times_cursor,
                table.put(number for c in group.columns for number in (c.base, c.cells)),
                len(group.columns),
            ]
            for group in schema.groups
        ],
    )
    table.records(
        transfer.RINGS, [[x.base, x.items, x.cells, x.tail, x.head] for x in schema.rings]
    )
    return table.done()


def reading(saved: Schema, here: Schema, made: Layout) -> np.ndarray:
    """The table by which states of a saved schema are read into a layout, whose own schema is ``here``.

    What the layout has and the states lack is left as in a new key, but that its count of its clock's ticks begins
    at the clock's.

    Raises
    ------
    SnapshotError
        Something of one identity has other cells in the two.
    """
    for name, cells in saved.wide.items():
        if here.wide.get(name, cells) != cells:
            raise SnapshotError(
                f"Snapshot: {name} must be {here.wide[name]} cells wide, got {cells}"
            )
    table, known = _Table(), {x.name: x for x in here.fixed}
    runs: Records = []
    for x in saved.fixed:
        there = known.get(x.name)
        if there is not None and x.cells != there.cells:
            _grown(x.name, x.cells, there.cells)
        base, cells = (-1, 0) if there is None else (there.base, x.cells)
        runs.append([x.cells, base, cells])
    table.records(transfer.FIXED, runs)
    table.records(transfer.GROUPS, _columns(saved, here, table))
    table.records(transfer.RINGS, _rings(saved, here))
    table.records(transfer.BLANKS, _blanks(saved, here))
    table.records(transfer.ORIGINS, _origins(saved, here, made))
    table.records(transfer.HEADS, [[head] for head in made.heads.values()])
    windows = [group for group in here.groups if group.windowed]
    table.records(transfer.CURSORS, [[group.times_cursor, group.cursor] for group in windows])
    return table.done()


def _grown(name: str, saved: int, needed: int) -> None:
    """Heads of clocks may have gained cells, which then start anew; nothing else may have other cells."""
    if not name.startswith("clock ") or saved > needed:
        raise SnapshotError(f"Snapshot: {name} must be {needed} cells wide, got {saved}")


def _columns(saved: Schema, here: Schema, table: _Table) -> Records:
    known = {c.name: (group, c) for group in here.groups for c in group.columns}
    records: Records = []
    for group in saved.groups:
        numbers: list[int] = []
        for column in group.columns:
            target = known.get(column.name)
            if target is not None and target[1].cells != column.cells:
                raise SnapshotError(
                    f"Snapshot: column {column.name} must be {target[1].cells} cells wide, got {column.cells}"
                )
            windowed = target is not None and group.windowed and target[0].windowed
            place = (-1, 0) if target is None else (target[1].base, target[0].cursor)
            numbers += [column.cells, *place, int(windowed)]
        records.append([table.put(numbers), len(group.columns)])
    return records


def _rings(saved: Schema, here: Schema) -> Records:
    known = {x.name: x for x in here.rings}
    records: Records = []
    for x in saved.rings:
        there = known.get(x.name)
        if there is not None and there.cells != x.cells:
            raise SnapshotError(
                f"Snapshot: ring {x.name} must be {there.cells} cells wide, got {x.cells}"
            )
        place = [-1, 1, x.cells, 0, -1]
        if there is not None:
            place = [there.base, there.items, x.cells, there.tail, there.head]
        records.append(place)
    return records


def _blanks(saved: Schema, here: Schema) -> Records:
    """Columns whose window may be longer than what was saved of them: they begin with NaN."""
    homes = {c.name: group for group in saved.groups for c in group.columns}
    records: Records = []
    for group in here.groups:
        found = {id(home) for home in map(homes.get, (c.name for c in group.columns)) if home}
        # a plain look-back is as long as its template, which begins with NaN
        if group.windowed and (len(found) != 1 or any(c.name not in homes for c in group.columns)):
            records += [_blank(c, group) for c in group.columns if c.dtype == "f8"]
    return records


def _blank(column: Kept, group: Group) -> list[int]:
    return [column.base, column.cells, group.cursor]


def _origins(saved: Schema, here: Schema, made: Layout) -> Records:
    known = {x.name for x in saved.fixed}
    registers = {x.name: x.base for x in here.fixed}
    return [
        [registers[name] + offset, made.heads[clock]]
        for name, clock, offset in counted(made.plan)
        if name not in known
    ]


def counted(plan: Plan) -> Iterator[tuple[str, Clock, int]]:
    """What counts ticks of a clock: the run that holds it, the clock, and which of its cells it is.

    The ticks of a delayed clock have the numbers of those that cause them.
    """
    for clock in sorted(plan.clocks, key=lambda clock: len(lineage((clock,)))):
        if isinstance(clock, Delay):
            yield f"clock {canonical(clock)}", clock.of, COUNT
    for node in plan.operators:
        clocks = {"source": node.source, "reset": node.parameters.get("reset")}
        for name, kind in node.absolute.items():
            clock = clocks[kind]
            if isinstance(clock, Clock) and clock in plan.clocks:
                offset = (node.registers.names or ()).index(name)
                yield f"registers {node.fingerprint}", clock, offset
