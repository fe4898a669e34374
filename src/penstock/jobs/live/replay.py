"""Replay: recorded events at the pace at which they happened, or faster; the rows have the same bits at any pace."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

from penstock.core.errors import DefinitionError
from penstock.declare import View
from penstock.events import Event, Keys
from penstock.events.quarantine import Quarantine
from penstock.jobs.live.live import Live
from penstock.jobs.wiring import Sources, named, plan_of
from penstock.streams import Stream
from penstock.streams.merge import merge

MAX = "max"
InRole = tuple[str, Event]


class Pace:
    """Waits until events are due: event time runs ``speed`` times as fast as the clock, from the first event on.

    Who was late catches up: when an event is due depends on the first one, not on the one before.

    Parameters
    ----------
    speed
        1 is real time; ``"max"`` does not wait.
    now, sleep
        A monotonic clock in seconds, and how to wait so many.

    Attributes
    ----------
    behind
        Seconds by which the latest event was handed on after it was due.
    """

    def __init__(
        self,
        speed: float | str = MAX,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.speed = speed_of(speed)
        self.now, self.sleep, self.behind = now, sleep, 0.0
        self._origin: tuple[int, float] | None = None

    def wait(self, event_time: int) -> None:
        """Wait until an event of this time is due."""
        if self.speed is None:
            return
        if self._origin is None:
            self._origin = event_time, self.now()
        first, started = self._origin
        due = started + (event_time - first) / self.speed / 1e9
        left = due - self.now()
        if left > 0:
            self.sleep(left)
        self.behind = max(0.0, -left)


def speed_of(given: float | str) -> float | None:
    """How many times faster than the clock; None: do not wait.

    Examples
    --------
    >>> speed_of("60"), speed_of(0.5), speed_of("max")
    (60.0, 0.5, None)
    """
    if given == MAX:
        return None
    try:
        speed = float(given)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise DefinitionError(f"Replay: speed must be a positive number or 'max', got {given!r}")
    return speed


def recorded(view: View, sources: Sources, keys: Keys, quarantine: Quarantine) -> Iterator[InRole]:
    """The events of sources in order, one by one, each with its role."""
    plan, ranked = plan_of(view, sources)
    roles = [stream.role for stream in plan.streams]
    for merged in merge(ranked, keys, quarantine):
        for stream, row in zip(merged.streams.tolist(), merged.rows.tolist(), strict=True):
            yield roles[stream], Event(merged.blocks[stream], row)


def paced(events: Iterator[InRole], pace: Pace) -> Iterator[InRole]:
    """Events when they are due."""
    if pace.speed is None:
        yield from events
        return
    for role, event in events:
        pace.wait(int(event["time"]))
        yield role, event


def streams_given(sources: Sources) -> tuple[Stream, ...]:
    """The streams of sources, in their roles."""
    given = (Stream(type_, role) for role, source in named(sources) for type_ in source.types)
    return tuple(dict.fromkeys(given))


def replay(
    view: View,
    sources: Sources,
    *,
    speed: float | str = MAX,
    pace: Pace | None = None,
    quarantine: Quarantine | None = None,
    **options: Any,
) -> Live:
    """A live view over recorded sources; iterate it for its rows.

    Parameters
    ----------
    view
        Features, key and clock.
    sources
        One source, several, or sources by role.
    speed
        How many times faster than they happened events come: 1 is real time, ``"max"`` as fast as can be.
    pace
        What waits instead, with a clock of its own.
    quarantine
        Where bad rows go, and late events.
    options
        Those of :class:`Live`. With a ``snapshot`` the events that it has seen are passed by.

    Examples
    --------
    >>> import penstock as ps
    >>> from penstock.events.simulator import simulate
    >>> view = ps.View("last", {"price": ps.trade.price}, on="trade")
    >>> rows = replay(view, simulate(("ES",), seconds=20))
    >>> next(iter(rows)).key
    ('ES',)
    """
    aside = Quarantine() if quarantine is None else quarantine
    options.setdefault("rules", None)  # what reads the sources has checked the events
    made = Live(view, streams=streams_given(sources), quarantine=aside, **options)
    events = recorded(view, sources, made.keys, aside)
    pacing = Pace(speed) if pace is None else pace
    made.feed = paced(itertools.islice(events, made.offered, None), pacing)
    return made
