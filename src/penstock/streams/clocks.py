"""Clock declarations: strictly ordered sequences of ticks of one key.

A tick's position is (time, phase, rank, seq). Phase 0: timed ticks stand before all events of their time.
Phase 1: events, and triggered ticks right after the event that caused them.
"""

from dataclasses import dataclass

from penstock.core.errors import DefinitionError
from penstock.core.intern import Interned
from penstock.core.schema import EventType
from penstock.core.time import Duration, duration, duration_text

START = Duration(0)

TIMED = 0
EVENT = 1


class Clock(metaclass=Interned):
    """A sequence of ticks. ``phase`` says whether it stands before or among the events of its time."""

    phase = EVENT

    @property
    def text(self) -> str:
        """The clock as it is written on the command line."""
        raise DefinitionError(f"{type(self).__name__}: a clock names itself, got no text")

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, eq=False, repr=False)
class Stream(Clock):
    """The ticks of one event stream; ``role`` names it in a view that has several of one type."""

    type: EventType
    role: str = ""

    @property
    def name(self) -> str:
        """The role, or the event type's name."""
        return self.role or self.type.name

    @property
    def text(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False, repr=False)
class Never(Clock):
    """A clock without ticks: as a ``reset`` it means that nothing is ever reset."""

    @property
    def text(self) -> str:
        return "never"


NEVER = Never()


@dataclass(frozen=True, eq=False, repr=False)
class AnyOf(Clock):
    """A tick at every event of any of these streams."""

    streams: tuple[Stream, ...]

    def __post_init__(self) -> None:
        if not self.streams:
            raise DefinitionError("AnyOf: at least one stream is needed, got none")

    @property
    def text(self) -> str:
        return f"any({','.join(stream.text for stream in self.streams)})"


@dataclass(frozen=True, eq=False, repr=False)
class Every(Clock):
    """A tick at each multiple of ``hop`` plus ``offset`` after the key's first event; it never skips."""

    hop: Duration
    offset: Duration = START

    phase = TIMED

    def __post_init__(self) -> None:
        check_width(self, "hop", self.hop, self.offset)

    @property
    def text(self) -> str:
        return f"every:{duration_text(self.hop)}" + (
            f"+{duration_text(self.offset)}" if self.offset else ""
        )


@dataclass(frozen=True, eq=False, repr=False)
class TimeBars(Clock):
    """A tick at the end of each interval [k*width, (k+1)*width) that holds an event of ``stream``."""

    width: Duration
    stream: Stream
    offset: Duration = START

    phase = TIMED

    def __post_init__(self) -> None:
        check_width(self, "width", self.width, self.offset)

    @property
    def text(self) -> str:
        offset = f"+{duration_text(self.offset)}" if self.offset else ""
        return f"bar:{duration_text(self.width)}{offset}({self.stream.text})"


def check_width(clock: Clock, name: str, width: int | str, offset: int | str) -> None:
    """Turn text into nanoseconds and refuse what is not positive."""
    for field, value in ((name, duration(width)), ("offset", duration(offset))):
        object.__setattr__(clock, field, value)
    if duration(width) <= 0:
        raise DefinitionError(f"{type(clock).__name__}: {name} must be positive, got {width!r}")
    if not 0 <= duration(offset) < duration(width):
        raise DefinitionError(
            f"{type(clock).__name__}: offset must be in [0, {name}), got {offset!r}"
        )
