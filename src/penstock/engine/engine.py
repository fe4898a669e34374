"""The engine: runs a plan, one arena per key."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from penstock.compile.layout import ARMED, COUNT, LATEST, NEVER, ROWS
from penstock.core.errors import DefinitionError, LateEvent
from penstock.core.native import compiled
from penstock.core.schema import EventType
from penstock.engine import process as loop
from penstock.engine.codes import DONE, FULL, HOST, ROOM
from penstock.engine.refit import fit
from penstock.engine.registry import Registry
from penstock.engine.rows import Rows
from penstock.engine.split import by_key
from penstock.events import Block, Event, Keys
from penstock.plan import Plan
from penstock.streams import TIMED, Clock, Stream

SIGNATURE = "int64(int64, int64, int64, int64, int64, int64, int64, int64, int64)"
BEGINNING = np.iinfo(np.int64).min
MAXIMUM_CAPACITY = 1_024  # refits have room for those of one such block (``ops.fitted``)
PIECE = 1 << 22  # cells of a table of rows
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
    on_late
        What to do with an event older than what its key admitted: ``count`` it and leave it out, or ``error``.
    maximum_room
        Ticks that the window of one clock of one key may hold; beyond it CapacityError.

    Attributes
    ----------
    late
        Events left out because they were late.
    emitted
        The rows of the last ``push`` where it made timed ticks, and those of a key's first event.
    """

    def __init__(
        self,
        plan: Plan,
        keys: Keys | None = None,
        *,
        capacity: int = 1,
        threads: int = 1,
        on_late: str = "count",
        maximum_room: int = MAXIMUM_ROOM,
    ) -> None:
        if on_late not in ("count", "error"):
            raise DefinitionError(f"Engine: on_late must be 'count' or 'error', got {on_late!r}")
        if not 1 <= capacity <= MAXIMUM_CAPACITY:
            raise DefinitionError(
                f"Engine: capacity must be from 1 to {MAXIMUM_CAPACITY}, got {capacity}"
            )
        self.plan, self.keys = plan, Keys() if keys is None else keys
        self.names = tuple(name for name, _ in plan.outputs)
        self.capacity, self.threads, self.on_late, self.maximum_room = (
            capacity,
            threads,
            on_late,
            maximum_room,
        )
        self.late = 0
        self.emitted = Rows(self.names)
        self._registry = Registry(plan, self.keys, capacity, maximum_room)
        self._slots = {stream: slot for slot, stream in enumerate(plan.streams)}
        # hashing an event type costs more than all else in push: its identity stands for it
        self._by_identity = {id(s.type): slot for s, slot in self._slots.items() if not s.role}
        self._process = compiled(loop.process, SIGNATURE)
        self._push = compiled(loop.push, "int64(int64, int64, int64, int64)", brief=True)
        self._few = np.zeros((1 + len(self.names), max(1024, 2 * capacity)), np.int64)
        self._tables = np.zeros(max(len(plan.streams), 1), np.int64)
        self._one = np.zeros(2, np.int64)
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    # -- one event

    def push(self, event: Event, stream: Stream | None = None) -> np.ndarray | None:
        """Admit one event; returns the view's row, or None where the view did not tick.

        The row is a view of the arena, valid until the next call. Of several rows (an event can make many
        timed ticks due) it is the last one; ``emitted`` has them all, until the next call.
        """
        known = self._by_identity.get(id(event.type), -1)
        if stream is not None or known < 0:
            known = self._slot(stream or Stream(event.type), event.type)
        if self.emitted.count:
            self.emitted = Rows(self.names)
        if known < 0:
            return None
        code = self._push(self._registry.address, known, event.table, event.row)
        if code >= 0:
            return self._registry.rows[code >> 1] if code & 1 else None
        if code == -1:
            return self._push_slowly(known, event)
        return self._finish(*divmod(-2 - code, 4))

    # -- many events

    def push_block(self, block: Block, stream: Stream | None = None) -> Rows:
        """Admit a block of events of one stream, and return the rows it made."""
        slot = self._slot(stream or Stream(block.type), block.type)
        rows = np.arange(len(block))
        if slot < 0:
            return Rows(self.names)
        return self.push_merged({slot: block}, np.full(len(block), slot, np.int64), rows)

    def push_merged(self, blocks: dict[int, Block], streams: np.ndarray, rows: np.ndarray) -> Rows:
        """Admit merged events: element i is row ``rows[i]`` of the block of stream ``streams[i]``."""
        tables = np.zeros(max(len(self.plan.streams), 1), np.int64)
        keys = np.empty(len(rows), np.int64)
        times = np.empty(len(rows), np.int64)
        for slot, block in blocks.items():
            tables[slot] = block.table.ctypes.data
            mine = streams == slot
            keys[mine] = block.columns["key"][rows[mine]]
            times[mine] = block.columns["time"][rows[mine]]
        jobs = [
            (key, streams[part].copy(), rows[part].copy(), tables, BEGINNING)
            for key, part in by_key(keys, times, self._latest, self._refuse)
        ]
        if self._pool is not None and len(jobs) > 1:
            done = list(self._pool.map(lambda job: self._run(*job), jobs))
        else:
            done = [self._run(*job) for job in jobs]
        collected = Rows(self.names)
        for runs in done:
            collected.extend(runs)
        return collected

    def advance(self, until: int, keys: Iterable[int] | None = None) -> Rows:
        """Say that no event before ``until`` is to come: timed ticks up to it are made, and their rows returned."""
        none = np.zeros(0, np.int64)
        collected = Rows(self.names)
        for key in sorted(self._registry.arenas) if keys is None else keys:
            collected.extend(self._run(key, none, none, self._tables, until))
            cells = self._registry.arenas[key].cells
            cells[LATEST] = max(int(cells[LATEST]), until)
        return collected

    # -- looking ahead

    def peek(
        self, event: Event | None = None, *, at: int | None = None, key: int = 0
    ) -> np.ndarray | None:
        """The row if ``event`` were the next one, or the row at time ``at``; the state is untouched.

        With ``at`` a timed view ticks then: of bars that is the forming bar.
        """
        if event is not None:
            key, at = int(event["key"]), int(event["time"])
        if at is None:
            raise DefinitionError("Engine.peek: an event or at= is needed, got neither")
        with self._registry.aside(key) as twin:
            if at < twin.cells[LATEST]:
                return None  # it would be late
            made = self._peek_time(key, at) if event is None else self._peek_event(event)
        values = made.values()
        return values[-1] if len(values) else None

    def _peek_event(self, event: Event) -> Rows:
        slot = self._slot(Stream(event.type), event.type)
        one = np.array([event.row])
        return (
            self.push_merged({slot: event.block}, one * 0 + slot, one)
            if slot >= 0
            else Rows(self.names)
        )

    def _peek_time(self, key: int, at: int) -> Rows:
        none = np.zeros(0, np.int64)
        made = self._run(key, none, none, self._tables, at - 1)
        cells = self._registry.arenas[key].cells
        armed = self._registry.first.layout.heads[self.plan.on] + ARMED
        if self.plan.on.phase == TIMED and cells[armed] < NEVER:
            cells[armed] = at
        made.extend(self._run(key, none, none, self._tables, at))
        return made

    # -- state

    def snapshot(self) -> bytes:
        """The state of every key, free of layout; any engine of the same plan restores it."""
        return self._registry.save()

    def restore(self, snapshot: bytes) -> None:
        """Take over a snapshot; raises SnapshotError with what differs."""
        self._registry.restore(snapshot)

    def ticks(self, clock: Clock, key: int = 0) -> int:
        """How many ticks a clock of a key has had."""
        arena = self._registry.arenas[key]
        return int(arena.cells[arena.program.layout.heads[clock] + COUNT])

    # -- inside

    def _slot(self, stream: Stream, type_: EventType) -> int:
        """The place of a stream in the plan, or -1 where the plan does not read it."""
        if type_ is not stream.type and type_ != stream.type:
            raise DefinitionError(
                f"Engine: stream {stream.text} takes {stream.type.name} events, got {type_.name}"
            )
        return self._slots.get(stream, -1)

    def _latest(self, key: int) -> int:
        return int(self._registry.arena(key).cells[LATEST])

    def _refuse(self, late: int, key: int, time: int, latest: int) -> None:
        if self.on_late == "error":
            raise LateEvent(
                f"Engine: events of a key must not go back in time, got {time} after {latest} (key {key})"
            )
        self.late += late

    def _push_slowly(self, slot: int, event: Event) -> np.ndarray | None:
        key, time = int(event["key"]), int(event["time"])
        arena = self._registry.arena(key)
        if time < arena.cells[LATEST]:
            self._refuse(1, key, time, int(arena.cells[LATEST]))
            return None
        self._tables[slot] = event.table
        self._one[:] = slot, event.row
        rows = self._run(key, self._one[:1], self._one[1:], self._tables, BEGINNING)
        self.emitted = rows
        return self._registry.arenas[key].row if rows.count else None

    def _finish(self, key: int, code: int) -> np.ndarray | None:
        """Fit (code 0), or grow after ``push`` admitted an event and made no row (1) or one (2)."""
        if code == 0:
            fit(self._registry.arenas[key])
            none = np.zeros(0, np.int64)
            return (
                self._registry.arenas[key].row
                if self._run(key, none, none, self._tables, BEGINNING).count
                else None
            )
        made = self._registry.arenas[key].row
        row = self._registry.grow(key).row
        row[:] = made
        return row if code == 2 else None

    def _table(self, elements: int) -> np.ndarray:
        """A table for the rows that so many elements may make; a large one becomes the rows.

        Fresh memory costs 3 ns a value in pages of 4 KiB; from 4 MiB on numpy asks for large pages.
        """
        columns, fewest = self._few.shape
        if 2 * elements <= fewest:
            return self._few if self.threads == 1 else np.empty((columns, fewest), np.int64)
        most = max(PIECE // columns, fewest)
        return np.empty((columns, min(elements, most)), np.int64)

    def _run(
        self, key: int, streams: np.ndarray, rows: np.ndarray, tables: np.ndarray, until: int
    ) -> Rows:
        """Run one key's elements, then its timed ticks up to ``until``; returns the rows."""
        arena = self._registry.arena(key)
        arena.rewind()
        collected = Rows(self.names)
        table = self._table(len(streams))
        code = FULL
        while code != DONE:
            code = self._process(
                arena.program.address,
                arena.address,
                streams.ctypes.data,
                rows.ctypes.data,
                len(streams),
                tables.ctypes.data,
                until,
                table.ctypes.data,
                table.shape[1],
            )
            if code == HOST:
                fit(arena)
                continue
            made = int(arena.cells[ROWS])
            if collected.add(key, table, made, keep=table is not self._few) and code != DONE:
                table = self._table(len(streams))
            arena.cells[ROWS] = 0
            if code == ROOM:
                arena = self._registry.grow(key)
        return collected
