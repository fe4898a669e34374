"""Live: a view over a feed, event by event."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType
from penstock.core.time import Duration
from penstock.declare import View
from penstock.engine import Engine, Rows
from penstock.events import Bar, Book, Event, Keys, Quarantine, Quote, Trade
from penstock.jobs.late import Late
from penstock.jobs.live_state import pack, unpack
from penstock.jobs.wiring import by_rank, named_streams
from penstock.plan import build
from penstock.streams import TIMED, Clock, Every, Stream, TimeBars
from penstock.streams.admission import BEGINNING, Admission
from penstock.streams.journal import Entry, Journal

Feed = Iterable[Event] | AsyncIterable[Event]
Silence = Duration | str | int
Idle = Silence | Mapping[EventType, Silence] | None


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
    idle_after
        Event time after which a silent stream does not hold the others: one for all, or by event type.
    on_late
        ``count`` late events and keep them aside, or ``error``.
    quarantine
        Where late events go, with their bytes; they are only counted by default.
    journal
        A file that takes what was admitted, what was late, and the advances.
    snapshot
        A snapshot to go on from, of this class or of an engine.

    Attributes
    ----------
    engine
        The engine.
    offered
        Events that were offered so far.
    due
        The watermark at which a timed clock may tick again.
    """

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        view: View,
        feed: Feed | None = None,
        *,
        keys: Keys | None = None,
        streams: Sequence[EventType] | None = None,
        lateness: Silence = 0,
        idle_after: Idle = None,
        on_late: str = "count",
        quarantine: Quarantine | None = None,
        journal: Path | str | None = None,
        snapshot: bytes | None = None,
    ) -> None:
        self.view, self.feed, self.keys = view, feed, Keys(view.key) if keys is None else keys
        if self.keys.columns != tuple(view.key):
            raise DefinitionError(
                f"Live: keys must be of {view.key}, the view's, got {self.keys.columns}"
            )
        types = by_rank(map(Stream, streams)) if streams is not None else named_streams(view)
        plan = build(view.columns(), view.on, types)  # type: ignore[arg-type]
        self._late = Late(on_late, quarantine, self.keys)
        self.engine = Engine(plan, self.keys)
        self.streams = plan.streams
        self.admission = Admission(len(self.streams), lateness, silences(idle_after, self.streams))
        self._ranks = {stream.type: rank for rank, stream in enumerate(self.streams)}
        # hashing an event type is slow: the identity of the plan's own stands for it
        self._by_identity = {id(stream.type): rank for rank, stream in enumerate(self.streams)}
        self._timed = [clock for clock in plan.clocks if clock.phase == TIMED]
        self.due, self.offered = BEGINNING, 0
        position = None if snapshot is None else unpack(self, snapshot)
        names = [stream.type for stream in self.streams]
        self.journal = (
            None if journal is None else Journal(journal, names, self.keys, position=position)
        )

    @property
    def late(self) -> int:
        """Events that came too late and were left out."""
        return self._late.count

    def offer(self, event: Event) -> list[Row]:
        """Take an event in; gives the rows that it made."""
        return self._settled(self._offer(event))

    def advance(self, until: int) -> list[Row]:
        """Say that no event before ``until`` is to come; gives the rows of the timed ticks up to it."""
        return self._settled(self._advance_to(until))

    def idle(self, type_: EventType) -> list[Row]:
        """Say that a stream is silent: until its next event no other waits for it; gives the rows of what enters."""
        if type_ not in self._ranks:
            raise DefinitionError(
                f"Live: a stream of {', '.join(t.name for t in self._ranks)} is needed, got {type_.name}"
            )
        return self._settled(self._idle(self._ranks[type_]))

    def take(self, entry: Entry) -> list[Row]:
        """Do what a journal says was done; gives the rows that it made."""
        return self._settled(self._take(entry))

    def close(self) -> list[Row]:
        """End the feed: what waits is admitted, timed ticks up to the last event are made, the journal is closed."""
        rows = self._settled(self._close())
        if self.journal is not None:
            self.journal.close()
        return rows

    def snapshot(self) -> bytes:
        """A point to go on from, with what waits for stragglers and how far the journal is."""
        return pack(self)

    def restore_counts(self, offered: int, late: int, due: int) -> None:
        """Take over what a snapshot counted."""
        self.offered, self._late.count, self.due = offered, late, due

    def _settled(self, rows: Iterator[Row]) -> list[Row]:
        """All rows at once; where one call admits several events each would overwrite the row before."""
        if self.admission.lateness == 0:
            return list(rows)
        return [Row(row.key, row.ts, row.values.copy()) for row in rows]

    def _offer(self, event: Event) -> Iterator[Row]:
        self.offered += 1
        rank = self._by_identity.get(id(event.type))
        if rank is None:
            rank = self._ranks.get(event.type)
        if rank is None:
            self._refuse_unread(event.type)
            return
        ready = self.admission.offer(rank, event)
        if ready is None:
            self._refuse(rank, event)
            return
        for place, one in ready:
            yield from self._admit(place, one)
        if self._timed:
            yield from self._tick()

    def _advance_to(self, until: int) -> Iterator[Row]:
        for place, ready in self.admission.advance(until):
            yield from self._admit(place, ready)
        yield from self._advance(until)

    def _idle(self, rank: int) -> Iterator[Row]:
        for place, ready in self.admission.idle(rank):
            yield from self._admit(place, ready)
        if self._timed:
            yield from self._tick()

    def _take(self, entry: Entry) -> Iterator[Row]:
        if entry.event is None:
            yield from self._advance(entry.time)
        elif entry.kind == "late":
            self._refuse(entry.stream, entry.event)
        else:
            yield from self._admit(entry.stream, entry.event)

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

    def _refuse(self, rank: int, event: Event) -> None:
        """Leave a late event out."""
        self._late.refuse(event, self.offered)
        if self.journal is not None:
            self.journal.event(rank, event, "late")

    def _admit(self, rank: int, event: Event) -> Iterator[Row]:
        engine, late = self.engine, self.engine.late
        values = engine.push(event, self.streams[rank])
        if engine.late > late:
            self._refuse(rank, event)
            return
        if self.journal is not None:
            self.journal.event(rank, event)
        if engine.emitted.count:
            yield from self._rows(engine.emitted.take())
        elif values is not None:
            key = int(event["key"])
            yield Row(self._name(key), int(event["time"]), values)

    def _tick(self) -> Iterator[Row]:
        """Make the timed ticks of silent keys once the watermark passes the next tick of any timed clock."""
        watermark = self.admission.watermark
        if watermark >= self.due:
            yield from self._advance(watermark)

    def _advance(self, until: int) -> Iterator[Row]:
        if self._timed:
            self.due = min(next_tick(clock, until) for clock in self._timed)
        if self.journal is not None:
            self.journal.advance(until)
        yield from self._rows(self.engine.advance(until))

    def _rows(self, rows: Rows) -> Iterator[Row]:
        times, keys, values = rows.times(), rows.keys(), rows.values()
        for i in np.argsort(times, kind="stable").tolist():
            yield Row(self._name(int(keys[i])), int(times[i]), values[i])

    def _name(self, key: int) -> tuple[str, ...]:
        return self.keys.names[key] if key < len(self.keys) else (str(key),)


def next_tick(clock: Clock, time: int) -> int:
    """A time after which a timed clock may tick again; of a grid, its first tick after a time."""
    if not isinstance(clock, Every | TimeBars):
        return time + 1
    width = clock.hop if isinstance(clock, Every) else clock.width
    return ((time - clock.offset) // width + 1) * width + clock.offset


def silences(given: Idle, streams: Sequence[Stream]) -> list[Silence | None]:
    """``idle_after`` of each stream."""
    if not isinstance(given, Mapping):
        return [given] * len(streams)
    types = [stream.type for stream in streams]
    for type_ in given:
        if type_ not in types:
            raise DefinitionError(
                f"Live: idle_after must be of {', '.join(t.name for t in types)}, got {type_.name}"
            )
    return [given.get(type_) for type_ in types]


def live(view: View, feed: Feed, **options: Any) -> Live:
    """A view over a feed of events; see :class:`Live` for the options."""
    return Live(view, feed, **options)
