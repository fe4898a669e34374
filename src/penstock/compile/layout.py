"""Where everything of one key lies in its arena of 8-byte cells.

In order: the header, the clocks' heads, cursors, the output row, registers in step order, histories, columns. A
column without look-back starts at a fixed cell. The others slide: their class has one cursor, and when its room is
used up the values still needed move to the front. Classes are per clock: one for each power of two of look-back,
and one for everything that is read across time or clocks.
"""

from dataclasses import dataclass, field

import numpy as np

from penstock.expr import ROOM, Constant, Elementwise, Expr, Operator
from penstock.ops.fitted import Fitted
from penstock.plan import Plan, value
from penstock.plan.nodes import ticking
from penstock.streams import Clock

# header cells
ZERO, POSITION, NEXT, ROWS, LATEST, RESUME, GROW, ENDED = 0, 1, 2, 3, 4, 5, 6, 7
SEEN = 8  # the time of the last event
HEADS = 16
# cells of a clock's head; since: the first event of a gap session, or the latest that keeps a clock awake
COUNT, TICKS, LAST, ARMED, SINCE = 0, 1, 2, 3, 4
HEAD = 5

SLACK = 64  # ticks between two moves of a class with a short look-back
NEVER = np.iinfo(np.int64).max


@dataclass(slots=True)
class Place:
    """A column: the cell of its first item, the cell of its cursor, cells per tick."""

    base: int
    cursor: int
    cells: int
    lookback: int = 0


@dataclass(slots=True)
class Class:
    """Columns of one clock that slide together."""

    cursor: int
    keep: int
    room: int
    windowed: bool
    columns: list[Place] = field(default_factory=list)


@dataclass(slots=True)
class Layout:
    """The places of a plan's values for one capacity and one room per windowed clock."""

    plan: Plan
    capacity: int
    rooms: dict[Clock, int]
    heads: dict[Clock, int] = field(default_factory=dict)
    classes: dict[Clock, dict[int, Class]] = field(default_factory=dict)
    places: dict[tuple[Expr, str], Place] = field(default_factory=dict)
    registers: dict[Operator, int] = field(default_factory=dict)
    histories: dict[Operator, tuple[int, int]] = field(default_factory=dict)
    waits: dict[Operator, int] = field(default_factory=dict)
    row: int = 0
    cells: int = 0

    def take(self, cells: int, align: int = 1) -> int:
        """Reserve cells."""
        start = -(-self.cells // align) * align
        self.cells = start + cells
        return start


WINDOW = -1  # the class of columns that are read across time or clocks


def layout(plan: Plan, capacity: int, rooms: dict[Clock, int]) -> Layout:
    """Lay a plan out."""
    made = Layout(plan, capacity, dict(rooms))
    made.take(HEADS)
    for clock in plan.clocks:
        made.heads[clock] = made.take(HEAD)
        made.classes[clock] = {}
    _make_classes(made)
    made.row = made.take(0, 8)
    for _, expr in plan.outputs:
        made.places[value(expr)] = Place(made.take(capacity), ZERO, 1)
    for node in plan.operators:
        if node.registers.names:
            made.registers[node] = made.take(node.registers.itemsize // 8)
    # by which tick a fit that is under way must be there; no part of a state
    made.waits = {node: made.take(1) for node in plan.operators if isinstance(node, Fitted)}
    for node in plan.operators:
        if node.history.names:
            items = history_items(node, made)
            made.histories[node] = (made.take(items * (node.history.itemsize // 8), 8), items)
    for key, spec in plan.columns.items():
        if key not in made.places:
            made.places[key] = _column(made, key, spec.lookback, spec.windowed)
    made.take(0, 8)
    return made


def history_items(node: Operator, made: Layout) -> int:
    """Items of a private history; those of ROOM go by the room of the source clock's window."""
    if node.history_items != ROOM:
        return node.history_items
    return node.room_items(made.rooms[ticking(node.source)])


def class_of(lookback: int, windowed: bool) -> int:  # noqa: FBT001
    """The class of a column: WINDOW, 0, or its look-back rounded up to a power of two."""
    return WINDOW if windowed else lookback and 1 << (lookback - 1).bit_length()


def default_room(capacity: int, lookback: int) -> int:
    """The first room of a window: a power of two."""
    return 1 << (2 * lookback + capacity + SLACK - 1).bit_length()


def _make_classes(made: Layout) -> None:
    window_keep: dict[Clock, int] = {}
    columns = [(node.clock, spec) for (node, _), spec in made.plan.columns.items() if node.clock]
    for clock, spec in columns:
        if spec.windowed:
            window_keep[clock] = max(window_keep.get(clock, 1), spec.lookback)
    for clock, spec in columns:
        name = class_of(spec.lookback, spec.windowed)
        if name and name not in made.classes[clock]:
            keep = window_keep[clock] if name == WINDOW else name
            room = keep + made.capacity + max(keep, SLACK)
            if name == WINDOW:
                room = made.rooms.setdefault(clock, default_room(made.capacity, keep))
            made.classes[clock][name] = Class(made.take(1), keep, room, name == WINDOW)


def constant_items(made: Layout, lookback: int) -> int:
    """Items of a constant: enough for any operand that it stands in for, wide ones too."""
    wide = (node.cells for node in made.plan.operators if isinstance(node, Elementwise))
    ticks = lookback + max(made.capacity, max(made.rooms.values(), default=0))
    return ticks * max(wide, default=1)


def _column(made: Layout, key: tuple[Expr, str], lookback: int, windowed: bool) -> Place:  # noqa: FBT001
    node = key[0]
    if isinstance(node, Constant):
        return Place(made.take(constant_items(made, lookback)), ZERO, 1, lookback)
    name = class_of(lookback, windowed)
    if not name:
        return Place(made.take(made.capacity * node.cells), ZERO, node.cells)
    group = made.classes[ticking(node.clock)][name]
    # an odd number of cache lines, so that equal columns do not fall into the same cache sets
    lines = -(-group.room * node.cells // 8) | 1
    place = Place(made.take(lines * 8, 8), group.cursor, node.cells, group.keep)
    group.columns.append(place)
    return place


def template(made: Layout) -> np.ndarray:
    """The cells of a new key: NaN before the beginning, constants filled, no timed clock armed."""
    cells = np.zeros(made.cells, np.int64)
    floats = cells.view(np.float64)
    cells[LATEST] = cells[SEEN] = np.iinfo(np.int64).min
    for clock, head in made.heads.items():
        cells[head + ARMED] = NEVER
        for group in made.classes[clock].values():
            cells[group.cursor] = group.keep
    for (node, _), place in made.places.items():
        if isinstance(node, Constant):
            size = constant_items(made, place.lookback)
            floats[place.base : place.base + size] = node.value
        elif place.lookback and node.dtype == "f8":
            floats[place.base : place.base + place.lookback * place.cells] = np.nan
    return cells
