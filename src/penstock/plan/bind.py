"""Pass 1: give every expression the view's clock and the streams that the source really has."""

import dataclasses
from collections.abc import Callable, Mapping

from penstock.core.errors import DefinitionError
from penstock.core.schema import RECEIVE
from penstock.events import Bar, Book, Quote, Trade
from penstock.expr import VIEW, Column, Expr, Timeframe
from penstock.ops.book.level import Level
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.session.first_since import FirstSince
from penstock.ops.session.max_since import MaxSince
from penstock.ops.session.min_since import MinSince
from penstock.ops.session.ohlcv import Ohlcv
from penstock.plan.nodes import sampled
from penstock.streams import AnyOf, Clock, Every, Stream, TimeBars, lineage

Rewrite = Callable[[Expr], Expr]


def rebuild(
    node: Expr, done: dict[object, object], leaf: Rewrite, clock: Callable[[Clock], Clock]
) -> Expr:
    """A node with its operands and clocks replaced, each node once."""
    if node not in done:
        changed = leaf(node)
        if changed is not node:
            done[node] = changed
        else:
            fields = {}
            for field in dataclasses.fields(node):  # type: ignore[arg-type]
                value = getattr(node, field.name)
                if isinstance(value, Expr):
                    value = rebuild(value, done, leaf, clock)
                elif isinstance(value, Clock):
                    value = rebuild_clock(value, done, leaf, clock)
                fields[field.name] = value
            same = all(getattr(node, name) is value for name, value in fields.items())
            done[node] = node if same else type(node)(**fields)
    return done[node]  # type: ignore[return-value]


def rebuild_clock(
    value: Clock, done: dict[object, object], leaf: Rewrite, clock: Callable[[Clock], Clock]
) -> Clock:
    """A clock with the condition that triggers it replaced too."""
    value = clock(value)
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}  # type: ignore[arg-type]
    for name, part in fields.items():
        if isinstance(part, Expr):
            fields[name] = rebuild(part, done, leaf, clock)
        elif isinstance(part, Clock):
            fields[name] = rebuild_clock(part, done, leaf, clock)
    return type(value)(**fields)


def bind(
    columns: Mapping[str, Expr], on: Clock, streams: tuple[Stream, ...]
) -> tuple[tuple[tuple[str, Expr], ...], Clock]:
    """The view's columns with VIEW resolved, missing streams derived and every column on the view's clock.

    A source of trades without bars gives bars on the view's clock; a source of books without quotes gives quotes
    from its first level. A column in another timeframe is bound to the timeframe's clock, and sampled.
    """
    binders: dict[Clock, Binder] = {}

    def bound(expr: Expr, clock: Clock) -> Expr:
        if clock not in binders:
            binders[clock] = Binder(clock, streams, bound)
        return binders[clock](expr)

    binder = binders[on] = Binder(on, streams, bound)
    return tuple((name, binder(expr)) for name, expr in columns.items()), binder.on


class Binder:
    """Gives expressions one clock and the streams that the source really has, each node once."""

    def __init__(
        self, on: Clock, streams: tuple[Stream, ...], bound: Callable[[Expr, Clock], Expr]
    ) -> None:
        self.on, self.bars = view_clock(on, streams)
        self.streams, self.bound = streams, bound
        self.done: dict[object, object] = {}

    def __call__(self, expr: Expr) -> Expr:
        return sampled(rebuild(expr, self.done, self.leaf, self.clock), self.on)

    def leaf(self, node: Expr) -> Expr:
        """A node with nothing below it that stands in for this one; the node itself where it stays."""
        if isinstance(node, Timeframe):
            return sampled(self.bound(node.x, node.on), self.on)
        return derive(node, self.streams, self.bars) if isinstance(node, Column) else node

    def clock(self, value: Clock) -> Clock:
        """The clock that stands in for this one."""
        if value is VIEW:
            return self.on
        if isinstance(value, Stream) and value not in self.streams:
            return derived_clock(value, self.streams, self.bars)
        return value


def view_clock(on: Clock, streams: tuple[Stream, ...]) -> tuple[Clock, Clock | None]:
    """The view's clock in terms of the streams, and the clock of bars if they have to be made."""
    if isinstance(on, TimeBars) and on.stream not in streams:
        on = of_bars(on, streams)
    if not isinstance(on, Stream):
        for stream in lineage((on,)):
            if isinstance(stream, Stream) and stream not in streams:
                raise missing(stream, streams)
        return on, bar_clock(on)
    if on in streams:
        return on, None
    return derived_clock(on, streams, None), None


def of_bars(on: TimeBars, streams: tuple[Stream, ...]) -> TimeBars:
    """Bars of the source's shorter bars, where there are no events to make them from."""
    bars = Stream(Bar, on.stream.role)
    return TimeBars(on.width, bars, on.offset) if bars in streams else on


def bar_clock(on: Clock) -> Clock | None:
    """The clock of bars that a view's clock asks for; ``every`` samples bars that skip empty intervals."""
    if isinstance(on, Every):
        return TimeBars(on.hop, Stream(Trade), on.offset)
    return None if isinstance(on, AnyOf) else on


def derived_clock(stream: Stream, streams: tuple[Stream, ...], bars: Clock | None) -> Clock:
    """The clock that stands in for a stream that the source lacks."""
    if stream.type is Quote and Stream(Book, stream.role) in streams:
        return Stream(Book, stream.role)
    if stream.type is Bar and bars is not None and Stream(Trade, stream.role) in streams:
        return bars
    raise missing(stream, streams)


def derive(node: Column, streams: tuple[Stream, ...], bars: Clock | None) -> Expr:
    """A column of a stream that the source lacks, from one that it has."""
    received = node.name == RECEIVE.name
    if node.stream in streams:
        if isinstance(bars, TimeBars) and bars.of_bars and bars.stream is node.stream:
            return no_receipt(node) if received else longer_bar(node, bars)
        return node
    clock = derived_clock(node.stream, streams, bars)
    if received:
        return Column(clock, node.name) if isinstance(clock, Stream) else no_receipt(node)
    if node.stream.type is Quote:
        return Level(Column(clock, "levels"), level=0, field=node.name)
    trade = Stream(Trade, node.stream.role)
    made = Ohlcv(Column(trade, "price"), Column(trade, "size"), reset=clock)
    return sampled(made[node.name], clock)


def longer_bar(node: Column, bars: Clock) -> Expr:
    """A column of the bars that other bars make together."""
    match node.name:
        case "open":
            made = FirstSince(node, reset=bars)
        case "high":
            made = MaxSince(node, reset=bars)
        case "low":
            made = MinSince(node, reset=bars)
        case "close":
            made = node
        case _:  # volume and trades add up; one that is not known in any of the bars is not known
            made = CumulativeSum(node, reset=bars) + 0.0 * FirstSince(node, reset=bars)
    return sampled(made, bars)


def no_receipt(node: Column) -> Expr:
    """Refuse the time of receipt of a bar that other events make: each of them has its own."""
    raise DefinitionError(
        f"View: {RECEIVE.name} must be of events that a source has, got {node.text} of bars that are made of others; "
        "ask the events themselves"
    )


def missing(stream: Stream, streams: tuple[Stream, ...]) -> DefinitionError:
    """What to say about a stream that nothing provides."""
    have = ", ".join(s.text for s in streams) or "none"
    hint = (
        "; bars are made from trades with a view on=bar:1m, every:… or tick:…"
        if stream.type is Bar
        else ""
    )
    return DefinitionError(
        f"View: the stream {stream.text!r} is needed, got a source of {have}{hint}"
    )
