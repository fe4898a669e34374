"""Admission of a live feed: the watermark, idle streams, waiting for stragglers.

With lateness 0 an event is admitted at once. With lateness d events wait until the watermark has passed them, and
leave in the order (time, rank, arrival). The watermark is the smallest, over the streams that are not idle, of the
latest time seen less d: no event before it is expected, so it never goes back. What comes all the same is late.

A stream is idle once it was declared so, until its next event; or, with ``idle_after``, while the newest event of all
streams is that much newer than its own latest (than the first of all, where it has had none).
"""

import heapq
from collections.abc import Sequence
from typing import Any

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.events import Event

BEGINNING = -(1 << 63)

Ready = list[tuple[int, Event]]  # events that may enter, with their ranks
Waiting = tuple[int, int, int, Event]  # time, rank, arrival


class Admission:
    """The order in which events of several streams enter the engine.

    Parameters
    ----------
    streams
        How many streams there are; their numbers are their ranks.
    lateness
        How much event time to wait for stragglers.
    idle_after
        Per stream the event time after which its silence means that it is idle; None: it never does.

    Attributes
    ----------
    late
        Events that came after the watermark had passed them.
    """

    def __init__(
        self,
        streams: int,
        lateness: Duration | str | int = 0,
        idle_after: Sequence[Duration | str | int | None] | None = None,
    ) -> None:
        self.lateness = duration(lateness)
        if self.lateness < 0:
            raise DefinitionError(f"Admission: lateness must not be negative, got {lateness!r}")
        given = [None] * streams if idle_after is None else list(idle_after)
        self.idle_after = [None if d is None else duration(d) for d in given]
        for d in self.idle_after:
            if d is not None and d <= 0:
                raise DefinitionError(f"Admission: idle_after must be positive, got {d}")
        self.late = 0
        self._silences = any(d is not None for d in self.idle_after)
        self._seen = [BEGINNING] * streams
        self._idle = [False] * streams
        self._floor = self._mark = BEGINNING
        self._first: int | None = None
        self._waiting: list[Waiting] = []
        self._arrivals = 0

    @property
    def watermark(self) -> int:
        """No event before it is expected."""
        if self._silences or True in self._idle:
            lowest = min(self._active(), default=max(self._seen))
        else:
            lowest = min(self._seen)
        reached = lowest - self.lateness if lowest > BEGINNING else BEGINNING
        self._mark = max(self._mark, self._floor, reached)
        return self._mark

    @property
    def latest(self) -> int | None:
        """The latest time seen or advanced to; None before the first."""
        latest = max([self._floor, *self._seen])
        return latest if latest > BEGINNING else None

    @property
    def waiting(self) -> list[Waiting]:
        """What waits, in the order in which it would leave: time, rank, arrival, event."""
        return sorted(self._waiting, key=lambda item: item[:3])

    def __len__(self) -> int:
        return len(self._waiting)

    def idle(self, rank: int) -> Ready:
        """Declare a stream idle until its next event: the watermark does not wait for it."""
        self._idle[rank] = True
        return self._release()

    def offer(self, rank: int, event: Event) -> Ready | None:
        """Take an event in; gives the events that may enter now, or None where it is late."""
        time = int(event["time"])
        # without lateness one stream may run ahead of another: only what was said counts
        if time < (self.watermark if self.lateness else self._floor):
            self.late += 1
            self._idle[rank] = False
            return None
        self._idle[rank] = False
        self._seen[rank] = max(self._seen[rank], time)
        if self._first is None:
            self._first = time
        if self.lateness == 0:
            return [(rank, event)]
        heapq.heappush(self._waiting, (time, rank, self._arrivals, event))
        self._arrivals += 1
        return self._release()

    def advance(self, until: int) -> Ready:
        """Say that no event before ``until`` is to come."""
        self._floor = max(self._floor, until)
        return self._release()

    def close(self) -> Ready:
        """Say that nothing is to come."""
        ready = [(rank, event) for _, rank, _, event in self.waiting]
        self._waiting = []
        return ready

    def state(self) -> dict[str, Any]:
        """All but what waits, as JSON knows it."""
        return {
            "seen": self._seen,
            "idle": self._idle,
            "floor": self._floor,
            "mark": self._mark,
            "first": self._first,
            "arrivals": self._arrivals,
            "late": self.late,
        }

    def restore(self, state: dict[str, Any], waiting: list[Waiting]) -> None:
        """Take over a state and what waited."""
        self._seen, self._idle = list(state["seen"]), list(state["idle"])
        self._floor, self._mark, self._first = state["floor"], state["mark"], state["first"]
        self._arrivals, self.late = state["arrivals"], state["late"]
        self._waiting = list(waiting)
        heapq.heapify(self._waiting)

    def _active(self) -> list[int]:
        """The latest times of the streams that are not idle."""
        newest, first = max(self._seen), self._first
        return [
            time
            for time, idle, limit in zip(self._seen, self._idle, self.idle_after, strict=True)
            if not idle and (limit is None or first is None or newest - max(time, first) < limit)
        ]

    def _release(self) -> Ready:
        watermark, ready = self.watermark, []
        while self._waiting and self._waiting[0][0] < watermark:
            _, rank, _, event = heapq.heappop(self._waiting)
            ready.append((rank, event))
        return ready
