"""Scores of a live feed's texts, made in a thread of their own: the market never waits for them."""

import asyncio
import queue
import threading
from collections import Counter, deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Literal

from penstock.core.errors import DataError, DefinitionError
from penstock.events import EVENT_TYPES, Block, Event, Sentiment, Text
from penstock.text.scoring import Held, Scoring

Item = Event | tuple[str, Event]
RANKS = {type_.name: rank for rank, type_ in enumerate(EVENT_TYPES)}
MINE = RANKS[Sentiment.name]
FULL = "scoring queue full"


class ScoredFeed:
    """A feed with the scores of its texts in it, each at its text's time and the declared latency.

    Events pass at once. A text is put into a queue that has room for so many; a thread scores what lies there, as much
    as there is at a time. A score enters right before the first event that is later than it, or as it comes where that
    event has gone: then it is late, and the live view does with it what it does with late events. Declare a latency
    that scoring keeps.

    Parameters
    ----------
    feed
        Events in order of arrival, or pairs of a role and an event; asynchronous if wanted, and so is this one then.
    scoring
        How texts are scored; the one for history gives the same bits here.
    texts
        Where the words of texts are.
    room
        Texts that wait at most.
    full
        What becomes of a text that finds no room: ``drop`` counts it, ``aside`` keeps its event in ``aside`` too.
    most
        Texts that are kept aside at most; the latest stay.
    wait
        Whether an event waits for the scores that stand before it: for a recorded feed that is read faster than time
        passed. A live feed must not.

    Attributes
    ----------
    refused
        How many texts were not scored, by reason.
    aside
        Texts that found no room, with the reason.

    Raises
    ------
    DataError
        The thread of the scorer broke; said after the event that showed it.
    """

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        feed: Iterable[Item] | AsyncIterable[Item],
        scoring: Scoring,
        texts: Held,
        *,
        room: int = 1_024,
        full: Literal["drop", "aside"] = "drop",
        most: int = 10_000,
        wait: bool = False,
    ) -> None:
        if full not in ("drop", "aside"):
            raise DefinitionError(f"ScoredFeed: full must be drop or aside, got {full!r}")
        if room < 1:
            raise DefinitionError(f"ScoredFeed: room for a text is needed, got {room}")
        self.feed, self.scoring, self.texts = feed, scoring.anew(), texts
        self.full, self.wait = full, wait
        self.refused: Counter[str] = Counter()
        self.aside: deque[tuple[str, Event]] = deque(maxlen=most)
        self._queue: queue.Queue[tuple[str, Event, str | None] | None] = queue.Queue(room)
        self._made: deque[tuple[str, Event]] = deque()
        self._due: deque[int] = deque()  # times of the scores that are on their way
        self._arrived = threading.Condition()
        self._error: Exception | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="scoring", daemon=True)

    @property
    def reasons(self) -> Counter[str]:
        """How many texts had no score, by reason."""
        return self.scoring.reasons

    def __iter__(self) -> Iterator[Item]:
        if not isinstance(self.feed, Iterable):
            raise DefinitionError(
                f"ScoredFeed: an iterable feed is needed for 'for', got {type(self.feed).__name__}"
            )
        self._thread.start()
        try:
            for item in self.feed:
                yield from self._pass(item)
            self._stop()
            yield from self._ready(None, block=True)
        finally:
            self._stop()
            self._thread.join()

    async def __aiter__(self) -> AsyncIterator[Item]:
        if not isinstance(self.feed, AsyncIterable) or self.wait:
            raise DefinitionError(
                "ScoredFeed: an async feed and wait=False are needed for 'async for', "
                f"got {type(self.feed).__name__} and wait={self.wait}"
            )
        self._thread.start()
        try:
            async for item in self.feed:
                for one in self._pass(item):
                    yield one
            self._stop()
            await asyncio.to_thread(self._thread.join)
            for one in self._ready(None, block=False):
                yield one
        finally:
            self._stop()

    def _pass(self, item: Item) -> Iterator[Item]:
        """The scores that stand before an event, and the event."""
        role, event = item if isinstance(item, tuple) else ("", item)
        at = (int(event["time"]), RANKS.get(event.type.name, -1))
        yield from self._ready(at, block=self.wait)
        yield item
        if event.type is Text:
            self._offer(role, event)

    def _offer(self, role: str, event: Event) -> None:
        """Put a text into the queue, with its words: they may be forgotten before its turn comes."""
        number = int(event["text"])
        try:
            words = self.texts[number] if number else ""
        except DataError:
            words = None
        with self._arrived:
            self._due.append(int(event["time"]) + self.scoring.latency)
        try:
            if self.wait:
                self._queue.put((role, event, words))
            else:
                self._queue.put_nowait((role, event, words))
        except queue.Full:
            with self._arrived:
                self._due.pop()
            self.refused[FULL] += 1
            if self.full == "aside":
                self.aside.append((FULL, event))

    def _ready(self, at: tuple[int, int] | None, *, block: bool) -> Iterator[Item]:
        """The scores that stand before a position, all at the end; with ``block`` those that are not made yet too."""
        while True:
            with self._arrived:
                if block:
                    self._arrived.wait_for(lambda: self._made or self._error or not self._owed(at))
                if self._error is not None:
                    raise DataError(
                        f"ScoredFeed: scoring must go on, got {type(self._error).__name__}: {self._error}"
                    ) from self._error
                if not self._made:
                    return
                role, event = self._made[0]
                if at is not None and (int(event["time"]), MINE) > at:
                    return
                self._made.popleft()
            yield (role, event) if role else event

    def _owed(self, at: tuple[int, int] | None) -> bool:
        """Whether a score is on its way that stands before a position."""
        return bool(self._due) and (at is None or (self._due[0], MINE) <= at)

    def _stop(self) -> None:
        if not self._ended:
            self._ended = True
            self._queue.put(None)

    def _run(self) -> None:
        ended = False
        while not ended:
            found = [self._queue.get()]
            while True:
                try:
                    found.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            ended = found[-1] is None
            try:
                made = self._score([one for one in found if one is not None])
            except Exception as error:  # noqa: BLE001  (raised again where events are taken)
                with self._arrived:
                    self._error = error
                    self._arrived.notify()
                while not ended:  # whoever puts a text in must not wait for room
                    ended = self._queue.get() is None
                return
            with self._arrived:
                self._made.extend(made)
                for _ in made:
                    self._due.popleft()
                self._arrived.notify()

    def _score(self, found: list[tuple[str, Event, str | None]]) -> list[tuple[str, Event]]:
        if not found:
            return []
        held = {int(event["text"]): words for _, event, words in found if words is not None}
        block = Block.of_records(Text, b"".join(event.record() for _, event, _ in found))
        scored = self.scoring.scored(block, _Words(held))
        return [(role, event) for (role, _, _), event in zip(found, scored, strict=True)]


class _Words:
    """The words of the texts of one turn."""

    def __init__(self, held: dict[int, str]) -> None:
        self.held = held

    def __getitem__(self, number: int) -> str:
        if number not in self.held:
            raise DataError(f"ScoredFeed: a text must be held when it comes, got id {number}")
        return self.held[number]
