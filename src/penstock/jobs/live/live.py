"""Live: a view over a feed, event by event."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType
from penstock.declare import View
from penstock.engine import Engine, Rebuild
from penstock.engine.rebuilding.rebuild import EVERY, HORIZON, MEMORY
from penstock.engine.spill import Store
from penstock.events import Event, Keys, Quarantine
from penstock.events.checks import Rules
from penstock.jobs.live.gate import MARKET, Breaker, Gate
from penstock.jobs.live.intake import Intake, RebuildingIntake
from penstock.jobs.live.late import Late, refuse_rebuild
from penstock.jobs.live.ranks import Idle, Ranks, Silence, streams_of
from penstock.jobs.live.reload import reload
from penstock.jobs.live.row import Row
from penstock.jobs.live.state import pack, unpack
from penstock.jobs.wiring import Sources, by_rank, named_streams
from penstock.plan import build
from penstock.streams import Stream
from penstock.streams.admission import Admission
from penstock.streams.journal import Entry, Journal

Item = Event | tuple[str, Event]  # with its role, where the view has roles
Feed = Iterable[Item] | AsyncIterable[Item]


class Live:
    """A view over a feed: iterate it, with ``for`` or ``async for``, for its rows.

    Parameters
    ----------
    view
        Features, key and clock.
    feed
        Events in order of arrival, or pairs of a role and an event where the view has roles; None where events are
        handed to ``offer`` one by one.
    keys
        The numbers of the events' keys.
    streams
        The event types of the feed, or its streams where they have roles; by default those that the view names.
    lateness
        Event time to wait for stragglers.
    idle_after
        Event time after which a silent stream does not hold the others: one for all, or by event type.
    on_late
        ``count`` late events and keep them aside, ``error``, or ``rebuild``: put them in their place, and give out
        again the rows that change, with a higher ``revision``. Not for views that are served.
    rebuild_every
        Events, or event time, between two kept states of a key: what a late event costs, against memory.
    rebuild_horizon
        How much older than the newest time of its key a late event may be; older ones are too late, and counted.
    rebuild_memory
        Bytes that may be kept for it.
    ttl
        Event time after which a silent key is evicted.
    maximum_keys
        Keys in memory, at most.
    on_keys
        Above that: ``refuse`` events of new keys, which are counted and kept aside, or ``evict`` the keys that were
        silent longest.
    spill
        Where evicted keys' states go until their next event, a dict or a ``SqliteStore``; without it they are dropped.
    refit_threads
        Threads in which models are refitted until their parameters hold; 0: the feed waits for each fit.
    quarantine
        Where late and bad events go, with their bytes; they are only counted by default.
    rules, breaker, consistency
        What is checked: see `Gate`. ``rules=None`` says that the events were checked before.
    journal
        A file that takes what was admitted, what was late, and the advances.
    snapshot
        A snapshot to go on from, of this class or of an engine.

    Attributes
    ----------
    engine
        The engine.
    gate
        What was outside its range (``gate.ranges``), and what broke a rule of ``consistency`` (``gate.checked``).
    offered
        Events that were offered so far.
    """

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        view: View,
        feed: Feed | None = None,
        *,
        keys: Keys | None = None,
        streams: Sequence[EventType | Stream] | None = None,
        lateness: Silence = 0,
        idle_after: Idle = None,
        on_late: str = "count",
        rebuild_every: int | str = EVERY,
        rebuild_horizon: Silence = HORIZON,
        rebuild_memory: int = MEMORY,
        ttl: Silence | None = None,
        maximum_keys: int | None = None,
        on_keys: str = "refuse",
        spill: Store | None = None,
        refit_threads: int = 0,
        quarantine: Quarantine | None = None,
        rules: Rules | None = MARKET,
        breaker: Breaker = None,
        consistency: Sequence[str] = (),
        journal: Path | str | None = None,
        snapshot: bytes | None = None,
    ) -> None:
        self.view, self.feed, self.keys = view, feed, Keys(view.key) if keys is None else keys
        if self.keys.columns != tuple(view.key):
            raise DefinitionError(
                f"Live: keys must be of {view.key}, the view's, got {self.keys.columns}"
            )
        types = by_rank(streams_of(streams)) if streams is not None else named_streams(view)
        plan = build(view.columns(), view.on, types, view.routes)  # type: ignore[arg-type]
        late = Late(on_late, quarantine, self.keys)
        self.gate = Gate(view, types, self.keys, late.quarantine, (rules, breaker, consistency))
        self.engine = Engine(
            plan, self.keys, ttl=ttl, maximum_keys=maximum_keys, on_keys=on_keys, spill=spill,
            refit_threads=refit_threads,
        )  # fmt: skip
        self.streams = plan.streams
        self.ranks = Ranks(self.streams)
        self.admission = Admission(len(self.streams), lateness, self.ranks.silences(idle_after))
        self.timed = [clock for clock in plan.clocks if clock.armed]
        self.offered = 0
        if on_late == "rebuild":
            refuse_rebuild(view, self.engine)
            self.rebuild = Rebuild(self.engine, rebuild_every, rebuild_horizon, rebuild_memory)
            self.intake: Intake = RebuildingIntake(self.engine, self.keys, late, self.rebuild)
        else:
            self.rebuild, self.intake = None, Intake(self.engine, self.keys, late)
        position = None if snapshot is None else unpack(self, snapshot)
        if journal is not None:
            names = [stream.type for stream in self.streams]
            self.intake.journal = Journal(journal, names, self.keys, position=position)

    @property
    def journal(self) -> Journal | None:
        """What everything is noted in, if anything."""
        return self.intake.journal

    @property
    def late(self) -> int:
        """Events that came too late and were left out."""
        return self.intake.late.count

    @property
    def turned_away(self) -> int:
        """Events of keys that there was no room for."""
        return self.engine.registry.idle.refused

    @property
    def rebuilt(self) -> int:
        """Events that came late and were put in their place."""
        return self.intake.late.rebuilt

    def offer(self, event: Event, role: str = "") -> list[Row]:
        """Take an event in; gives the rows that it made."""
        return self._settled(self._offer(event, role))

    def advance(self, until: int) -> list[Row]:
        """Say that no event before ``until`` is to come; gives the rows of the timed ticks up to it."""
        return self._settled(self._advance_to(until))

    def idle(self, type_: EventType, role: str = "") -> list[Row]:
        """Say that a stream is silent: until its next event no other waits for it; gives the rows of what enters."""
        return self._settled(self._idle(self.ranks.named(type_, role)))

    def take(self, entry: Entry) -> list[Row]:
        """Do what a journal says was done; gives the rows that it made."""
        return self._settled(self._take(entry))

    def close(self) -> list[Row]:
        """End the feed: what waits is admitted, timed ticks up to the last event are made, the journal is closed."""
        rows = self._settled(self._close())
        self.gate.close()
        if self.journal is not None:
            self.journal.close()
        return rows

    def reload(
        self, view: View, history: Sources | None = None, *, seen: int | None = None
    ) -> list[Row]:
        """Go on with another view of the same streams; what is new is warmed from recorded events, or begins now.

        Where the feed is that history, ``seen`` of its events are the past; else those up to the last time are.
        Where a reload fails, the old view goes on. Gives rows of the old view whose timed ticks were due.
        """
        return reload(self, view, history, seen)

    def snapshot(self) -> bytes:
        """A point to go on from, with what waits for stragglers and how far the journal is."""
        return pack(self)

    def _settled(self, rows: Iterator[Row]) -> list[Row]:
        """All rows at once; where one call admits several events each would overwrite the row before."""
        made = list(rows) if self.admission.lateness == 0 else [row.copy() for row in rows]
        return self.gate.passed(made)

    def _offer(self, event: Event, role: str) -> Iterator[Row]:
        self.offered += 1
        if self.gate.checked is not None:
            self.gate.checked.push(event)
        self.intake.number = self.offered
        rank = self.ranks.find(event.type, role)
        if rank is None:
            return
        if self.gate.door is not None and not self.gate.door.admits(event):
            return
        ready = self.admission.offer(rank, event)
        if ready is None:
            yield from self.intake.come_late(rank, event)
            return
        for place, one in ready:
            yield from self.intake.admit(place, one)
        if self.timed:
            yield from self._tick()

    def _advance_to(self, until: int) -> Iterator[Row]:
        for place, ready in self.admission.advance(until):
            yield from self.intake.admit(place, ready)
        yield from self._advance(until)

    def _idle(self, rank: int) -> Iterator[Row]:
        for place, ready in self.admission.idle(rank):
            yield from self.intake.admit(place, ready)
        if self.timed:
            yield from self._tick()

    def _take(self, entry: Entry) -> Iterator[Row]:
        if entry.event is None:
            yield from self._advance(entry.time)
        elif entry.kind == "late":
            self.intake.refuse(entry.stream, entry.event)
        elif entry.kind == "refused":
            self.intake.turn_away(entry.stream, entry.event)
        elif entry.kind == "rebuilt":
            yield from self.intake.put_in_place(entry.stream, entry.event)
        else:
            yield from self.intake.admit(entry.stream, entry.event)

    def _close(self) -> Iterator[Row]:
        for place, ready in self.admission.close():
            yield from self.intake.admit(place, ready)
        latest = self.admission.latest
        if latest is not None:
            yield from self._advance(latest)

    def __iter__(self) -> Iterator[Row]:
        if not isinstance(self.feed, Iterable):
            raise DefinitionError(
                f"Live: an iterable feed is needed for 'for', got {type(self.feed).__name__}"
            )
        for one in self.feed:
            yield from self.offer(one) if isinstance(one, Event) else self.offer(one[1], one[0])
        yield from self.close()

    async def __aiter__(self) -> AsyncIterator[Row]:
        if not isinstance(self.feed, AsyncIterable):
            raise DefinitionError(
                f"Live: an async feed is needed for 'async for', got {type(self.feed).__name__}"
            )
        async for one in self.feed:
            role, event = ("", one) if isinstance(one, Event) else one
            for row in self.offer(event, role):
                yield row
        for row in self.close():
            yield row

    def _tick(self) -> Iterator[Row]:
        """Make the timed ticks of silent keys once the watermark has come to the next of any key."""
        watermark = self.admission.watermark
        if watermark >= self.engine.due:
            yield from self._advance(watermark)

    def _advance(self, until: int) -> Iterator[Row]:
        yield from self.intake.advance(until)


def live(view: View, feed: Feed, **options: Any) -> Live:
    """A view over a feed of events; see :class:`Live` for the options."""
    return Live(view, feed, **options)
