"""Admission of a live feed: the watermark, idle streams, waiting for stragglers.

With lateness 0 an event is admitted at once. With lateness d events wait until the watermark has passed them, and
leave in the order (time, rank, arrival). The watermark is the smallest, over the streams that are not idle, of the
latest time seen less d: no event before it is expected. What comes all the same is late.
"""

import heapq
from collections.abc import Iterator

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.events import Event

BEGINNING = -(1 << 63)


class Admission:
    """The order in which events of several streams enter the engine.

    Parameters
    ----------
    streams
        How many streams there are; their numbers are their ranks.
    lateness
        How much event time to wait for stragglers.

    Attributes
    ----------
    late
        Events that came after the watermark had passed them.
    """

    def __init__(self, streams: int, lateness: Duration | str | int = 0) -> None:
        self.lateness = duration(lateness)
        if self.lateness < 0:
            raise DefinitionError(f"Admission: lateness must not be negative, got {lateness!r}")
        self.late = 0
        self._seen = [BEGINNING] * streams
        self._idle = [False] * streams
        self._floor = BEGINNING
        self._waiting: list[tuple[int, int, int, Event]] = []
        self._arrivals = 0

    @property
    def watermark(self) -> int:
        """No event before it is expected."""
        active = [time for time, idle in zip(self._seen, self._idle, strict=True) if not idle]
        lowest = min(active, default=max(self._seen))
        return max(self._floor, lowest - self.lateness if lowest > BEGINNING else BEGINNING)

    @property
    def latest(self) -> int | None:
        """The latest time seen or advanced to; None before the first."""
        latest = max([self._floor, *self._seen])
        return latest if latest > BEGINNING else None

    def __len__(self) -> int:
        return len(self._waiting)

    def idle(self, rank: int) -> Iterator[tuple[int, Event]]:
        """Declare a stream idle until its next event: the watermark does not wait for it."""
        self._idle[rank] = True
        yield from self._release()

    def offer(self, rank: int, event: Event) -> Iterator[tuple[int, Event]]:
        """Take an event in; gives the events that may enter now, with their ranks."""
        time = int(event["time"])
        self._idle[rank] = False
        # without lateness one stream may run ahead of another: only what was said counts
        if time < (self.watermark if self.lateness else self._floor):
            self.late += 1
            return
        self._seen[rank] = max(self._seen[rank], time)
        if self.lateness == 0:
            yield rank, event
            return
        heapq.heappush(self._waiting, (time, rank, self._arrivals, event))
        self._arrivals += 1
        yield from self._release()

    def advance(self, until: int) -> Iterator[tuple[int, Event]]:
        """Say that no event before ``until`` is to come."""
        self._floor = max(self._floor, until)
        yield from self._release()

    def close(self) -> Iterator[tuple[int, Event]]:
        """Say that nothing is to come."""
        while self._waiting:
            _, rank, _, event = heapq.heappop(self._waiting)
            yield rank, event

    def _release(self) -> Iterator[tuple[int, Event]]:
        watermark = self.watermark
        while self._waiting and self._waiting[0][0] < watermark:
            _, rank, _, event = heapq.heappop(self._waiting)
            yield rank, event
