"""The engine: runs a plan, one arena per key."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from penstock.compile.layout import COUNT, LATEST
from penstock.core.errors import CapacityError, DefinitionError, LateEvent
from penstock.core.native import compiled
from penstock.core.schema import EventType
from penstock.core.time import Duration
from penstock.engine import process as loop
from penstock.engine.copies import Copies
from penstock.engine.idle import Idle
from penstock.engine.options import check, pool_of
from penstock.engine.peek import peek_event, peek_time
from penstock.engine.profiling.profile import Profile
from penstock.engine.refit import Refits
from penstock.engine.registry import Registry
from penstock.engine.reload import follow, meet, successor
from penstock.engine.rows import Rows
from penstock.engine.runner import BEGINNING, Runner
from penstock.engine.spill import Store
from penstock.engine.stats import Stats, begun, stats_of
from penstock.events import Block, Event, Keys
from penstock.plan import Plan
from penstock.streams import Clock, Stream

PUSH = "int64(int64, int64, int64, int64)"
MAXIMUM_ROOM = 1 << 24  # ticks that one clock's window may hold


class Engine:
    """Runs a plan over events, block by block or one by one.

    Parameters
    ----------
    plan
        What to run.
    keys
        The numbers of the keys that events carry.
    capacity
        Ticks of a clock per block: 1 is the live layout, in which an event's row is ready when ``push`` returns.
    threads
        Threads that blocks are spread over, by key.
    affinity
        The processor that each thread stays on (Linux).
    on_late
        What to do with an event older than what its key admitted: ``count`` it and leave it out, or ``error``.
    maximum_room
        Ticks that the window of one clock of one key may hold.
    on_full
        Beyond it: ``error`` is a CapacityError, after other keys' events are in; ``count`` leaves the key's events out.
    ttl
        Event time after which a silent key is evicted.
    maximum_keys
        Keys in memory, at most.
    on_keys
        Above that: ``refuse`` and count events of new keys, or ``evict`` the keys that were silent longest.
    spill
        Where evicted keys' states go until their next event, a dict or a ``SqliteStore``; without it they are dropped.
    refit_threads
        Threads in which fits run until they are needed; 0: each is done where it is due.

    Attributes
    ----------
    late
        Events left out because they were late.
    emitted
        The rows of the last ``push`` where timed ticks of the view were due, and those of a key's first event.
    """

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        plan: Plan,
        keys: Keys | None = None,
        *,
        capacity: int = 1,
        threads: int = 1,
        affinity: Sequence[int] | None = None,
        on_late: str = "count",
        maximum_room: int = MAXIMUM_ROOM,
        on_full: str = "error",
        ttl: Duration | str | int | None = None,
        maximum_keys: int | None = None,
        on_keys: str = "refuse",
        spill: Store | None = None,
        refit_threads: int = 0,
    ) -> None:
        idle = Idle(ttl, maximum_keys, on_keys, spill)
        check(capacity, threads, on_late, on_full, idle)
        self.keys, self.on_full = Keys() if keys is None else keys, on_full
        self.capacity, self.threads, self.on_late = capacity, threads, on_late
        self.late, self.maximum_room = 0, maximum_room
        self._pool = pool_of(threads, affinity)
        registry = Registry(plan, self.keys, capacity, maximum_room, idle)
        full, refits = on_full == "count", Refits(refit_threads)
        self._adopt(Runner(plan, registry, threads, count_full=full, refits=refits))

    def _adopt(self, runner: Runner) -> None:
        """Run on with another plan; a profile of the old one ends here."""
        self._use(None)
        self._runner, self._registry = runner, runner.registry
        self.plan, self.names, self._by_identity = runner.plan, runner.names, runner.by_identity
        self.emitted = Rows(self.names)
        self._copies = None
        if runner.router is not None:
            self._copies = Copies(runner, runner.router, self._finish, self._refuse)

    def push(self, event: Event, stream: Stream | None = None) -> np.ndarray | None:
        """Admit one event; returns the view's row, or None where the view did not tick.

        The row is a view of the arena, valid until the next call. Of several rows (an event can make many
        timed ticks due) it is the last one; ``emitted`` has them all, until the next call.
        """
        known = self._by_identity.get(id(event.type), -1)
        if stream is not None or known < 0:
            known = self._slot(stream or Stream(event.type), event.type)
            if self._copies is not None and known >= 0:
                self.emitted = self._copies.push(known, event)
                return self.emitted.values()[-1] if self.emitted.count else None
        if self.emitted.count:
            self.emitted = Rows(self.names)
        if known < 0:
            return None
        code = self._push(self._registry.address, known, event.table, event.row)
        if code >= 0:
            return self._registry.rows[code >> 1] if code & 1 else None
        slow = code == -1
        return self._push_slowly(known, event) if slow else self._finish(*divmod(-2 - code, 4))

    def push_block(self, block: Block, stream: Stream | None = None) -> Rows:
        """Admit a block of events of one stream, and return the rows it made."""
        slot = self._slot(stream or Stream(block.type), block.type)
        rows = np.arange(len(block))
        if slot < 0:
            return Rows(self.names)
        return self.push_merged({slot: block}, np.full(len(block), slot, np.int64), rows)

    def push_merged(self, blocks: dict[int, Block], streams: np.ndarray, rows: np.ndarray) -> Rows:
        """Admit merged events: element i is row ``rows[i]`` of the block of stream ``streams[i]``."""
        return self._runner.merged(blocks, streams, rows, self._refuse, self._pool)

    def advance(self, until: int, keys: Iterable[int] | None = None) -> Rows:
        """Say that no event before ``until`` is to come: timed ticks up to it are made, and their rows returned.

        Rows come in order of time, then key. What has no tick to make costs nothing, however many keys there are.
        """
        if keys is None:
            return self._runner.advance(until)
        collected = Rows(self.names)
        for key in keys:
            self._registry.idle.now = until
            collected.extend(self._runner.stay(key, until))
            arena = self._registry.arenas.get(key)
            if arena is not None:
                arena.cells[LATEST] = max(int(arena.cells[LATEST]), until)
        collected.extend(self._runner.left.take())
        return collected.ordered()

    @property
    def late_copies(self) -> int:
        """Copies that routes made of events on time, but that came too late for the key they were for."""
        return 0 if self._copies is None else self._copies.late

    @property
    def due(self) -> int:
        """A time before which ``advance`` has nothing to do."""
        return self._registry.due.soonest(self._registry.table)

    def peek(
        self, event: Event | None = None, *, at: int | None = None, key: int = 0
    ) -> np.ndarray | None:
        """The row if ``event`` were the next one, or the row at time ``at``; the state is untouched.

        With ``at`` a timed view ticks then: of bars that is the forming bar.
        """
        if event is None:
            return peek_time(self._runner, key, at)
        return peek_event(self._runner, self._slot(Stream(event.type), event.type), event)

    def snapshot(self) -> bytes:
        """The state of every key, free of layout and of the plan; see ``restore``."""
        return self._registry.save()

    def restore(self, snapshot: bytes) -> None:
        """Take over a snapshot of any plan; raises SnapshotError with what is wrong, and then changes nothing.

        Operators, clocks and columns are known by their fingerprints: what both plans have goes on, what this plan
        lacks is dropped, and what the snapshot lacks begins anew at its time, which ``origins`` tells.
        """
        self._registry.restore(snapshot)

    def reload(self, plan: Plan, history: "Engine | None" = None) -> Rows:
        """Go on with another plan, between two events; where that fails, the old one goes on.

        What both plans have keeps its state, and so its bits. What is new is as ``history`` has it: an engine of the
        same ``Keys`` that ran over what this one was given, or over a longer past, and ends where this one stands.
        Without one, and for keys that it does not know, what is new begins now, which ``origins`` tells. Returns the
        old plan's timed ticks up to the last event in ``history`` of a stream that this engine did not read.
        """
        runner = successor(self._runner, plan)
        rows, warm = Rows(self.names), None
        if history is not None:
            warm = history._registry  # noqa: SLF001  (its own kind)
            for key, now in meet(self._registry, warm).items():
                rows.extend(self.advance(now, [key]))
                history.advance(now, [key])
        follow(runner.registry, self._registry, warm)
        self._adopt(runner)
        return rows

    @property
    def origins(self) -> dict[str, int]:
        """The outputs that rest on something that began later than its key, and the time when."""
        return begun(self._registry)

    @property
    def registry(self) -> Registry:
        """The keys' arenas."""
        return self._registry

    def ticks(self, clock: Clock, key: int = 0) -> int:
        """How many ticks a clock of a key has had."""
        arena = self._registry.arenas[key]
        return int(arena.cells[arena.program.layout.heads[clock] + COUNT])

    @property
    def stats(self) -> Stats:
        """How many keys are where, and what was left out."""
        return stats_of(self._registry, full=self._runner.full, late=self.late)

    def bytes_of(self, key: int = 0) -> int:
        """The memory that a key takes."""
        return self._registry.arenas[key].cells.nbytes

    def profile(self) -> Profile:
        """A profile of what is pushed in its ``with`` block, or up to a reload: where time and memory go, and why."""
        return Profile(self._runner, self._use)

    def _use(self, push: Callable[..., int] | None) -> None:
        """Run events through another form of ``push``; None is the plain one."""
        self._push = push or compiled(loop.push, PUSH, brief=True)

    def _slot(self, stream: Stream, type_: EventType) -> int:
        """The place of a stream in the plan, or -1 where the plan does not read it."""
        if type_ is not stream.type and type_ != stream.type:
            raise DefinitionError(
                f"Engine: stream {stream.text} takes {stream.type.name} events, got {type_.name}"
            )
        return self._runner.slots.get(stream, -1)

    def _refuse(self, late: int, key: int, time: int, latest: int) -> None:
        if self.on_late == "error":
            raise LateEvent(
                f"Engine: events of a key must not go back in time, got {time} after {latest} (key {key})"
            )
        self.late += late

    def _push_slowly(self, slot: int, event: Event) -> np.ndarray | None:
        key, time = int(event["key"]), int(event["time"])
        runner, registry = self._runner, self._registry
        registry.idle.now = time
        latest = runner.latest(key)
        if latest is None:
            runner.skip(key, 1)
            if key in registry.full and self.on_full == "error":
                raise CapacityError(registry.full[key])
            return None
        if registry.is_over(registry.arena(key), time):
            registry.evict(key)
        elif time < latest:
            self._refuse(1, key, time, latest)
            return None
        try:
            rows = runner.one(slot, key, event.table, event.row)
        except CapacityError as error:
            runner.full += error.left
            if self.on_full == "error":
                raise
            rows = error.rows
        made, self.emitted = rows.count, runner.left.take()
        self.emitted.extend(rows)
        return registry.arenas[key].row if made else None

    def _finish(self, key: int, code: int) -> np.ndarray | None:
        """Fit (code 0), or grow after ``push`` admitted an event and made no row (1) or one (2)."""
        if code == 0:
            self._runner.fit(self._registry.arenas[key])
            made = self._runner.until(key, BEGINNING).count
            return self._registry.arenas[key].row if made else None
        arena = self._registry.arenas[key]
        try:
            grown = self._registry.grow(key)
            grown.show(arena.row)
            arena = grown
        except CapacityError:
            if self.on_full == "error":
                raise
        return arena.row if code == 2 else None
