"""What the options of a live view mean, and what they refuse."""

from collections.abc import Mapping, Sequence

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType
from penstock.core.time import Duration
from penstock.declare import View
from penstock.streams import Stream

Silence = Duration | str | int
Idle = Silence | Mapping[EventType, Silence] | None


def refuse_served(view: View) -> None:
    """A row that was served cannot be taken back."""
    if view.served:
        raise DefinitionError(
            f"Live: on_late='rebuild' is for views that are not served, got {view.name!r}, which is"
        )
    if view.routes:  # an event that enters several keys cannot be put in its place in one
        raise DefinitionError(
            f"Live: on_late='rebuild' is for views without routes, got {len(view.routes)} of {view.name!r}"
        )


def silences(given: Idle, streams: Sequence[Stream]) -> list[Silence | None]:
    """``idle_after`` of each stream."""
    if not isinstance(given, Mapping):
        return [given] * len(streams)
    types = [stream.type for stream in streams]
    for type_ in given:
        if type_ not in types:
            raise DefinitionError(
                f"Live: idle_after must be of {', '.join(t.name for t in types)}, got {type_.name}"
            )
    return [given.get(type_) for type_ in types]
