"""Run the passes."""

from collections.abc import Mapping

from penstock.core.errors import DefinitionError
from penstock.expr import Expr, Operator
from penstock.ops.elementwise.same import Same
from penstock.plan.bind import bind
from penstock.plan.freeze import verify_windows
from penstock.plan.memory import memory
from penstock.plan.nodes import ClockColumn, step
from penstock.plan.panes import panes
from penstock.plan.plan import Plan, value
from penstock.plan.schedule import clocks_of, closure, schedule
from penstock.plan.simplify import simplify
from penstock.plan.verify import verify, verify_outputs, verify_sources, verify_tables
from penstock.plan.warmup import warmups
from penstock.streams import Clock, Route, Stream, lineage


def build(
    columns: Mapping[str, Expr],
    on: Clock,
    streams: tuple[Stream, ...],
    routes: tuple[Route, ...] = (),
) -> Plan:
    """The plan of a view's columns over the streams of a source, and over the copies of them that routes make.

    Raises
    ------
    DefinitionError
        A stream is missing, clocks are mixed, or a column is not one number per tick.
    """
    if not columns:
        raise DefinitionError("View: at least one column is needed, got none")
    copies = roles(streams, routes)
    outputs, on = bind(columns, on, (*streams, *copies))
    verify_windows(outputs)
    verify_outputs(outputs, on)
    # the clock's own column is rewritten with the others: a condition may get simpler too
    *outputs, (_, told) = simplify(panes((*outputs, ("", ClockColumn(on, "time")))))
    outputs, on = tuple(outputs), told.clock or on
    verify_outputs(outputs, on)
    verify_sources(outputs)
    verify_tables(outputs)
    warm = warmups(outputs)
    outputs = place(outputs, on)
    nodes = closure([ClockColumn(on, "time"), *(step(expr) for _, expr in outputs)])
    clocks = clocks_of(nodes, on)
    specs, retention = memory(nodes, clocks)
    named = lineage(clocks)
    copies = tuple(stream for stream in copies if stream in named)
    copied = {stream.type for stream in copies}
    used = tuple(s for s in streams if s in named or (not s.role and s.type in copied))
    unread = frozenset(used).difference(named)
    steps = schedule(nodes)
    plan = Plan(
        outputs, on, used, clocks, nodes, steps, specs, retention, warm, routes, copies, unread
    )
    verify(plan)
    return plan


def roles(streams: tuple[Stream, ...], routes: tuple[Route, ...]) -> tuple[Stream, ...]:
    """The streams that routes make of those that enter."""
    names = dict.fromkeys(route.role for route in routes)
    made = tuple(Stream(s.type, role) for role in names for s in streams if not s.role)
    twice = [stream.text for stream in made if stream in streams]
    if twice:
        raise DefinitionError(
            f"View: a role must be a source's or a route's, got {twice[0]!r} of both"
        )
    return made


def place(outputs: tuple[tuple[str, Expr], ...], on: Clock) -> tuple[tuple[str, Expr], ...]:
    """Pass 4: the output row is contiguous, so each of its cells is written by exactly one step.

    An operator's output goes there directly. A source column, a constant, a value that is read back over time, and
    a second name of one value are copied.
    """
    nodes = closure([step(expr) for _, expr in outputs])
    specs, _ = memory(nodes, clocks_of(nodes, on))
    seen: set[tuple[Expr, str]] = set()
    placed = []
    for name, expr in outputs:
        key = value(expr)
        copied = not isinstance(key[0], Operator) or specs[key].lookback or specs[key].windowed
        cell = Same(expr, on=on) if copied else expr
        while value(cell) in seen:
            cell = Same(cell, on=on)
        seen.add(value(cell))
        placed.append((name, cell))
    return tuple(placed)
