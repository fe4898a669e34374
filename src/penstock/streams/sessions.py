"""Clocks whose ticks end one session and begin the next."""

from dataclasses import dataclass

from penstock.core.arrays import I8
from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration_text
from penstock.streams.calendars import EDGES, check_calendar, instants
from penstock.streams.clocks import TIMED, AnyOf, Clock, Stream, positive


@dataclass(frozen=True, eq=False, repr=False)
class GapSession(Clock):
    """A tick at the end of each session: ``gap`` after its last event, or ``maximum`` after its first.

    The tick stands before the events of its time: an event exactly there begins the next session.
    """

    stream: Stream | AnyOf
    gap: Duration
    maximum: Duration | None = None

    phase = TIMED

    def __post_init__(self) -> None:
        if type(self.stream) not in (Stream, AnyOf):
            raise DefinitionError(
                f"GapSession: stream must be a stream or several (any), got {self.stream!r}"
            )
        object.__setattr__(self, "gap", positive(self, "gap", self.gap))
        if self.maximum is not None:
            object.__setattr__(self, "maximum", positive(self, "maximum", self.maximum))
            if self.maximum < self.gap:
                raise DefinitionError(
                    f"GapSession: maximum must be at least the gap of {duration_text(self.gap)}, "
                    f"got {duration_text(self.maximum)}"
                )

    @property
    def text(self) -> str:
        limit = "" if self.maximum is None else f";maximum={duration_text(self.maximum)}"
        return f"gap:{duration_text(self.gap)}{limit}({self.stream.text})"

    @property
    def parents(self) -> tuple[Clock, ...]:
        return (self.stream,)

    def hears(self, stream: Stream) -> bool:
        return stream is self.stream or stream in self.stream.parents


@dataclass(frozen=True, eq=False, repr=False)
class MarketSession(Clock):
    """A tick at each opening or closing of a market after the key's first event; holidays have none.

    Parameters
    ----------
    calendar
        ``24/7`` (days at 00:00 UTC), ``24/7@Europe/Berlin`` (days of a zone), or the code of an exchange such as
        ``XNYS``, which needs the extra ``calendars``.
    edge
        ``open``, ``close``, ``break_start`` or ``break_end``. A market that never closes opens and closes at once.
    """

    calendar: str
    edge: str = "open"

    phase = TIMED

    def __post_init__(self) -> None:
        if self.edge not in EDGES:
            raise DefinitionError(
                f"MarketSession: edge must be one of {', '.join(EDGES)}, got {self.edge!r}"
            )
        check_calendar(self.calendar)

    @property
    def text(self) -> str:
        return f"session:{self.calendar}:{self.edge}"

    @property
    def instants(self) -> I8:
        """The times of all ticks that the calendar knows."""
        return instants(self.calendar, self.edge)

    def hears(self, stream: Stream) -> bool:  # noqa: ARG002  (any event begins it)
        return True
