"""Pass 1: give every expression the view's clock and the streams that the source really has."""

import dataclasses
from collections.abc import Callable, Mapping

from penstock.core.errors import DefinitionError
from penstock.events import Bar, Book, Quote, Trade
from penstock.expr import VIEW, Column, Expr
from penstock.ops.book.level import Level
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
    from its first level.
    """
    on, bars = view_clock(on, streams)
    done: dict[object, object] = {}

    def leaf(node: Expr) -> Expr:
        return derive(node, streams, bars) if isinstance(node, Column) else node

    def clock(value: Clock) -> Clock:
        if value is VIEW:
            return on
        if isinstance(value, Stream) and value not in streams:
            return derived_clock(value, streams, bars)
        return value

    bound = [(name, rebuild(expr, done, leaf, clock)) for name, expr in columns.items()]
    return tuple((name, sampled(expr, on)) for name, expr in bound), on


def view_clock(on: Clock, streams: tuple[Stream, ...]) -> tuple[Clock, Clock | None]:
    """The view's clock in terms of the streams, and the clock of bars if they have to be made."""
    if not isinstance(on, Stream):
        for stream in lineage((on,)):
            if isinstance(stream, Stream) and stream not in streams:
                raise missing(stream, streams)
        return on, bar_clock(on)
    if on in streams:
        return on, None
    return derived_clock(on, streams, None), None


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
    if node.stream in streams:
        return node
    clock = derived_clock(node.stream, streams, bars)
    if node.stream.type is Quote:
        return Level(Column(clock, "levels"), level=0, field=node.name)
    trade = Stream(Trade, node.stream.role)
    made = Ohlcv(Column(trade, "price"), Column(trade, "size"), reset=clock)
    return sampled(made[node.name], clock)


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
