"""From a view and its sources to an engine."""

from collections.abc import Mapping, Sequence

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType
from penstock.declare import View
from penstock.events.source import Source
from penstock.plan import Plan, build
from penstock.streams import Stream

Sources = Source | Sequence[Source] | Mapping[str, Source]


def named(sources: Sources) -> list[tuple[str, Source]]:
    """Sources with the role each plays; without roles the streams are named by their types."""
    if isinstance(sources, Mapping):
        return list(sources.items())
    if isinstance(sources, Sequence):
        return [("", source) for source in sources]
    return [("", sources)]


def plan_of(view: View, sources: Sources) -> tuple[Plan, list[tuple[Source, dict[EventType, int]]]]:
    """The plan of a view over sources, and each source with the places of its streams in the plan."""
    streams: dict[Stream, None] = {}
    for role, source in named(sources):
        for type_ in source.types:
            streams[Stream(type_, role)] = None
    if not streams:
        raise DefinitionError(f"View {view.name}: at least one source is needed, got none")
    plan = build(view.columns(), view.on, tuple(streams))  # type: ignore[arg-type]
    slots = {stream: i for i, stream in enumerate(plan.streams)}
    ranked = []
    for role, source in named(sources):
        places = {
            type_: slots[Stream(type_, role)]
            for type_ in source.types
            if Stream(type_, role) in slots
        }
        ranked.append((source, places))
    return plan, ranked
