"""Streams by attribute: ``trade.price`` is the column of that name."""

from dataclasses import dataclass

from penstock.core.schema import EventType
from penstock.expr.expression import Column
from penstock.streams import Stream


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a stream.

    Examples
    --------
    >>> from penstock.events import Trade
    >>> columns(Trade).price
    trade.price
    >>> columns(Trade, role="spot").price
    spot.price
    """

    stream: Stream

    def __getattr__(self, name: str) -> Column:
        if name.startswith("__"):  # what copy and pickle ask for
            raise AttributeError(name)
        return Column(self.stream, name)


def columns(type_: EventType, role: str = "") -> Columns:
    """The columns of an event type's stream, in a role if a view has several of one type."""
    return Columns(Stream(type_, role))
