"""Live: a view over a feed, event by event."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from penstock.core.errors import DefinitionError, SnapshotError
from penstock.core.schema import EventType
from penstock.core.time import Duration
from penstock.declare import View
from penstock.engine import Engine, Rows
from penstock.events import Bar, Book, Event, Keys, Quote, Trade
from penstock.expr import Column, walk
from penstock.jobs.wiring import by_rank
from penstock.plan import build
from penstock.plan.build import members
from penstock.streams import Every, Stream, TimeBars
from penstock.streams.admission import Admission
from penstock.streams.journal import Journal

Feed = Iterable[Event] | AsyncIterable[Event]


@dataclass(slots=True)
class Row:
    """A row of a live view; ``values`` may be a view of the engine's memory, valid until the next row."""

    key: tuple[str, ...]
    ts: int
    values: np.ndarray


class Live:
    """A view over a feed: iterate it, with ``for`` or ``async for``, for its rows.

    Parameters
    ----------
    view
        Features, key and clock.
    feed
        Events in order of arrival; None where events are handed to ``offer`` one by one.
    keys
        The numbers of the events' keys.
    streams
        The event types of the feed; by default those that the view names.
    lateness
        Event time to wait for stragglers.
    on_late
        ``count`` late events and leave them out, or ``error``.
    journal
        A file that takes what was admitted, what was late, and the advances.
    snapshot
        A snapshot to go on from.

    Attributes
    ----------
    engine
        The engine.
    """

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        view: View,
        feed: Feed | None = None,
        *,
        keys: Keys | None = None,
        streams: Sequence[EventType] | None = None,
        lateness: Duration | str | int = 0,
        on_late: str = "count",
        journal: Path | str | None = None,
        snapshot: bytes | None = None,
    ) -> None:
        self.view, self.feed, self.keys = view, feed, Keys(view.key) if keys is None else keys
        if self.keys.columns != tuple(view.key):
            raise DefinitionError(
                f"Live: keys must be of {view.key}, the view's, got {self.keys.columns}"
            )
        types = by_rank(map(Stream, streams)) if streams is not None else named_streams(view)
        self.engine = Engine(build(view.columns(), view.on, types), self.keys, on_late=on_late)  # type: ignore[arg-type]
        self.streams = self.engine.plan.streams
        self.admission = Admission(len(self.streams), lateness)
        self.journal = (
            Journal(journal, [s.type for s in self.streams], self.keys)
            if journal is not None
            else None
        )
        self._ranks = {stream.type: rank for rank, stream in enumerate(self.streams)}
        # hashing an event type is slow: the identity of the plan's own stands for it
        self._by_identity = {id(stream.type): rank for rank, stream in enumerate(self.streams)}
        self._timed = [c for c in self.engine.plan.clocks if isinstance(c, Every | TimeBars)]
        self._due = -(1 << 63)
        if snapshot is not None:
            self.engine.restore(snapshot)

    @property
    def late(self) -> int:
        """Events that came too late and were left out."""
        return self.admission.late + self.engine.late

    def offer(self, event: Event) -> list[Row]:
        """Take an event in; gives the rows that it made."""
        return self._settled(self._offer(event))

    def advance(self, until: int) -> list[Row]:
        """Say that no event before ``until`` is to come; gives the rows of the timed ticks up to it."""
        return self._settled(self._advance_to(until))

    def close(self) -> list[Row]:
        """End the feed: what waits is admitted, timed ticks up to the last event are made, the journal is closed."""
        rows = self._settled(self._close())
        if self.journal is not None:
            self.journal.close()
        return rows

    def snapshot(self) -> bytes:
        """A point to go on from; refused while events wait for stragglers, which it would lose."""
        if len(self.admission):
            raise SnapshotError(
                f"Live: no event may wait when a snapshot is made, got {len(self.admission)}; advance or close first"
            )
        return self.engine.snapshot()

    def _settled(self, rows: Iterator[Row]) -> list[Row]:
        """All rows at once; where one call admits several events each would overwrite the row before."""
        if self.admission.lateness == 0:
            return list(rows)
        return [Row(row.key, row.ts, row.values.copy()) for row in rows]

    def _offer(self, event: Event) -> Iterator[Row]:
        rank = self._by_identity.get(id(event.type))
        if rank is None:
            rank = self._ranks.get(event.type)
        if rank is None:
            self._refuse_unread(event.type)
            return
        late = self.admission.late
        for place, ready in self.admission.offer(rank, event):
            yield from self._admit(place, ready)
        if self.journal is not None and self.admission.late > late:
            self.journal.event(rank, event, late=True)
        if self._timed:
            yield from self._tick(self.admission.watermark)

    def _advance_to(self, until: int) -> Iterator[Row]:
        for place, ready in self.admission.advance(until):
            yield from self._admit(place, ready)
        yield from self._advance(until)

    def _close(self) -> Iterator[Row]:
        for place, ready in self.admission.close():
            yield from self._admit(place, ready)
        latest = self.admission.latest
        if latest is not None:
            yield from self._advance(latest)

    def __iter__(self) -> Iterator[Row]:
        if not isinstance(self.feed, Iterable):
            raise DefinitionError(
                f"Live: an iterable feed is needed for 'for', got {type(self.feed).__name__}"
            )
        for event in self.feed:
            yield from self.offer(event)
        yield from self.close()

    async def __aiter__(self) -> AsyncIterator[Row]:
        if not isinstance(self.feed, AsyncIterable):
            raise DefinitionError(
                f"Live: an async feed is needed for 'async for', got {type(self.feed).__name__}"
            )
        async for event in self.feed:
            for row in self.offer(event):
                yield row
        for row in self.close():
            yield row

    def _refuse_unread(self, type_: EventType) -> None:
        """Events that the view does not read pass by; those that it would read, if it had been told, do not."""
        stands_for = {Book: Quote, Trade: Bar}.get(type_)
        if stands_for in self._ranks:
            raise DefinitionError(
                f"Live: the view reads {stands_for.name} events, got {type_.name} events that could stand for them; "
                f"name all types of the feed, {type_.name.title()} among them, with streams=(…)"
            )

    def _admit(self, rank: int, event: Event) -> Iterator[Row]:
        late = self.engine.late
        values = self.engine.push(event, self.streams[rank])
        if self.journal is not None:
            self.journal.event(rank, event, late=self.engine.late > late)
        if self.engine.emitted.count:
            yield from self._rows(self.engine.emitted.take())
        elif values is not None:
            key = int(event["key"])
            yield Row(self._name(key), int(event["time"]), values)

    def _tick(self, watermark: int) -> Iterator[Row]:
        """Make the timed ticks of silent keys once the watermark passes the next tick of any timed clock."""
        if watermark >= self._due:
            yield from self._advance(watermark)

    def _advance(self, until: int) -> Iterator[Row]:
        if self._timed:
            self._due = min(next_tick(clock, until) for clock in self._timed)
        if self.journal is not None:
            self.journal.advance(until)
        yield from self._rows(self.engine.advance(until))

    def _rows(self, rows: Rows) -> Iterator[Row]:
        times, keys, values = rows.times(), rows.keys(), rows.values()
        for i in np.argsort(times, kind="stable").tolist():
            yield Row(self._name(int(keys[i])), int(times[i]), values[i])

    def _name(self, key: int) -> tuple[str, ...]:
        return self.keys.names[key] if key < len(self.keys) else (str(key),)


def next_tick(clock: Every | TimeBars, time: int) -> int:
    """The first tick of a timed clock after a time."""
    width = clock.hop if isinstance(clock, Every) else clock.width
    return ((time - clock.offset) // width + 1) * width + clock.offset


def named_streams(view: View) -> tuple[Stream, ...]:
    """The streams that a view's columns and clock name.

    Where books are named too, quotes are those of the books; where trades are, bars are made from them, unless the
    view ticks on the bars of the feed.
    """
    found: dict[Stream, None] = {}
    for node in walk(view.columns().values()):
        if isinstance(node, Column):
            found[node.stream] = None
    for clock in members((view.on,)):  # type: ignore[arg-type]
        if isinstance(clock, Stream):
            found[clock] = None
    for made, source in ((Quote, Book), (Bar, Trade)):
        if Stream(source) in found and view.on is not Stream(made):
            found.pop(Stream(made), None)
    return by_rank(found)


def live(view: View, feed: Feed, **options: Any) -> Live:
    """A view over a feed of events; see :class:`Live` for the options."""
    return Live(view, feed, **options)
