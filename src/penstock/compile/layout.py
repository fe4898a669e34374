"""Where everything of one key lies in its arena of 8-byte cells.

In order: the header, the clocks' heads, cursors, the output row, registers in step order, histories, columns. A
column without look-back starts at a fixed cell. The others slide: their class has one cursor, and when its room is
used up the values still needed move to the front. Classes are per clock: one for each power of two of look-back, one
for each retention of what is read across time or clocks, and one for the times that windows are measured by.
"""

from dataclasses import dataclass, field

import numpy as np

from penstock.expr import ROOM, Constant, Elementwise, Expr, Operator
from penstock.ops.asof import AsOf
from penstock.ops.fitted import Fitted
from penstock.plan import Plan, value
from penstock.plan.nodes import ClockColumn, ticking
from penstock.plan.plan import ColumnSpec
from penstock.streams import Clock

# header cells
ZERO, POSITION, NEXT, ROWS, LATEST, RESUME, GROW, ENDED = 0, 1, 2, 3, 4, 5, 6, 7
SEEN = 8  # the time of the last event
HEADS = 16
# cells of a clock's head; since: the first event of a gap session, or the latest that keeps a clock awake
COUNT, TICKS, LAST, ARMED, SINCE = 0, 1, 2, 3, 4
HEAD = 5

SLACK = 64  # ticks between two moves of a class with a short look-back
LONG = 2_048  # look-back from which on memory counts for more than moves: a quarter of it lies between two
NEVER = np.iinfo(np.int64).max


@dataclass(slots=True)
class Place:
    """A column: the cell of its first item, the cell of its cursor, cells per tick; of a constant its items."""

    base: int
    cursor: int
    cells: int
    lookback: int = 0
    items: int = 0


@dataclass(slots=True)
class Class:
    """Columns of one clock that slide together."""

    cursor: int
    keep: int
    room: int
    windowed: bool
    retention: int = 0
    columns: list[Place] = field(default_factory=list)


@dataclass(slots=True)
class Layout:
    """The places of a plan's values for one capacity and one room per windowed clock."""

    plan: Plan
    capacity: int
    rooms: "Rooms"
    heads: dict[Clock, int] = field(default_factory=dict)
    classes: dict[Clock, dict[int, Class]] = field(default_factory=dict)
    places: dict[tuple[Expr, str], Place] = field(default_factory=dict)
    registers: dict[Operator, int] = field(default_factory=dict)
    histories: dict[Operator, tuple[int, int]] = field(default_factory=dict)
    waits: dict[Operator, int] = field(default_factory=dict)
    seen: dict[Operator, int] = field(default_factory=dict)
    row: int = 0
    cells: int = 0

    def take(self, cells: int, align: int = 1) -> int:
        """Reserve cells."""
        start = -(-self.cells // align) * align
        self.cells = start + cells
        return start


# a clock and the name of a class of columns that are read across time or clocks
Window = tuple[Clock, int]
Rooms = dict[Window, int]
TIMES = -(1 << 63)  # the class of a clock's times where windows are measured by them


def windows(plan: Plan) -> tuple[Window, ...]:
    """The classes of a plan whose room may grow; times come after what is measured by them."""
    found: dict[Window, None] = {}
    for key, spec in plan.columns.items():
        if spec.windowed and key[0].clock is not None:
            found[key[0].clock, class_of(key[0], spec)] = None
    return tuple(sorted(found, key=lambda window: window[1] == TIMES))


def layout(plan: Plan, capacity: int, rooms: Rooms) -> Layout:
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
    # what an as-of copied last, no part of a state either
    made.seen = {node: made.take(1) for node in plan.operators if stands(made, node)}
    for node in plan.operators:
        if node.history.names:
            items = history_items(node, made)
            made.histories[node] = (made.take(items * (node.history.itemsize // 8), 8), items)
    items = constants(made)
    for key, spec in plan.columns.items():
        if isinstance(key[0], Constant) and key not in made.places:
            size = items.get(key[0], capacity)
            made.places[key] = Place(made.take(size), ZERO, 1, spec.lookback, size)
        elif key not in made.places:
            made.places[key] = _column(made, key, spec)
    made.take(0, 8)
    return made


def history_items(node: Operator, made: Layout) -> int:
    """Items of a private history; those of ROOM go by the room of the source clock's window."""
    if node.history_items != ROOM:
        return node.history_items
    return node.room_items(made.rooms[window_of(made.plan, node)])


def stands(made: Layout, node: Operator) -> bool:
    """Whether a step is an as-of of floats whose column does not slide: live, a value stays until there is another."""
    if not isinstance(node, AsOf) or node.x.dtype != node.dtype:
        return False
    return value(node) in made.places or not class_of(node, made.plan.columns[value(node)])


def read_over(node: Operator) -> Expr:
    """The operand whose ticks the others of a windowed operator are counted with."""
    return next(x for x in node.operands if not isinstance(x, Constant))


def window_of(plan: Plan, node: Operator) -> Window:
    """The class of what a windowed operator reads."""
    key = value(read_over(node))
    return ticking(node.source), class_of(key[0], plan.columns[key])


def class_of(node: Expr, spec: ColumnSpec) -> int:
    """The class of a column: below 0 by its retention, 0, or its look-back rounded up.

    To a power of two, where it is long to an eighth of one.
    """
    if spec.windowed:
        return TIMES if isinstance(node, ClockColumn) else -1 - spec.retention
    if spec.lookback <= LONG:
        return spec.lookback and 1 << (spec.lookback - 1).bit_length()
    step = 1 << ((spec.lookback - 1).bit_length() - 4)
    return -(-spec.lookback // step) * step


def default_room(capacity: int, lookback: int) -> int:
    """The first room of a window: a power of two."""
    return 1 << (2 * lookback + capacity + SLACK - 1).bit_length()


def _make_classes(made: Layout) -> None:
    window_keep: dict[Window, int] = {}
    columns = [(node, spec) for (node, _), spec in made.plan.columns.items() if node.clock]
    for node, spec in columns:
        if spec.windowed:  # times are there for all that is measured by them
            clock = ticking(node.clock)
            for window in ((clock, class_of(node, spec)), (clock, TIMES)):
                window_keep[window] = max(window_keep.get(window, 1), spec.lookback)
    for window in windows(made.plan):
        clock, name = window
        made.rooms.setdefault(window, default_room(made.capacity, window_keep[window]))
        if name == TIMES:
            others = [
                room for (of, of_), room in made.rooms.items() if of is clock and of_ != TIMES
            ]
            made.rooms[window] = max([made.rooms[window], *(2 * room for room in others)])
    for node, spec in columns:
        clock, name = ticking(node.clock), class_of(node, spec)
        if name and name not in made.classes[clock]:
            keep = window_keep.get((clock, name), name)
            slack = max(keep, SLACK) if keep <= LONG else keep // 4
            room = made.rooms.get((clock, name), keep + made.capacity + slack)
            sliding = Class(made.take(1), keep, room, spec.windowed, spec.retention)
            made.classes[clock][name] = sliding


def constants(made: Layout) -> dict[Expr, int]:
    """Items of each constant: enough for every operand that it stands in for, wide ones too."""
    found: dict[Expr, int] = {}
    for node in made.plan.operators:
        for x in node.operands:
            if isinstance(x, Constant):
                ticks = node.lookback + made.capacity
                if node.windowed:
                    ticks = made.rooms[window_of(made.plan, node)]
                cells = node.cells if isinstance(node, Elementwise) else 1
                found[x] = max(found.get(x, made.capacity), ticks * cells)
    return found


def _column(made: Layout, key: tuple[Expr, str], spec: ColumnSpec) -> Place:
    node = key[0]
    name = class_of(node, spec)
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
    cells[list(made.seen.values())] = -1
    for clock, head in made.heads.items():
        cells[head + ARMED] = NEVER
        for group in made.classes[clock].values():
            cells[group.cursor] = group.keep
    for (node, _), place in made.places.items():
        if isinstance(node, Constant):
            floats[place.base : place.base + place.items] = node.value
        elif place.lookback and node.dtype == "f8":
            floats[place.base : place.base + place.lookback * place.cells] = np.nan
    return cells
