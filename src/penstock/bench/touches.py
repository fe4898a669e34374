"""Which events touch a column of a view: those at which something that it is made of is computed anew.

A copy touches nothing: a value that is sampled on the view's clock has a cell in every row, but is not computed there.
Nor does a trade touch a feature of bars: the bar that grows is one for all of them. A clock that
others trigger ticks with its source's events; one that is due by time has ticks of its own.
"""

from collections.abc import Callable

from penstock.expr import Expr, Operator, When
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.same import Same
from penstock.ops.session.ohlcv import Ohlcv
from penstock.plan import Plan
from penstock.plan.nodes import step
from penstock.plan.schedule import closure
from penstock.streams import AnyOf, Clock, Stream

SHARED = (AsOf, Same, Ohlcv)
Count = Callable[[Clock], int]


def touches(plan: Plan, count: Count) -> dict[str, int]:
    """For each column how many events touched it, by the ticks of streams and of clocks that are due by time."""
    sources = {name: sources_of(expr) for name, expr in plan.outputs}
    return {name: sum(map(count, clocks)) for name, clocks in sources.items()}


def sources_of(column: Expr) -> frozenset[Clock]:
    """The streams and the clocks due by time at whose ticks a column is computed."""
    found: set[Clock] = set()
    for node in closure([step(column)]):
        if isinstance(node, Operator) and not isinstance(node, SHARED) and node.clock is not None:
            found |= origins(node.clock)
    # a column that is nothing but a copy is touched where it comes from
    return frozenset(found) or frozenset(origins(column.clock) if column.clock else ())


def origins(clock: Clock) -> frozenset[Clock]:
    """What makes a clock tick."""
    if isinstance(clock, AnyOf):
        return frozenset(clock.streams)
    if isinstance(clock, When) and clock.condition.clock is not None:
        return origins(clock.condition.clock)
    return frozenset((clock,))


def counter(ticks: Count, events: dict[Stream, int]) -> Count:
    """Ticks of streams as they were pushed, of the others as the engine counted them."""
    return lambda clock: events.get(clock, 0) if isinstance(clock, Stream) else ticks(clock)
