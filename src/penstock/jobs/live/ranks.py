"""Which stream of a live view an event belongs to: by its type, and by its role where there are several of one."""

from collections.abc import Iterable, Mapping, Sequence

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType
from penstock.core.time import Duration
from penstock.events import Bar, Book, Quote, Trade
from penstock.streams import Stream

Silence = Duration | str | int
Idle = Silence | Mapping[EventType, Silence] | None


class Ranks:
    """The numbers of a plan's streams.

    Parameters
    ----------
    streams
        The streams in order.
    """

    def __init__(self, streams: Sequence[Stream]) -> None:
        self.streams = tuple(streams)
        self._ranks = {(s.type, s.role): rank for rank, s in enumerate(self.streams)}
        # hashing an event type is slow: the identity of the plan's own stands for it
        self._by_identity = {(id(s.type), s.role): rank for rank, s in enumerate(self.streams)}
        self._alone = {id(s.type): rank for rank, s in enumerate(self.streams) if not s.role}

    def find(self, type_: EventType, role: str) -> int | None:
        """The stream of an event; None where the view does not read it.

        Raises
        ------
        DefinitionError
            The view does not read it, but would have if it had been told of it.
        """
        rank = self._by_identity.get((id(type_), role)) if role else self._alone.get(id(type_))
        if rank is None:
            rank = self._ranks.get((type_, role))
        if rank is None:
            self._refuse(type_, role)
        return rank

    def named(self, type_: EventType, role: str) -> int:
        """The stream of a type; anything else is refused."""
        rank = self._ranks.get((type_, role))
        if rank is None:
            raise DefinitionError(
                f"Live: a stream of {', '.join(s.text for s in self.streams)} is needed, "
                f"got {role or type_.name}"
            )
        return rank

    def silences(self, given: Idle) -> list[Silence | None]:
        """``idle_after`` of each stream."""
        if not isinstance(given, Mapping):
            return [given] * len(self.streams)
        types = [stream.type for stream in self.streams]
        for type_ in given:
            if type_ not in types:
                raise DefinitionError(
                    f"Live: idle_after must be of {', '.join(t.name for t in types)}, got {type_.name}"
                )
        return [given.get(type_) for type_ in types]

    def _refuse(self, type_: EventType, role: str) -> None:
        """Events that the view does not read pass by; those that it would read, if it had been told, do not."""
        roles = [s.role for s in self.streams if s.type == type_ and s.role]
        if roles and not role:
            raise DefinitionError(
                f"Live: the view reads {type_.name} events in roles, got one without; offer it with role= one of "
                f"{', '.join(roles)}, or feed pairs (role, event)"
            )
        known = sorted({s.role for s in self.streams if s.role})
        if role and role not in known:
            raise DefinitionError(
                f"Live: a role must be one of the view's ({', '.join(known)}), got {role!r}"
            )
        stands_for = {Book: Quote, Trade: Bar}.get(type_)
        if (stands_for, role) in self._ranks:
            raise DefinitionError(
                f"Live: the view reads {stands_for.name} events, got {type_.name} events that could stand for them; "  # type: ignore[union-attr]
                f"name all types of the feed, {type_.name.title()} among them, with streams=(…)"
            )


def streams_of(given: Iterable[EventType | Stream]) -> list[Stream]:
    """Streams, of which those without a role may be named by their types."""
    return [one if isinstance(one, Stream) else Stream(one) for one in given]
