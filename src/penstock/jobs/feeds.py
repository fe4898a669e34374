"""Several feeds at once: a thread and a ring for each, and one thread that takes events out of them for a live view.

A feed's thread waits for its next event and writes it, with a number that counts the events of all feeds, into its
ring. The engine's thread takes what lies in the rings and hands it on by that number: in the order in which events
came, as far as they lie there, and of each feed always in its own. What was handed on in which order is what the
journal of the live view holds, and parity is over that.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from penstock.core.errors import DataError, DefinitionError
from penstock.core.schema import EventType
from penstock.events import Event
from penstock.jobs.live.live import Item
from penstock.streams.ring import PAUSE, Ring

CELLS = 40  # of the widest event, a book of ten levels
HEAD = 2  # cells before those of the event: its number, its stream
COMMON = 3  # time, receive, key


@dataclass(frozen=True, slots=True)
class Count:
    """What became of a feed's events.

    Attributes
    ----------
    written
        Into the ring.
    taken
        Out of it, and handed on.
    dropped
        Overwritten before they were taken, as far as the reader has come.
    waited
        Found the ring full, and waited for room.
    left
        Not written, because the feeds had been stopped.
    """

    written: int
    taken: int
    dropped: int
    waited: int
    left: int


class Feeds:
    """The feed of a live view that is made of several, each read in a thread of its own.

    Iterate it, or give it to ``ps.live``, once. It ends when all feeds have ended. An error in a feed is raised here,
    after all that the feed gave before it, as a DataError that names the feed.

    Parameters
    ----------
    feeds
        Feeds by name: events in order of arrival, or pairs of a role and an event.
    slots
        Events that a ring holds; a power of two.
    full
        What a feed does when its ring is full: ``wait`` for room, or ``drop`` the oldest events, which are counted.
    cells
        Cells of the widest event, besides its time, receive time and key.
    patience
        Seconds that ``stop`` waits for a feed that waits for its next event.
    pause
        What the reader does while there is nothing to take.

    Examples
    --------
    >>> from penstock.events import Trade
    >>> trades = [Event.of(Trade, time=t, price=10.0, size=1.0, side=1) for t in range(3)]
    >>> feeds = Feeds({"one": trades[:2], "two": trades[2:]})
    >>> sorted(event["time"] for event in feeds)
    [0, 1, 2]
    >>> feeds.counts["one"].taken
    2
    """

    def __init__(
        self,
        feeds: Mapping[str, Iterable[Item]],
        *,
        slots: int = 1_024,
        full: str = "wait",
        cells: int = CELLS,
        patience: float = 5.0,
        pause: Callable[[], None] = lambda: time.sleep(PAUSE),
    ) -> None:
        if not feeds:
            raise DefinitionError("Feeds: at least one feed is needed, got none")
        self.patience, self.pause = patience, pause
        self._stop = threading.Event()
        self._begun = self._looked = self._joined = False
        numbers, width = itertools.count(), HEAD + COMMON + cells
        self._feeds = [
            _Feed(name, items, Ring(slots, width, full=full), numbers, self._stop.is_set)
            for name, items in feeds.items()
        ]

    @property
    def counts(self) -> dict[str, Count]:
        """What became of each feed's events so far."""
        return {feed.name: feed.count for feed in self._feeds}

    def start(self) -> None:
        """Let the feeds run; done by the first look at their events otherwise."""
        if not self._begun:
            self._begun = True
            for feed in self._feeds:
                feed.thread.start()

    def stop(self) -> list[str]:
        """End the feeds and wait for their threads; gives the names of those that still wait for an event.

        What was written is handed on all the same. A feed that still waits ends with its next event, which is left.
        """
        self._stop.set()
        started = [feed for feed in self._feeds if feed.thread.ident is not None]
        for feed in started:
            feed.thread.join(self.patience)
        self._joined = True
        return [feed.name for feed in started if feed.thread.is_alive()]

    def __iter__(self) -> Iterator[Item]:
        if self._looked:
            raise DefinitionError("Feeds: events are taken once, got a second iteration")
        self._looked = True
        self.start()
        try:
            yield from self._take()
        finally:
            self.stop()

    def _take(self) -> Iterator[Item]:
        while True:
            joined = self._joined  # before the look: what was written until then is seen
            found = sorted(
                (number, place, item)
                for place, feed in enumerate(self._feeds)
                for number, item in feed.take()
            )
            for _, place, item in found:
                self._feeds[place].taken += 1
                yield item
            for feed in self._feeds:
                feed.raise_error()
            if all(feed.ring.ended for feed in self._feeds) or (joined and not found):
                return
            if not found:
                self.pause()


class _Feed:
    """One feed, its thread and its ring; only its thread writes, only the reader takes."""

    def __init__(
        self,
        name: str,
        items: Iterable[Item],
        ring: Ring,
        numbers: Iterator[int],
        stopped: Callable[[], bool],
    ) -> None:
        self.name, self.items, self.ring = name, items, ring
        self.numbers, self.stopped = numbers, stopped
        self.thread = threading.Thread(target=self._run, name=f"feed {name}", daemon=True)
        self.error: Exception | None = None
        self.waited = self.left = self.taken = 0
        # a stream is in the list before the first record that names it
        self._streams: list[tuple[str, EventType, int]] = []  # with where its record ends
        self._numbers: dict[tuple[str, int], int] = {}  # by identity: hashing an event type is slow
        self._row = np.zeros((1, ring.width), np.int64)

    @property
    def count(self) -> Count:
        """What became of its events so far."""
        return Count(self.ring.pushed, self.taken, self.ring.lost, self.waited, self.left)

    def take(self) -> Iterator[tuple[int, Item]]:
        """What lies in the ring, with its numbers."""
        for row in self.ring.pop(self.ring.slots):
            number, stream = row[:HEAD].tolist()
            role, type_, end = self._streams[stream]
            event = Event.of_record(type_, row[HEAD:end].tobytes())
            yield number, (role, event) if role else event

    def raise_error(self) -> None:
        """Raise what ended the feed, once all before it was taken."""
        if self.error is not None and self.ring.ended:
            said = f"{type(self.error).__name__}: {self.error}"
            raise DataError(
                f"Feed {self.name}: a feed must end without an error, got {said}"
            ) from self.error

    def _run(self) -> None:
        try:
            for item in self.items:
                if self.stopped() or not self._write(item):
                    self.left += 1
                    break
        except Exception as error:  # noqa: BLE001  (raised again where the events are taken)
            self.error = error
        finally:
            self.ring.close()

    def _write(self, item: Item) -> bool:
        """Put an event into the ring; whether it went in before a stop."""
        role, event = item if isinstance(item, tuple) else ("", item)
        stream = self._numbers.get((role, id(event.type)))
        if stream is None:
            stream = self._new_stream(role, event.type)
        row = self._row
        row[0, HEAD : self._streams[stream][2]] = np.frombuffer(event.record(), np.int64)
        row[0, 0], row[0, 1] = next(self.numbers), stream
        if self.ring.push(row):
            return True
        self.waited += 1
        return self.ring.put(row, self.stopped) > 0

    def _new_stream(self, role: str, type_: EventType) -> int:
        room = self.ring.width - HEAD - COMMON
        if type_.cells > room:
            raise DefinitionError(
                f"Feeds: an event must have at most {room} cells (cells=…), got {type_.name} of {type_.cells}"
            )
        self._streams.append((role, type_, HEAD + COMMON + type_.cells))
        self._numbers[role, id(type_)] = len(self._streams) - 1
        return len(self._streams) - 1
