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
from penstock.plan.verify import verify, verify_outputs, verify_sources
from penstock.plan.warmup import warmups
from penstock.streams import Clock, Stream, lineage


def build(columns: Mapping[str, Expr], on: Clock, streams: tuple[Stream, ...]) -> Plan:
    """The plan of a view's columns over the streams of a source.

    Raises
    ------
    DefinitionError
        A stream is missing, clocks are mixed, or a column is not one number per tick.
    """
    if not columns:
        raise DefinitionError("View: at least one column is needed, got none")
    outputs, on = bind(columns, on, streams)
    verify_windows(outputs)
    verify_outputs(outputs, on)
    outputs = simplify(panes(outputs))
    verify_outputs(outputs, on)
    verify_sources(outputs)
    warm = warmups(outputs)
    outputs = place(outputs, on)
    nodes = closure([ClockColumn(on, "time"), *(step(expr) for _, expr in outputs)])
    clocks = clocks_of(nodes, on)
    specs, retention = memory(nodes, clocks)
    named = lineage(clocks)
    used = tuple(stream for stream in streams if stream in named)
    plan = Plan(outputs, on, used, clocks, nodes, schedule(nodes), specs, retention, warm)
    verify(plan)
    return plan


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
