"""What a key's state is made of, by identity and free of layout: what one plan saves, any other can read.

The order is that of the saved cells: what stays in place (header, clock heads, registers, histories of fixed
length), then per class of columns how many ticks are kept and those ticks of each column, then the rings that are as
long as a window; a history that its kernel makes again is not saved. Registers and histories are known by their
operator's fingerprint, clocks and columns by theirs.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from penstock.compile.layout import HEAD, LATEST, POSITION, SEEN, Layout, Window
from penstock.expr import ROOM, Operator
from penstock.expr.expression import canonical
from penstock.plan import Plan
from penstock.plan.nodes import ClockColumn

HEAD_OF_FORMAT_1 = 4


@dataclass(frozen=True, slots=True)
class Fixed:
    """A run of cells that stays in place."""

    name: str
    cells: int
    base: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A column that slides."""

    name: str
    cells: int
    base: int = 0
    dtype: str = "f8"


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of one clock that slide together; ``keep`` is their least number of ticks."""

    clock: str
    windowed: bool
    keep: int
    columns: tuple[Kept, ...]
    cursor: int = 0
    times: int = 0
    times_cursor: int = 0
    retention: int = 0
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """A history as long as a window; -1 for a register that it lacks."""

    name: str
    cells: int
    base: int = 0
    items: int = 0
    tail: int = 0
    head: int = -1


@dataclass(frozen=True)
class Schema:
    """The sections of a state; places are those of one layout, and no part of the identity."""

    clocks: tuple[str, ...]
    fixed: tuple[Fixed, ...]
    groups: tuple[Group, ...]
    rings: tuple[Ring, ...]
    wide: dict[str, int]  # the cells of what has more than one, whether it is saved or not

    @cached_property
    def text(self) -> str:
        """The identity, as JSON."""
        return json.dumps(
            {
                "clocks": self.clocks,
                "fixed": [(x.name, x.cells) for x in self.fixed],
                "groups": [
                    (g.clock, g.windowed, g.keep, [(c.name, c.cells) for c in g.columns])
                    for g in self.groups
                ],
                "rings": [(x.name, x.cells) for x in self.rings],
                "wide": self.wide,
            }
        )

    @cached_property
    def digest(self) -> str:
        """A hash of the identity."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]

    @classmethod
    def parse(cls, text: str) -> "Schema":
        """The schema of an identity; raises ValueError, KeyError or TypeError where it is none."""
        found = json.loads(text)
        return cls(
            tuple(map(str, found["clocks"])),
            tuple(Fixed(str(name), int(cells)) for name, cells in found["fixed"]),
            tuple(
                Group(
                    str(clock),
                    bool(windowed),
                    int(keep),
                    tuple(Kept(str(name), int(cells)) for name, cells in columns),
                )
                for clock, windowed, keep, columns in found["groups"]
            ),
            tuple(Ring(str(name), int(cells)) for name, cells in found["rings"]),
            {str(name): int(cells) for name, cells in found["wide"].items()},
        )


def schema(made: Layout) -> Schema:
    """What the state of a key in a layout is made of, and where it lies."""
    clocks = {clock: canonical(clock) for clock in made.plan.clocks}
    fixed = [Fixed("position", 1, POSITION), Fixed("latest", 1, LATEST), Fixed("seen", 1, SEEN)]
    fixed += [Fixed(f"clock {name}", HEAD, made.heads[clock]) for clock, name in clocks.items()]
    rings = []
    for node in made.plan.operators:
        fixed += _in_place(node, made)
        if node in made.histories and node.history_items == ROOM and not node.rebuilt:
            rings.append(_ring(node, made))
    wide = {node.fingerprint: node.cells for node in made.plan.nodes if node.cells > 1}
    return Schema(tuple(clocks.values()), tuple(fixed), tuple(_groups(made)), tuple(rings), wide)


def schema_of_format_1(plan: Plan, made: Layout) -> Schema:
    """The schema of the first format, which held no schema: that of the very same plan."""
    now = schema(made)
    heads = {f"clock {canonical(clock)}" for clock in plan.clocks}
    fixed = tuple(
        Fixed(x.name, HEAD_OF_FORMAT_1 if x.name in heads else x.cells)
        for x in now.fixed
        if x.name != "seen"
    )
    return Schema(now.clocks, fixed, tuple(_as_of_format_1(now.groups)), now.rings, now.wide)


def register(node: Operator, name: str, made: Layout) -> int:
    """The cell of a register, or -1 where the operator has none of that name."""
    names = node.registers.names or ()
    return made.registers[node] + names.index(name) if name in names else -1


def _in_place(node: Operator, made: Layout) -> list[Fixed]:
    found = []
    if node in made.registers:
        cells = node.registers.itemsize // 8
        found.append(Fixed(f"registers {node.fingerprint}", cells, made.registers[node]))
    if node in made.histories and node.history_items != ROOM:
        base, items = made.histories[node]
        cells = items * (node.history.itemsize // 8)
        found.append(Fixed(f"history {node.fingerprint}", cells, base))
    return found


def _ring(node: Operator, made: Layout) -> Ring:
    base, items = made.histories[node]
    cells = node.history.itemsize // 8
    tail, head = (register(node, name, made) for name in ("tail", "head"))
    return Ring(node.fingerprint, cells, base, items, tail, head)


def _groups(made: Layout) -> list[Group]:
    columns: dict[int, list[Kept]] = {}
    for (node, output), place in made.places.items():
        name = f"{node.fingerprint} {output}"
        columns.setdefault(place.base, []).append(Kept(name, place.cells, place.base, node.dtype))
    found = []
    for clock, classes in made.classes.items():
        times = made.places[ClockColumn(clock, "time"), "out"]
        for name, group in classes.items():
            held = [columns[place.base][0] for place in group.columns]
            found.append(
                Group(
                    canonical(clock),
                    group.windowed,
                    group.keep,
                    tuple(held),
                    group.cursor,
                    times.base,
                    times.cursor,
                    group.retention,
                    (clock, name) if group.windowed else None,
                )
            )
    return found


def _as_of_format_1(groups: Iterable[Group]) -> Iterator[Group]:
    """Groups as they were when all windows of a clock were one, and look-backs all powers of two."""
    made: dict[tuple[str, int], list[Group]] = {}
    for group in groups:
        lookback = 0 if group.windowed else 1 << (group.keep - 1).bit_length()
        made.setdefault((group.clock, lookback), []).append(group)
    for (_, lookback), own in made.items():
        columns = sorted((c for group in own for c in group.columns), key=lambda c: c.base)
        keep = lookback or max(group.keep for group in own)
        yield replace(own[0], keep=keep, columns=tuple(columns))
