"""From a view and its sources to an engine."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType
from penstock.declare import View
from penstock.events import EVENT_TYPES, Bar, Book, Quote, Trade
from penstock.events.readers import open_source
from penstock.events.source import Source
from penstock.expr import Column, walk
from penstock.plan import Plan, build
from penstock.streams import Stream, lineage

One = Source | str | Path
Sources = One | Sequence[One] | Mapping[str, One]


def named(sources: Sources) -> list[tuple[str, Source]]:
    """Sources with the role each plays; without roles the streams are named by their types."""
    if isinstance(sources, Mapping):
        return [(role, opened(source)) for role, source in sources.items()]
    if isinstance(sources, Sequence) and not isinstance(sources, str):
        return [("", opened(source)) for source in sources]
    return [("", opened(sources))]


def opened(source: One) -> Source:
    """A source, or the file of that name opened by its extension."""
    return open_source(source) if isinstance(source, str | Path) else source


def by_rank(streams: Iterable[Stream]) -> tuple[Stream, ...]:
    """Streams in the order in which their events of one time enter: types as declared, trades before books.

    A trade's book is that before the trade, whatever order files were named in. Other types come first: what another
    view or a group made of the past stands before the events of its time.
    """
    declared = {type_: i for i, type_ in enumerate(EVENT_TYPES)}
    return tuple(sorted(dict.fromkeys(streams), key=lambda stream: declared.get(stream.type, -1)))


Ranked = list[tuple[Source, dict[EventType, int]]]


def plan_of(view: View, sources: Sources) -> tuple[Plan, Ranked]:
    """The plan of a view over sources, and each source with the places of its streams in the plan."""
    given = streams_of(view, sources)
    plan = build(view.columns(), view.on, given, view.routes)  # type: ignore[arg-type]
    return plan, ranked(sources, plan.streams)


def streams_of(view: View, sources: Sources) -> tuple[Stream, ...]:
    """The streams that sources give, by rank."""
    given = [Stream(type_, role) for role, source in named(sources) for type_ in source.types]
    if not given:
        raise DefinitionError(f"View {view.name}: at least one source is needed, got none")
    return by_rank(given)


def ranked(sources: Sources, streams: Sequence[Stream]) -> Ranked:
    """Each source with the places of its streams among those that are read.

    Where one source gives a stream alone and another gives it beside others (a file of trades, and a file of
    books that reports trades too), the one that gives it alone is read: events are not counted twice.
    """
    played = named(sources)
    given = [(Stream(type_, role), source) for role, source in played for type_ in source.types]
    slots = {stream: i for i, stream in enumerate(streams)}
    alone = {stream for stream, source in given if len(source.types) == 1}
    return [
        (
            source,
            {
                stream.type: slots[stream]
                for stream in (Stream(type_, role) for type_ in source.types)
                if stream in slots and (len(source.types) == 1 or stream not in alone)
            },
        )
        for role, source in played
    ]


def named_streams(view: View) -> tuple[Stream, ...]:
    """The streams that a view's columns and clock name.

    Where books are named too, quotes are those of the books; where trades are, bars are made from them, unless the
    view ticks on the bars of the feed.
    """
    found: dict[Stream, None] = {}
    for node in walk(view.columns().values()):
        if isinstance(node, Column):
            found[node.stream] = None
    for clock in lineage((view.on,)):  # type: ignore[arg-type]
        if isinstance(clock, Stream):
            found[clock] = None
    routed = {route.role for route in view.routes}
    found = dict.fromkeys(Stream(s.type) if s.role in routed else s for s in found)
    for made, source in ((Quote, Book), (Bar, Trade)):
        if Stream(source) in found and view.on is not Stream(made):
            found.pop(Stream(made), None)
    return by_rank(found)
