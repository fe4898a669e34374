"""Wrappers: one machine-code function ``void(int64 arena, int64 descriptor, int64 ticks)`` per kernel and shape.

A wrapper slices the arena as its kernel's arguments ask and loops over all instances of a batch; ``descriptor[0]``
is their number, and each instance has the same number of fields after it. Its source is written out here, and runs
as it stands when nothing compiles.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from penstock.compile import machine, sampled, scalars, steps
from penstock.compile.layout import COUNT, TICKS, Layout, Place, read_over
from penstock.core import native
from penstock.core.errors import DefinitionError
from penstock.expr import Constant, Elementwise, Expr, Operator, operand_names
from penstock.plan import value
from penstock.plan.nodes import ClockColumn, Fire, Visible, before, ticking, upto
from penstock.streams import EVENT, TIMED, Clock

HEADER = '''"""Wrapper of {module}.{name}: {shape}."""
from numba import njit
from penstock.core import memory
from penstock.core.native import dispatcher
{function}
kernel = dispatcher(function)
load, as_float, column = dispatcher(memory.load), dispatcher(memory.as_float), dispatcher(memory.column)
f8_view, i8_view = dispatcher(memory.f8_view), dispatcher(memory.i8_view)
f8_rows, records = dispatcher(memory.f8_rows), dispatcher(memory.records)
{dtypes}
'''

BODY = """
{mark}
def wrapper(arena, descriptor, ticks):
{ticks}    for instance in range(load(descriptor)):
        d = descriptor + 8 + {stride} * instance
        kernel({arguments})
"""


@dataclass(slots=True)
class Fields:
    """The fields of one instance, and the argument expressions that read them."""

    values: list[int] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)

    def add(self, number: int) -> str:
        """A field; returns the expression that loads it."""
        self.values.append(number)
        return f"load(d + {8 * (len(self.values) - 1)})"

    def cell(self, number: int) -> str:
        """A field that names a cell; returns the expression of the cell's value."""
        return f"load(arena + 8 * {self.add(number)})"


def column(fields: Fields, node: Expr, place: Place, lookback: int, flat: int = 0) -> None:
    """An argument that is this block's ticks of a column, after ``lookback`` earlier ones.

    ``flat`` is the cells a tick where the kernel sees the column as one array, else 0.
    """
    # read where nothing slides too (cell 0 is 0): a wrapper for each mix costs more, in batches and in code
    address = f"column(arena, d + {8 * len(fields.values)}, {place.cells})"
    behind = 0 if isinstance(node, Constant) else lookback * place.cells
    fields.values += [place.cursor, place.base - behind]
    size = f"ticks + {fields.add(lookback)}" if lookback else "ticks"
    if flat > 1:
        fields.arguments.append(f"{node.dtype}_view({address}, ({size}) * {flat})")
    else:
        _view(fields, node, place, address, size)


def buffer(fields: Fields, node: Expr, place: Place, ticks: int) -> None:
    """An argument that is all of a column that is still kept."""
    size = f"{fields.cell(place.cursor)} + {fields.cell(ticks)}"
    _view(fields, node, place, f"arena + 8 * {fields.add(place.base)}", size)


def _view(fields: Fields, node: Expr, place: Place, address: str, size: str) -> None:
    if place.cells > 1:
        fields.arguments.append(f"f8_rows({address}, {size}, {place.cells})")
    else:
        fields.arguments.append(f"{node.dtype}_view({address}, {size})")


def instance(node: Operator, made: Layout) -> Fields:
    """The fields of an operator, in the order of its kernel's arguments."""
    fields = Fields()
    operands = dict(zip(operand_names(type(node)), node.operands, strict=True))
    for name in node.kernel_arguments:
        if name in node.outputs:
            place = made.places[node, name]
            column(fields, node, place, 0, node.cells if node.flat else 0)
        elif name in operands:
            _operand(fields, node, name, operands[name], made)
        else:
            _argument(fields, node, name, made)
    return fields


def _operand(fields: Fields, node: Operator, name: str, operand: Expr, made: Layout) -> None:
    place = made.places[value(operand)]
    if name in node.queries:
        column(fields, operand, place, 0)
    elif not node.windowed:
        alike = isinstance(node, Elementwise) and isinstance(operand, Constant)
        cells = node.cells if alike else operand.cells
        column(fields, operand, place, node.lookback, cells if node.flat else 0)
    elif isinstance(operand, Constant):
        head = made.heads[ticking(node.source)]
        size = f"{fields.cell(cursor_of(node, made))} + {fields.cell(head + TICKS)}"
        _view(fields, operand, place, f"arena + 8 * {fields.add(place.base)}", size)
    else:
        buffer(fields, operand, place, made.heads[ticking(operand.clock)] + TICKS)


def _argument(fields: Fields, node: Operator, name: str, made: Layout) -> None:
    if name == "registers":
        fields.arguments.append(
            f"records(arena + 8 * {fields.add(made.registers[node])}, 1, REGISTERS)"
        )
    elif name == "history":
        base, items = made.histories[node]
        fields.arguments.append(
            f"records(arena + 8 * {fields.add(base)}, {fields.add(items)}, HISTORY)"
        )
    elif name == "first":
        source = ticking(node.source)
        count = fields.cell(made.heads[source] + COUNT)
        fields.arguments.append(f"{count} - {fields.cell(cursor_of(node, made))}")
    elif name == "ts":
        _times(fields, ticking(node.source), cursor_of(node, made), made)
    elif name in ("at", "upto", "before"):
        made_of = {
            "at": lambda: ClockColumn(ticking(node.clock), "time"),
            "upto": lambda: upto(node),
        }
        helper = made_of[name]() if name in made_of else before(node)
        column(fields, helper, made.places[helper, "out"], 0)
    else:
        _parameter(fields, node, name)


def cursor_of(node: Operator, made: Layout) -> int:
    """The cursor of what a windowed operator reads."""
    return made.places[value(read_over(node))].cursor


def _times(fields: Fields, source: Clock, cursor: int, made: Layout) -> None:
    """The times of a clock's ticks, from the first one that a class with this cursor keeps."""
    times = made.places[ClockColumn(source, "time"), "out"]
    before = f"{fields.cell(times.cursor)} - {fields.cell(cursor)}"
    size = f"{fields.cell(cursor)} + {fields.cell(made.heads[source] + TICKS)}"
    fields.arguments.append(f"i8_view(arena + 8 * ({fields.add(times.base)} + {before}), {size})")


def _parameter(fields: Fields, node: Operator, name: str) -> None:
    """An argument that is a number, or a table, which lies outside the arena and is there once for all keys."""
    number = getattr(node, name)
    if isinstance(number, tuple):  # as an array
        first = 8 * len(fields.values)
        fields.values += [steps.float_bits(float(one)) for one in number]
        fields.arguments.append(f"f8_view(d + {first}, {len(number)})")
        return
    if isinstance(number, np.ndarray):
        kind = "f8" if number.dtype == np.float64 else "i8"
        address, size = fields.add(number.ctypes.data), fields.add(number.size)
        fields.arguments.append(f"{kind}_view({address}, {size})")
        return
    if name == "width" and node.windowed:
        clock, source = ticking(node.clock), ticking(node.source)
        if clock.phase == TIMED and source.phase == EVENT:
            number += 1  # [T-w, T) over events at a timed tick, (t-w, t] elsewhere
    bits = steps.float_bits(number) if isinstance(number, float) else int(number)
    loaded = fields.add(bits)
    fields.arguments.append(f"as_float({loaded})" if isinstance(number, float) else loaded)


def source(
    kernel: Callable[..., None],
    arguments: tuple[str, ...],
    dtypes: str,
    shape: str,
    stride: int,
    *,
    live: bool,
) -> str:
    """The source of a wrapper."""
    header = HEADER.format(
        module=kernel.__module__,
        name=kernel.__name__,
        function=native.reference(kernel),
        shape=shape,
        dtypes=dtypes,
    )
    # one tick needs no loop, no test for overlap and no vector form: a third less time (docs/benchmarks.md)
    ticks = "    ticks = 1\n" if live else ""
    return header + BODY.format(
        mark=machine.MARK, arguments=", ".join(arguments), stride=stride, ticks=ticks
    )


@cache
def _wrapper(
    kernel: Callable[..., None],
    arguments: tuple[str, ...],
    dtypes: str,
    shape: str,
    stride: int,
    *,
    live: bool,
) -> tuple[int, Any]:
    """A wrapper; equal ones are made once."""
    written = source(kernel, arguments, dtypes, shape, stride, live=live)
    name = f"{kernel.__module__.rpartition('.')[2]}{kernel.__name__}"
    return machine.made(name, written, lambda: native.code_hash(kernel))


def dtype_text(node: Operator) -> str:
    """The record types of a kernel's state, as source."""
    lines = ["import numpy as np"]
    for name, dtype in (("REGISTERS", node.registers), ("HISTORY", node.history)):
        if dtype.names:
            fields = [(n, dtype[n].base.str[1:], dtype[n].shape) for n in dtype.names]
            lines.append(f"{name} = np.dtype({[f if f[2] else f[:2] for f in fields]})")
    return "\n".join(lines)


def batch(
    nodes: tuple[Expr, ...], made: Layout, known: dict[Expr, Fields]
) -> tuple[int, list[int]]:
    """The wrapper of a batch and its descriptor; ``known`` are the fields of its operators, unless they are scalars."""
    own = [node for node in nodes if isinstance(node, Visible | Fire)]
    if own:
        address = steps.address("visible" if isinstance(own[0], Visible) else "fire")
        return address, [len(own), *(n for node in own for n in steps.fields(node, made))]
    operators = [node for node in nodes if isinstance(node, Operator)]
    if operators[0] in made.seen:
        found = [number for node in operators for number in sampled.fields(node, made)]
        return steps.address("sampled" if made.capacity == 1 else "sampled_block"), [
            len(operators),
            *found,
        ]
    if operators[0] not in known:
        return scalars.batch(operators, made)
    instances = [known[node] for node in operators]
    first, fields = operators[0], instances[0]
    name = type(first).__name__
    try:
        address, _ = _wrapper(
            type(first).kernel,
            tuple(fields.arguments),
            dtype_text(first),
            name,
            8 * len(fields.values),
            live=made.capacity == 1,
        )
    except DefinitionError as error:
        raise DefinitionError(f"{name}: {error}") from error
    return address, [len(nodes), *(number for one in instances for number in one.values)]
