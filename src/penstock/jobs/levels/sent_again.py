"""Events that a feed sends again after a kill."""

from collections import Counter

from penstock.events import Event
from penstock.streams.admission import BEGINNING


class SentAgain:
    """Knows the events that a journal holds where a feed begins anew, and none where it goes on.

    What is older than the newest event of the journal would be late in any case. Of the newest time the journal's own
    events are known by their cells, each as often as it is there. With the first newer event the feed is past it, and
    what is older from then on is late.
    """

    def __init__(self) -> None:
        self._last, self._there = BEGINNING, Counter[tuple[int, bytes]]()
        self._on = False

    def saw(self, place: int, event: Event) -> None:
        """Note an event of the journal, of the stream of a place."""
        time = int(event["time"])
        if time > self._last:
            self._last = time
            self._there.clear()
        self._there[place, event.record()] += 1

    def begin(self) -> None:
        """The feed begins."""
        self._on = self._last > BEGINNING

    def holds(self, place: int, event: Event) -> bool:
        """Whether the journal holds an event of the feed."""
        if not self._on:
            return False
        time = int(event["time"])
        if time > self._last:
            self._on = False
            return False
        if time < self._last:
            return True
        key = place, event.record()
        if not self._there[key]:
            return False
        self._there[key] -= 1
        return True
