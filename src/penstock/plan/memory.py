"""Pass 6: how much of each column must be kept.

Windows of time are kept apart by how far back they are read: a column that an as-of reads needs its last tick, however
long the longest window of its clock is. Columns that one operator reads together are kept alike, since its kernel
counts their ticks from one first tick; the clock's times are kept as long as the longest of all.
"""

from collections.abc import Iterable

from penstock.expr import Constant, Expr, Operator, operand_names
from penstock.plan.nodes import ClockColumn, Fire, helpers, ticking
from penstock.plan.plan import ColumnSpec, value
from penstock.streams import Clock, Delay, Every, TimeBars

Key = tuple[Expr, str]


def memory(
    nodes: Iterable[Expr], clocks: Iterable[Clock]
) -> tuple[dict[Key, ColumnSpec], dict[Clock, int]]:
    """The look-back of every column, and the time window of every clock that is read across time or clocks."""
    table = _Table()
    for clock in clocks:
        table.need(ClockColumn(clock, "time"), 0, windowed=False)
        if isinstance(
            clock, Delay
        ):  # what has not ticked yet is read from the delayed clock's times
            table.keep(clock.of, clock.by + 1)
    for node in nodes:
        table.read(node)
    for clock in table.retention:
        table.need(ClockColumn(clock, "time"), 1, windowed=True)
    for key, spec in table.specs.items():
        if isinstance(key[0], Constant):
            table.specs[key] = ColumnSpec(spec.lookback, windowed=False)
        elif isinstance(key[0], ClockColumn):
            longest = table.retention.get(key[0].of, 0) if spec.windowed else 0
            table.specs[key] = ColumnSpec(spec.lookback, spec.windowed, longest)
        else:
            kept = table.kept.get(table.together(key), 0)
            table.specs[key] = ColumnSpec(spec.lookback, spec.windowed, kept)
    return table.specs, table.retention


class _Table:
    """What has been asked of each column and clock so far."""

    def __init__(self) -> None:
        self.specs: dict[Key, ColumnSpec] = {}
        self.retention: dict[Clock, int] = {}
        self.kept: dict[
            Key, int
        ] = {}  # retention of columns that are read together, by one of them
        self._with: dict[Key, Key] = {}

    def need(self, node: Expr, lookback: int, *, windowed: bool) -> None:
        """Note that a column is read this far back."""
        old = self.specs.get(value(node), ColumnSpec())
        self.specs[value(node)] = ColumnSpec(max(old.lookback, lookback), old.windowed or windowed)

    def keep(self, clock: Clock, retention: int) -> None:
        """Note that a clock's ticks are read this many nanoseconds back."""
        self.retention[clock] = max(self.retention.get(clock, 0), retention)

    def together(self, key: Key) -> Key:
        """The one that stands for all columns that are read together with a column."""
        while key in self._with:
            key = self._with[key]
        return key

    def join(self, keys: list[Key], retention: int) -> None:
        """Note that columns are read together, this many nanoseconds back."""
        first, *others = dict.fromkeys(map(self.together, keys))
        for other in others:
            self._with[other] = first
        self.kept[first] = max(retention, *(self.kept.get(key, 0) for key in (first, *others)))

    def read(self, node: Expr) -> None:
        """Note what a step writes and reads."""
        if isinstance(node, Fire):
            self.need(node.of.condition, 0, windowed=False)
        else:
            for output in getattr(node, "outputs", ("out",)):
                self.specs.setdefault((node, output), ColumnSpec())
        if isinstance(node, Operator):
            for name in operand_names(type(node)):
                windowed = node.windowed and name not in node.queries
                lookback = max(node.lookback, int(windowed))
                self.need(getattr(node, name), lookback, windowed=windowed)
            if node.windowed:
                source = ticking(node.source)
                self.keep(source, window(node, source))
                keys = [value(x) for x in node.operands if not isinstance(x, Constant)]
                self.join(keys, window(node, source))
        for helper in helpers(node):
            self.need(helper, 0, windowed=False)


def window(node: Operator, source: Clock) -> int:
    """Nanoseconds of source ticks that a windowed operator may still read.

    On its own clock a value is consumed at once: the window is enough. On another clock the values of the last
    window may have to be subtracted at a tick up to one window later (``ops/window``): two windows, or the window
    and one hop. One that reads a tick once (``ops/pane``) needs those since its last tick. What waits for a delayed
    clock needs those of the delay. One nanosecond more covers the phase rule.
    """
    if node.caused and isinstance(node.clock, Delay):
        return node.clock.by + 1
    if node.retention == 0:
        return 0
    if node.clock is source:
        return node.retention + 1
    clock, hop = node.clock, node.retention
    if isinstance(clock, Every) and clock.idle is None:
        hop = clock.hop
    elif (
        node.reads_once
        and isinstance(clock, TimeBars)
        and clock.stream is source
        and not clock.of_bars
    ):
        hop = clock.width  # no interval with a tick is skipped
    read_again = 0 if node.reads_once else node.retention
    return read_again + min(hop, node.retention) + 1
