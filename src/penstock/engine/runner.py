"""A plan at work: its arenas, the compiled loop over one key's elements, and the rows that come of it."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from weakref import WeakMethod

import numpy as np

from penstock.compile.layout import ENDED, NEXT, ROWS, SEEN
from penstock.core.errors import CapacityError, DefinitionError
from penstock.core.native import compiled
from penstock.engine import process as loop
from penstock.engine.arena import Arena
from penstock.engine.codes import DONE, FULL, HOST, ROOM
from penstock.engine.due import BEGINNING, FLOOR
from penstock.engine.idle import FOREVER
from penstock.engine.refit import Refits
from penstock.engine.registry import Registry
from penstock.engine.router import Router
from penstock.engine.rows import Rows
from penstock.engine.split import by_key, keys_and_times
from penstock.events import Block
from penstock.plan import Plan

SIGNATURE = "int64(int64, int64, int64, int64, int64, int64, int64, int64, int64)"
PIECE = 1 << 22  # cells of a table of rows

Refuse = Callable[[int, int, int, int], None]


def _while_there(leave: WeakMethod[Callable[[int], None]], key: int) -> None:
    """Let a runner make a key's last ticks, unless it is gone."""
    made = leave()
    if made is not None:
        made(key)


class Runner:
    """Runs a plan over the elements of keys.

    Parameters
    ----------
    plan
        What to run.
    registry
        The arenas of its keys.
    threads
        Threads that blocks are spread over, by key.
    count_full
        Whether events of keys at a maximum are only counted; else the first such key's error is raised, after the
        other keys' events are in.

    Attributes
    ----------
    full
        Events of keys whose window is at its maximum.
    left
        Rows of the last timed ticks of keys that were dropped, until they are taken.
    process, fit
        The compiled loop over blocks, and the host step of refits; a profile puts its own in their place.
    """

    def __init__(
        self,
        plan: Plan,
        registry: Registry,
        threads: int,
        *,
        count_full: bool = False,
        refits: Refits | None = None,
    ) -> None:
        self.plan, self.registry, self.threads = plan, registry, threads
        self.count_full, self.full = count_full, 0
        self.names = tuple(name for name, _ in plan.outputs)
        self.slots = {stream: slot for slot, stream in enumerate(plan.inputs)}
        # hashing an event type costs more than all else in push: its identity stands for it
        # events that have copies go another way
        known = {} if plan.routes else self.slots
        self.by_identity = {id(s.type): slot for s, slot in known.items() if not s.role}
        if plan.routes and registry.idle.active:
            raise DefinitionError(
                "Engine: ttl and maximum_keys need a plan without routes, got routes"
            )
        self.router = Router(plan, registry.keys, self.slots) if plan.routes else None
        self.tables = np.zeros(max(len(plan.inputs), 1), np.int64)
        self.process = compiled(loop.process, SIGNATURE)
        self.refits = refits or Refits()
        self.fit: Callable[[Arena], None] = self.refits
        self._few = np.zeros((1 + len(self.names), max(1024, 2 * registry.capacity)), np.int64)
        self._one = np.zeros(2, np.int64)
        self.left = Rows(self.names)
        # a cycle would keep the arenas of an engine that is gone until garbage is looked for
        leave = WeakMethod(self._leave)
        registry.leave = partial(_while_there, leave)

    def latest(self, key: int) -> int | None:
        """The latest time that a key has admitted or was advanced to; None where it takes no events."""
        if key in self.registry.full or not self.registry.admits(key):
            return None
        return self.registry.latest(key)

    def _leave(self, key: int) -> None:
        """Make the timed ticks that a key has before it is dropped."""
        idle = self.registry.idle
        if idle.ttl < FOREVER:
            seen = int(self.registry.arenas[key].cells[SEEN])
            self.left.extend(self.until(key, min(seen + idle.ttl, idle.now)))

    def skip(self, key: int, events: int) -> None:
        """Count events of a key that takes none."""
        if key in self.registry.full:
            self.full += events
        else:
            self.registry.idle.refused += events

    def one(self, slot: int, key: int, table: int, row: int) -> Rows:
        """Run one event."""
        self.tables[slot] = table
        self._one[:] = slot, row
        made = self.run(key, self._one[:1], self._one[1:], self.tables, BEGINNING)
        self.registry.due.look(self.registry.address, key)
        return made

    def until(self, key: int, until: int) -> Rows:
        """Make a key's timed ticks up to a time, or go on where the host was needed."""
        none = np.zeros(0, np.int64)
        made = self.run(key, none, none, self.tables, until)
        self.registry.due.look(self.registry.address, key)
        return made

    def advance(self, until: int) -> Rows:
        """Make the timed ticks of all keys up to a time, in order of time, then key; silent keys are not looked at."""
        registry, collected = self.registry, Rows(self.names)
        registry.idle.now = until
        registry.table[FLOOR] = max(int(registry.table[FLOOR]), until)
        for key in registry.due.pop(registry.table, until):
            if key in registry.arenas:
                collected.extend(self.stay(key, until))
        collected.extend(self.left.take())
        return collected.ordered()

    def stay(self, key: int, until: int) -> Rows:
        """Make a key's timed ticks up to a time, or up to where it has been silent for too long; then it is evicted."""
        last = self.registry.silent_at(key)
        made = self.until(key, min(last, until))
        if last < until:
            self.registry.evict(key)
        return made

    def merged(
        self,
        blocks: dict[int, Block],
        streams: np.ndarray,
        rows: np.ndarray,
        refuse: Refuse,
        pool: ThreadPoolExecutor | None = None,
    ) -> Rows:
        """Run merged events: element i is row ``rows[i]`` of the block of stream ``streams[i]``."""
        tables = np.zeros_like(self.tables)
        for slot, block in blocks.items():
            tables[slot] = block.address
        keys, times = keys_and_times(tables, streams, rows)
        if self.router is not None:
            present = self.registry.arenas.keys()
            chosen, slots, keys = self.router.copied(streams, keys, present)
            for slot, raw in self.router.copies_of.items():
                tables[slot] = tables[raw]
            streams, rows, times = slots, rows[chosen], times[chosen]
        return self._each(tables, streams, rows, (keys, times), refuse, pool)

    def _each(
        self,
        tables: np.ndarray,
        streams: np.ndarray,
        rows: np.ndarray,
        whose: tuple[np.ndarray, np.ndarray],
        refuse: Refuse,
        pool: ThreadPoolExecutor | None,
    ) -> Rows:
        """Run the elements of each key; ``whose`` are their keys and times."""
        keys, times = whose
        idle = self.registry.idle
        if idle.active and len(times):
            idle.now = int(times.min())
        errors: list[CapacityError] = []
        collected = Rows(self.names)

        def work(given: tuple[int, np.ndarray | slice]) -> tuple[int, Rows]:
            key, part = given
            try:
                return key, self._parts(key, times[part], streams[part], rows[part], tables)
            except CapacityError as error:
                errors.append(error)
                self.full += error.left
                return key, error.rows or Rows(self.names)

        def skip(key: int, events: int) -> None:
            self.skip(key, events)
            if key in self.registry.full:
                errors.append(CapacityError(self.registry.full[key]))

        jobs = by_key(keys, times, self.latest, refuse, skip)
        for key, made in map(work, jobs) if pool is None else pool.map(work, list(jobs)):
            self.registry.due.look(self.registry.address, key)
            collected.extend(made)
        collected.extend(self.left.take())
        if errors and not self.count_full:
            raise CapacityError(*errors[0].args, rows=collected)
        return collected

    def _parts(
        self, key: int, times: np.ndarray, streams: np.ndarray, rows: np.ndarray, tables: np.ndarray
    ) -> Rows:
        """Run the elements of a key, in parts where it was silent for so long that it begins anew."""
        gap = self.registry.idle.gap
        if gap == FOREVER:
            return self.run(key, streams, rows, tables, BEGINNING)
        collected = Rows(self.names)
        before = np.concatenate([self.registry.arena(key).cells[SEEN : SEEN + 1], times[:-1]])
        cuts = np.flatnonzero((before > BEGINNING) & (times - gap > before)).tolist()
        for start, stop in itertools.pairwise([0, *cuts, len(times)]):
            if start in cuts:
                self.registry.idle.now = int(times[start])
                self.registry.evict(key)
                collected.extend(self.left.take())
            part = slice(start, stop)
            try:
                collected.extend(self.run(key, streams[part], rows[part], tables, BEGINNING))
            except CapacityError as error:
                collected.extend(error.rows or Rows(self.names))
                error.rows, error.left = collected, error.left + len(times) - stop
                raise
        return collected

    def _table(self, elements: int) -> np.ndarray:
        """A table for the rows that so many elements may make; a large one becomes the rows.

        Fresh memory costs 3 ns a value in pages of 4 KiB; from 4 MiB on numpy asks for large pages.
        """
        columns, fewest = self._few.shape
        if 2 * elements <= fewest:
            return self._few if self.threads == 1 else np.empty((columns, fewest), np.int64)
        most = max(PIECE // columns, fewest)
        return np.empty((columns, min(elements, most)), np.int64)

    def run(
        self, key: int, streams: np.ndarray, rows: np.ndarray, tables: np.ndarray, until: int
    ) -> Rows:
        """Run one key's elements, then its timed ticks up to ``until``; returns the rows."""
        arena = self.registry.arena(key)
        arena.rewind()
        collected = Rows(self.names)
        table = self._table(len(streams))
        code = FULL
        while code != DONE:
            code = self.process(
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
                self.fit(arena)
                continue
            if arena.cells[ENDED]:
                self._calendar_ended(arena)
            made = int(arena.cells[ROWS])
            if collected.add(key, table, made, keep=table is not self._few) and code != DONE:
                table = self._table(len(streams))
            arena.cells[ROWS] = 0
            if code == ROOM:
                try:
                    arena = self.registry.grow(key)
                except CapacityError as error:
                    error.rows = collected
                    error.left = len(streams) - int(self.registry.arenas[key].cells[NEXT])
                    raise
        return collected

    def _calendar_ended(self, arena: Arena) -> None:
        """Say that a session clock has no tick to wait for; its events must not seem to belong to a session."""
        clock = self.plan.clocks[int(arena.cells[ENDED]) - 1]
        arena.cells[ENDED] = 0
        last = clock.instants[-1].astype("datetime64[ns]")  # type: ignore[attr-defined]
        raise CapacityError(
            f"Engine: the calendar of {clock.text} is known up to {last}, got an event or a tick from there on"
        )
