"""A layout as one array of integers that the compiled loop reads: clocks, streams, segments, outputs, state.

Every table is a run of fixed-size records; the header holds (first cell, number of records) of each.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from penstock.compile.emit import Fields, batch, instance
from penstock.compile.layout import TIMES, Layout, template, windows
from penstock.compile.steps import optional
from penstock.compile.timed import horizon, quiet, timed_clocks, timed_record
from penstock.expr import Column, Expr, Operator
from penstock.ops.asof import AsOf
from penstock.ops.fitted import Fitted
from penstock.ops.scalars import SCALARS, is_scalar
from penstock.plan import Segment, value
from penstock.plan.nodes import ClockColumn
from penstock.streams import AnyOf, Clock, Delay, Stream

# header: scalars, then (first, size) pairs of tables
CAPACITY, CELLS, VIEW_HEAD, VIEW_TIME, VIEW_CURSOR, HORIZON = 0, 1, 2, 3, 4, 5
PROBE = 6  # where a profile of this program is (``compile.probe``); read while profiling only
LENGTH = 7  # of this array: that of a small view may be longer than its arena
CLOCKS, TIMED, STREAMS, SEGMENTS, OUTPUTS, AHEAD = 8, 10, 12, 14, 16, 18
QUIET = 20  # whether timed ticks make no rows and need no host
HEADER = 21

# records: a clock is its head, columns and classes; a class is its cursor, keep, room, window and columns
CLOCK, CLASS, STREAM, SEGMENT = 9, 8, 6, 7
C_HEAD, C_TIME, C_CURSOR, C_POSITION, C_NUMBER, C_CLASSES, C_SIZE = range(7)
C_DELAYS, C_DELAYS_SIZE = 7, 8
# a class of windows has its place among all of them, from 1 on; that of times comes last
K_CURSOR, K_KEEP, K_ROOM, K_WINDOW, K_COLUMNS, K_SIZE, K_RETENTION, K_TIMES = range(8)
S_TICKS, S_TICKS_SIZE, S_COLUMNS, S_COLUMNS_SIZE, S_ARMS, S_ARMS_SIZE = range(6)
G_TICKS, G_FIRST, G_LAST, G_HOST, G_COUNT, G_EVERY, G_WAITS = range(7)
T_CLOCK, T_KIND, T_WIDTH, T_OFFSET, T_MORE = range(5)
TIMED_RECORD = 5
A_REGISTER, A_BASE, A_CELLS, A_RECORD = 0, 1, 2, 3
# kernels of scalars in a plan: their wrapper takes as long to compile as those of so many
ENOUGH = 8


@dataclass(slots=True)
class Program:
    """Machine-readable form of a layout; the arrays must outlive every call that gets their addresses."""

    layout: Layout
    cells: np.ndarray
    descriptors: np.ndarray
    hosts: tuple[Fitted, ...]
    initial: np.ndarray

    @property
    def address(self) -> int:
        """Where the program starts."""
        return self.cells.ctypes.data


Split = Callable[[tuple[Expr, ...], dict[Expr, Fields]], list[tuple[Expr, ...]]]


class _Writer:
    """Grows the array of cells."""

    def __init__(self) -> None:
        self.cells: list[int] = [0] * HEADER

    def table(self, numbers: Iterable[int]) -> int:
        """Append numbers; returns where they start."""
        start = len(self.cells)
        self.cells += [int(number) for number in numbers]
        return start

    def records(self, slot: int, records: list[list[int]]) -> None:
        """Append records and note them in the header."""
        self.cells[slot] = self.table(number for record in records for number in record)
        self.cells[slot + 1] = len(records)


def program(made: Layout) -> Program:
    """The program of a layout: wrappers are compiled or loaded here."""
    plan, writer = made.plan, _Writer()
    index = {clock: i for i, clock in enumerate(plan.clocks)}
    view_time = made.places[ClockColumn(plan.on, "time"), "out"]
    timed = timed_clocks(plan.clocks)
    writer.cells[: HORIZON + 1] = [
        made.capacity,
        made.cells,
        made.heads[plan.on],
        view_time.base,
        view_time.cursor,
        horizon(timed),
    ]
    writer.records(CLOCKS, [_clock(made, clock, timed, writer) for clock in plan.clocks])
    writer.records(TIMED, [timed_record(clock, index, writer.table) for clock in timed])
    writer.records(STREAMS, [_stream(made, stream, index, writer) for stream in plan.inputs])
    descriptors, hosts, segments = segments_of(made)
    flat = np.array([number for descriptor in descriptors for number in descriptor], np.int64)
    address, records = flat.ctypes.data, []
    for head, host, batches in segments:
        pairs = [
            number for function, offset in batches for number in (function, address + 8 * offset)
        ]
        first = writer.table(pairs)
        fit = (-1, 0, 0, 0)
        if host is not None:
            # the node's own ticks, so that one that began late refits as in a run that began then
            ticks = made.registers[host] + (host.registers.names or ()).index("n")
            fit = (hosts.index(host), ticks, host.every, made.waits[host])
        records.append([head + 1, first, first + len(pairs), *fit])
    writer.records(SEGMENTS, records)
    writer.records(OUTPUTS, [[made.places[value(expr)].base] for _, expr in plan.outputs])
    writer.records(AHEAD, _ahead(made))
    writer.cells[QUIET] = int(not hosts and quiet(plan.on, timed))
    writer.cells[LENGTH] = len(writer.cells)
    return Program(made, np.array(writer.cells, np.int64), flat, tuple(hosts), template(made))


def _clock(made: Layout, clock: Clock, timed: tuple[Clock, ...], writer: _Writer) -> list[int]:
    delays = [i for i, c in enumerate(timed) if isinstance(c, Delay) and c.of is clock]
    time = made.places[ClockColumn(clock, "time"), "out"]
    growing = {window: place + 1 for place, window in enumerate(windows(made.plan))}
    classes = [
        [
            group.cursor,
            group.keep,
            group.room,
            growing.get((clock, name), 0),
            writer.table(number for place in group.columns for number in (place.base, place.cells)),
            len(group.columns),
            group.retention,
            int(name == TIMES),
        ]
        for name, group in sorted(made.classes[clock].items(), key=lambda one: one[0] == TIMES)
    ]
    return [
        made.heads[clock],
        time.base,
        time.cursor,
        optional(made, ClockColumn(clock, "position")),
        optional(made, ClockColumn(clock, "number")),
        writer.table(number for record in classes for number in record),
        len(classes),
        writer.table(delays),
        len(delays),
    ]


def _stream(made: Layout, stream: Stream, index: dict[Clock, int], writer: _Writer) -> list[int]:
    unions = [i for c, i in index.items() if isinstance(c, AnyOf) and stream in c.streams]
    ticks = (
        [index[stream], *unions] if stream in index else unions
    )  # the first one says where columns stand
    sources = {name: i for i, name in enumerate(stream.type.dtype().names or ())}
    columns = [
        (sources[node.name], place.base, place.cursor, place.cells)
        for (node, _), place in made.places.items()
        if isinstance(node, Column) and node.stream is stream
    ]
    arms = [i for i, c in enumerate(timed_clocks(index)) if c.hears(stream)]
    return [
        writer.table(ticks),
        len(ticks),
        writer.table(number for column in columns for number in column),
        len(columns),
        writer.table(arms),
        len(arms),
    ]


def segments_of(
    made: Layout, split: Split | None = None
) -> tuple[list[list[int]], list[Fitted], list[tuple[int, Fitted | None, list[tuple[int, int]]]]]:
    """Descriptors, refit nodes, and per segment its clock's head, its refit node and (function, offset) pairs."""
    descriptors: list[list[int]] = []
    hosts: list[Fitted] = []
    segments: list[tuple[int, Fitted | None, list[tuple[int, int]]]] = []
    size, shared = 0, shares(made)
    for segment in made.plan.segments:
        head, batches = made.heads[segment.clock], []
        segments.append((head, None, batches))
        for steps in joined(segment, shared=shared):
            ops = [x for x in steps if isinstance(x, Operator) and not (shared and is_scalar(x))]
            known: dict[Expr, Fields] = {x: instance(x, made) for x in ops if x not in made.seen}
            for nodes in (split or alike)(steps, known):
                first = nodes[0]
                if isinstance(first, Fitted):  # the loop stops before it, so that the host can fit
                    hosts.append(first)
                    batches = []
                    segments.append((head, first, batches))
                function, descriptor = batch(nodes, made, known)
                batches.append((function, size))
                descriptors.append(descriptor)
                size += len(descriptor)
    return descriptors, hosts, segments


def shares(made: Layout) -> bool:
    """Whether scalars run in the wrapper of them all: live, where there are enough to be worth its compilation."""
    kernels = {type(node).kernel for node in made.plan.operators if is_scalar(node)}
    return made.capacity == 1 and len(kernels) >= ENOUGH


def joined(segment: Segment, *, shared: bool) -> list[tuple[Expr, ...]]:
    """The batches of a segment; those of scalars that follow each other are one where they share a wrapper."""
    found: list[tuple[Expr, ...]] = []
    for scalar, batches in groupby(segment.batches, lambda x: shared and is_scalar(x.nodes[0])):
        lists = [x.nodes for x in batches]
        found += [tuple(node for nodes in lists for node in nodes)] if scalar else lists
    return found


def alike(nodes: tuple[Expr, ...], known: dict[Expr, Fields]) -> list[tuple[Expr, ...]]:
    """A batch split where the same kernel's arguments lie differently, and one refit node at a time."""
    groups: dict[object, list[Expr]] = {}
    for node in nodes:
        shape: object = type(node)
        if isinstance(node, Operator):  # scalars are one batch, whatever their kernels are
            unknown = AsOf if isinstance(node, AsOf) else SCALARS
            shape = tuple(known[node].arguments) if node in known else unknown
        groups.setdefault((shape, node if isinstance(node, Fitted) else None), []).append(node)
    return [tuple(group) for group in groups.values()]


def _ahead(made: Layout) -> list[list[int]]:
    """Histories of which it is known what the next tick reads: the register, the item after item 0, its cells."""
    found = []
    for node in made.plan.operators:
        if node.ahead:
            base, _ = made.histories[node]
            cells = node.history.itemsize // 8
            register = made.registers[node] + (node.registers.names or ()).index(node.ahead)
            found.append([register, base + cells, cells])
    return found
