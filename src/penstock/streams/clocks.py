"""Clock declarations: strictly ordered sequences of ticks of one key.

A tick's position is (time, phase, rank, seq). Phase 0: timed ticks stand before all events of their time.
Phase 1: events, and triggered ticks right after the event that caused them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from penstock.core.errors import DefinitionError
from penstock.core.intern import Interned
from penstock.core.schema import EventType
from penstock.core.time import Duration, duration, duration_text
from penstock.events.types import Bar

START = Duration(0)

TIMED = 0
EVENT = 1


class Clock(metaclass=Interned):
    """A sequence of ticks. ``phase`` says whether it stands before or among the events of its time."""

    phase = EVENT

    @property
    def armed(self) -> bool:
        """Whether ticks are made at times, ahead of the events of their time."""
        return self.phase == TIMED

    @property
    def text(self) -> str:
        """The clock as it is written on the command line."""
        raise DefinitionError(f"{type(self).__name__}: a clock names itself, got no text")

    @property
    def parents(self) -> "tuple[Clock, ...]":
        """The clocks that it is made of."""
        return ()

    def hears(self, stream: "Stream") -> bool:  # noqa: ARG002  (clocks that listen override it)
        """Whether an event of a stream may set when this timed clock ticks next."""
        return False

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

    @property
    def parents(self) -> tuple[Clock, ...]:
        return self.streams


@dataclass(frozen=True, eq=False, repr=False)
class Every(Clock):
    """A tick at each multiple of ``hop`` plus ``offset`` after the key's first event; it never skips.

    With ``idle`` the clock listens to ``stream`` alone: it begins with the stream's first event, makes its last tick
    once the latest event is older than ``idle``, and goes on at the first multiple after the next one.
    """

    hop: Duration
    offset: Duration = START
    # fields that came later are left out of a fingerprint at their defaults
    idle: Duration | None = field(default=None, metadata={"later": True})
    stream: Stream | None = field(default=None, metadata={"later": True})

    phase = TIMED

    def __post_init__(self) -> None:
        check_width(self, "hop", self.hop, self.offset)
        if (self.idle is None) != (self.stream is None):
            raise DefinitionError(
                "Every: idle and the stream whose events keep it awake go together, "
                f"got idle={self.idle!r} and stream={self.stream!r}"
            )
        if self.idle is not None:
            object.__setattr__(self, "idle", positive(self, "idle", self.idle))

    @property
    def text(self) -> str:
        sleeps = (
            ""
            if self.idle is None or self.stream is None
            else f";idle={duration_text(self.idle)}({self.stream.text})"
        )
        return f"every:{duration_text(self.hop)}{offset_text(self.offset)}{sleeps}"

    @property
    def parents(self) -> tuple[Clock, ...]:
        return () if self.stream is None else (self.stream,)

    def hears(self, stream: Stream) -> bool:
        return self.stream is None or self.stream is stream


@dataclass(frozen=True, eq=False, repr=False)
class TimeBars(Clock):
    """A tick at the end of each interval [k*width, (k+1)*width) that holds an event of ``stream``.

    Events that are bars are stamped at their end, so there an interval is (k*width, (k+1)*width]: a bar that ends with
    it makes the tick, at its own position. Where that one is missing, the tick comes a nanosecond after the end.
    """

    width: Duration
    stream: Stream
    offset: Duration = START

    def __post_init__(self) -> None:
        check_width(self, "width", self.width, self.offset)

    @property
    def of_bars(self) -> bool:
        """Whether the events are bars themselves."""
        return self.stream.type is Bar

    @property
    def phase(self) -> int:
        """Bars of bars stand among the events: they hold what is stamped at their end."""
        return EVENT if self.of_bars else TIMED

    @property
    def armed(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return f"bar:{duration_text(self.width)}{offset_text(self.offset)}({self.stream.text})"

    @property
    def parents(self) -> tuple[Clock, ...]:
        return (self.stream,)

    def hears(self, stream: Stream) -> bool:
        return self.stream is stream


@dataclass(frozen=True, eq=False, repr=False)
class Delay(Clock):
    """A timed tick ``by`` after each tick of another clock.

    Ticks of one time stay as many and in their order; the last of them stands with the other timed ticks of its time,
    the one before it one position earlier, and so on.
    """

    of: Clock
    by: Duration

    phase = TIMED

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", positive(self, "by", self.by))
        if isinstance(self.of, Never):
            raise DefinitionError(f"Delay: a clock that ticks is needed, got {self.of.text}")

    @property
    def text(self) -> str:
        return f"delay:{duration_text(self.by)}({self.of.text})"

    @property
    def parents(self) -> tuple[Clock, ...]:
        return (self.of,)


def lineage(clocks: Iterable[Clock]) -> tuple[Clock, ...]:
    """Clocks and, below them, the clocks that they are made of."""
    found: dict[Clock, None] = {}
    waiting = list(clocks)
    while waiting:
        clock = waiting.pop()
        if clock not in found:
            found[clock] = None
            waiting.extend(clock.parents)
    return tuple(found)


def offset_text(offset: int) -> str:
    """An offset as it is written after a width; nothing where there is none."""
    return f"+{duration_text(offset)}" if offset else ""


def positive(clock: Clock, name: str, width: int | str) -> Duration:
    """A duration above 0; anything else is refused."""
    if duration(width) <= 0:
        raise DefinitionError(f"{type(clock).__name__}: {name} must be positive, got {width!r}")
    return duration(width)


def check_width(clock: Clock, name: str, width: int | str, offset: int | str) -> None:
    """Turn text into nanoseconds and refuse what is not positive."""
    object.__setattr__(clock, name, positive(clock, name, width))
    object.__setattr__(clock, "offset", duration(offset))
    if not 0 <= duration(offset) < duration(width):
        raise DefinitionError(
            f"{type(clock).__name__}: offset must be in [0, {name}), got {offset!r}"
        )
