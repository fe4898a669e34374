"""Pass 6: how much of each column must be kept."""

from collections.abc import Iterable

from penstock.expr import Constant, Expr, Operator
from penstock.plan.nodes import ClockColumn, Fire, Visible, helpers
from penstock.plan.plan import ColumnSpec, value
from penstock.streams import Clock, Every


def memory(
    nodes: Iterable[Expr], clocks: Iterable[Clock]
) -> tuple[dict[tuple[Expr, str], ColumnSpec], dict[Clock, int]]:
    """The look-back of every column, and the time window of every clock that is read across time or clocks."""
    specs: dict[tuple[Expr, str], ColumnSpec] = {}
    retention: dict[Clock, int] = {}

    def need(node: Expr, lookback: int, windowed: bool) -> None:  # noqa: FBT001
        old = specs.get(value(node), ColumnSpec())
        specs[value(node)] = ColumnSpec(max(old.lookback, lookback), old.windowed or windowed)

    for clock in clocks:
        need(ClockColumn(clock, "time"), 0, windowed=False)
    for node in nodes:
        for output in getattr(node, "outputs", ("out",)) if not isinstance(node, Fire) else ():
            specs.setdefault((node, output), ColumnSpec())
        if isinstance(node, Fire):
            need(node.of.condition, 0, windowed=False)
        if isinstance(node, Operator):
            for operand in node.operands:
                need(operand, max(node.lookback, int(node.windowed)), node.windowed)
            if node.windowed:
                source: Clock = node.source  # type: ignore[assignment]
                retention[source] = max(retention.get(source, 0), window(node, source))
        for helper in helpers(node):
            need(helper, 0, windowed=False)
    for clock in retention:
        need(ClockColumn(clock, "time"), 1, windowed=True)
    for node, name in list(specs):
        if isinstance(node, Constant):
            specs[node, name] = ColumnSpec(specs[node, name].lookback, windowed=False)
    return specs, retention


def window(node: Operator, source: Clock) -> int:
    """Nanoseconds of source ticks that a windowed operator may still read.

    On its own clock a value is consumed at once: the window is enough. On another clock the values of the last
    window may have to be subtracted at a tick up to one window later (``ops/window``): two windows, or the window
    and one hop. One nanosecond more covers the phase rule.
    """
    if node.retention == 0:
        return 0
    if node.clock is source:
        return node.retention + 1
    hop = node.clock.hop if isinstance(node.clock, Every) else node.retention
    return node.retention + min(hop, node.retention) + 1
