"""The steps that no operator writes: what one clock sees of another, and the ticks of a triggered clock."""

import struct
from functools import cache
from typing import Any

from penstock.compile import machine
from penstock.compile.layout import COUNT, TICKS, Layout
from penstock.compile.sampled import sampled, sampled_block
from penstock.core import memory, native
from penstock.core.jit import jit
from penstock.core.memory import load, store
from penstock.expr import Expr
from penstock.plan import value
from penstock.plan.nodes import ClockColumn, Fire, Visible

VISIBLE = 6  # fields of one instance
FIRE = 10


@jit
def _visible(arena: int, descriptor: int, ticks: int) -> None:
    """Merge two clocks' positions; of earlier blocks everything is visible."""
    for instance in range(load(descriptor)):
        d = descriptor + 8 + 8 * VISIBLE * instance
        out, at, of = arena + 8 * load(d), arena + 8 * load(d + 8), arena + 8 * load(d + 16)
        count, others = load(arena + 8 * load(d + 24)), load(arena + 8 * load(d + 32))
        strict = load(d + 40)
        seen = 0
        for i in range(ticks):
            position = load(at + 8 * i) - strict
            while seen < others and load(of + 8 * seen) <= position:
                seen += 1
            store(out + 8 * i, count + seen)


@jit
def _fire(arena: int, descriptor: int, ticks: int) -> None:
    """Tick a triggered clock after each tick of its source at which the condition is not 0."""
    for instance in range(load(descriptor)):
        d = descriptor + 8 + 8 * FIRE * instance
        condition = arena + 8 * (load(d) + load(arena + 8 * load(d + 8)))
        times = arena + 8 * (load(d + 16) + load(arena + 8 * load(d + 24)))
        positions = arena + 8 * load(d + 32)
        own_times = arena + 8 * (load(d + 40) + load(arena + 8 * load(d + 48)))
        own_positions, own_numbers = load(d + 56), load(d + 64)
        head = arena + 8 * load(d + 72)
        count, fired = load(head + 8 * COUNT), 0
        for i in range(ticks):
            x = memory.as_float(load(condition + 8 * i))
            if x != 0.0 and x == x:  # noqa: PLR0124  (NaN does not fire)
                store(own_times + 8 * fired, load(times + 8 * i))
                if own_positions >= 0:
                    store(arena + 8 * (own_positions + fired), load(positions + 8 * i))
                fired += 1
                if own_numbers >= 0:
                    store(arena + 8 * (own_numbers + fired - 1), count + fired)
        store(head + 8 * TICKS, fired)


def visible_fields(node: Visible, made: Layout) -> list[int]:
    """Cells that ``_visible`` reads."""
    places = [made.places[ClockColumn(clock, "position"), "out"] for clock in (node.at, node.of)]
    head = made.heads[node.of]
    return [
        made.places[node, "out"].base,
        *(p.base for p in places),
        head + COUNT,
        head + TICKS,
        int(node.strict),
    ]


def fire_fields(node: Fire, made: Layout) -> list[int]:
    """Cells that ``_fire`` reads."""
    condition = made.places[value(node.of.condition)]
    source: Any = node.clock
    times = made.places[ClockColumn(source, "time"), "out"]
    own = made.places[ClockColumn(node.of, "time"), "out"]
    position = made.places[ClockColumn(source, "position"), "out"]
    cells = [
        condition.base,
        condition.cursor,
        times.base,
        times.cursor,
        position.base,
        own.base,
        own.cursor,
    ]
    cells += [optional(made, ClockColumn(node.of, kind)) for kind in ("position", "number")]
    return [*cells, made.heads[node.of]]


def fields(node: Visible | Fire, made: Layout) -> list[int]:
    """Cells that a step reads."""
    return visible_fields(node, made) if isinstance(node, Visible) else fire_fields(node, made)


def optional(made: Layout, node: Expr) -> int:
    """The first cell of a column, or -1 where nothing reads it."""
    place = made.places.get((node, "out"))
    return -1 if place is None else place.base


def float_bits(number: float) -> int:
    """The 64 bits of a float."""
    return struct.unpack("<q", struct.pack("<d", number))[0]


ENTRY = '''"""Wrapper of {module}.{name}."""
from numba import njit
from penstock.core.native import dispatcher
from {module} import {name} as function
kernel = dispatcher(function)
{mark}
def wrapper(arena, descriptor, ticks):
    kernel(arena, descriptor, ticks)
'''


@cache
def _entry(name: str) -> tuple[int, Any]:
    function = {
        "visible": _visible,
        "fire": _fire,
        "sampled": sampled,
        "sampled_block": sampled_block,
    }[name]
    if native.available():
        source = ENTRY.format(module=function.__module__, name=function.__name__, mark=machine.MARK)
        return native.entry(name, source, native.code_hash(function), machine.code)
    memory.INTERPRETED.append(function)
    return len(memory.INTERPRETED) - 1, function


def address(name: str) -> int:
    """The address of a step's wrapper, or its number in the interpreted table."""
    return _entry(name)[0]
