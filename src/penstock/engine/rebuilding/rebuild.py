"""Rebuilding: an event that comes late is put in its place, and its key is run again from the last point before it.

1. Of each key the events, the rows and, every so often, a point (a copy of its state) are held up to a horizon.
2. A late event is put among the held ones at its time and its stream's rank, behind those of the same place.
3. The key gets the state of the last point before it; what follows is run again, in blocks, and points are kept anew.
4. Rows that are new or have other bits are given out, each with its revision; a row that is no more is withdrawn.

No other key is touched. The key's state is then that of an engine that got the events in order.
"""

import struct
from bisect import bisect_left

import numpy as np

from penstock.core.errors import CapacityError, DefinitionError
from penstock.core.time import Duration, duration
from penstock.engine.engine import Engine
from penstock.engine.kept import Kept, in_the_past, keep, put_back
from penstock.engine.rebuilding.history import (
    BEGINNING,
    NO_ROW,
    NOWHERE,
    Change,
    History,
    Point,
    Spot,
    numbered,
    packed,
)
from penstock.engine.rows import Rows
from penstock.events import Block

HEAD = struct.Struct("<qqq")  # time, receive, key: how every record begins
EVERY = 1_000
HORIZON = "1m"
MEMORY = 1 << 29


class Rebuild:
    """The histories of an engine's keys.

    Parameters
    ----------
    engine
        Whose keys they are.
    every
        Events, or event time, between two points of a key: what a late event costs, against memory.
    horizon
        How much older than the newest time of its key a late event may be.
    memory
        Bytes that may be held; beyond them the oldest history is forgotten first.

    Attributes
    ----------
    until
        The time that every key was advanced to.
    held
        Bytes held now, about.
    """

    def __init__(
        self,
        engine: Engine,
        every: int | str = EVERY,
        horizon: Duration | str | int = HORIZON,
        memory: int = MEMORY,
    ) -> None:
        self.engine, self.memory, self.horizon = engine, memory, duration(horizon)
        self.every, self.span = (every, None) if isinstance(every, int) else (None, duration(every))
        if (self.every or self.span or 0) < 1 or self.horizon < 0 or memory < 1:
            raise DefinitionError(
                f"Rebuild: every and memory must be positive and the horizon not negative, "
                f"got {every!r}, {memory!r}, {horizon!r}"
            )
        self.until, self.held = BEGINNING, 0
        self.histories: dict[int, History] = {}
        self._plan = engine.plan
        self.begin()

    def begin(self) -> None:
        """Begin with the states that the engine has now: what was before is not known."""
        self._plan, self.held = self.engine.plan, 0
        self.histories.clear()
        for key in self.engine.registry.arenas:
            self._begin(key)

    def put(self, key: int, history: History) -> None:
        """Take a key's history over."""
        known = self.histories.pop(key, None)
        self.histories[key] = history
        self._count(history.held - (0 if known is None else known.held))

    def late(self, rank: int, record: bytes) -> bool:
        """Whether an event does not stand after all that its key has admitted."""
        if self.engine.plan is not self._plan:
            self.begin()  # points of another plan are of no use
        time, _, key = HEAD.unpack_from(record)
        history = self.histories.get(key) or self._begin(key)
        return time < self.until or (time, rank) < history.last

    def admitted(self, rank: int, record: bytes) -> None:
        """Note an event that the engine has just admitted, after its rows."""
        time, _, key = HEAD.unpack_from(record)
        history = self.histories[key]
        held = history.held
        history.event((time, rank), record)
        point = history.points[-1]
        if self.span is None:
            due = len(history.records) - point.index >= self.every  # type: ignore[operator]
        else:
            due = time - max(point.latest, history.places[point.index][0]) >= self.span
        if due:
            self._keep(key, history)
        self._count(history.held - held)

    def row(self, key: int, ts: int, values: np.ndarray) -> tuple[int, int]:
        """Note a row; returns its number among the rows of its time, and its revision."""
        history = self.histories[key]
        held = history.held
        spot, revision = history.row(ts, values.tobytes())
        self.held += history.held - held
        return spot[1], revision

    def advanced(self, until: int) -> None:
        """Note that every key was advanced, after its rows."""
        self.until = max(self.until, until)
        for key, history in self.histories.items():
            # of a silent key only rows come: they count as events do
            if history.fresh >= (self.every or EVERY):
                held = history.held
                self._keep(key, history)
                self._count(history.held - held)

    def insert(self, rank: int, record: bytes) -> list[Change] | None:
        """Put a late event in its place; returns what changed, or None where it is too late for that."""
        time, _, key = HEAD.unpack_from(record)
        history = self.histories[key]
        if time < self._latest(history) - self.horizon:
            return None
        point = history.before((time, rank))
        if point is None:
            return None
        held = history.held
        history.insert((time, rank), record)
        history.forget_after(point)
        with in_the_past(self.engine.registry):
            rows = self._replay(key, history, point)
        changes = history.replace_rows(point.spot, rows)
        self._count(history.held - held)
        return changes

    def _latest(self, history: History) -> int:
        return max(self.until, history.last[0], history.points[0].latest)

    def _begin(self, key: int) -> History:
        """Begin a history with the state that a key has now."""
        kept = keep(self.engine.registry, key)
        last = NOWHERE if kept is None else (kept.latest, 0)
        history = self.histories[key] = History([Point(0, last, last[0], NO_ROW, kept)])
        self.held += history.held
        return history

    def _keep(self, key: int, history: History) -> None:
        """Keep a point now, and forget what is beyond the horizon."""
        kept = self._state(key)
        point = Point(len(history.records), history.last, kept.latest, history.spot, kept)
        history.keep(point)
        oldest = self._latest(history) - self.horizon
        while len(history.points) > 1 and history.points[1].latest < oldest:
            history.drop_first()

    def _state(self, key: int) -> Kept:
        kept = keep(self.engine.registry, key)
        if kept is None:
            raise DefinitionError(f"Rebuild: a key that has had events is needed, got {key}")
        return kept

    def _replay(self, key: int, history: History, point: Point) -> dict[Spot, bytes]:
        """Run what stands after a point again, keeping points on the way; returns the rows by their spots."""
        put_back(self.engine.registry, key, point.kept)
        rows, spots = Rows(self.engine.names), [point.spot]
        start = point.index
        while start < len(history.records):
            stop = self._stop(history, start)
            add(rows, spots, self._run(history, start, stop))
            if stop < len(history.records):
                kept = self._state(key)
                history.keep(Point(stop, history.places[stop - 1], kept.latest, spots[-1], kept))
            start = stop
        add(rows, spots, self.engine.advance(self._latest(history), [key]))
        return dict(zip(spots[1:], packed(rows.values()), strict=True))

    def _stop(self, history: History, start: int) -> int:
        """Where the next point comes."""
        places = history.places
        if self.every is not None:
            return min(start + self.every, len(places))
        return bisect_left(places, (places[start][0] + (self.span or 0), 0), start + 1)

    def _run(self, history: History, start: int, stop: int) -> Rows:
        """Give held events to the engine."""
        ranks = np.array([rank for _, rank in history.places[start:stop]], np.int64)
        rows, blocks = np.empty(len(ranks), np.int64), dict[int, Block]()
        for rank in np.unique(ranks).tolist():
            mine = np.flatnonzero(ranks == rank)
            records = b"".join([history.records[start + i] for i in mine.tolist()])
            blocks[rank] = Block.of_records(self.engine.plan.streams[rank].type, records)
            rows[mine] = np.arange(len(mine))
        return self.engine.push_merged(blocks, ranks, rows)

    def _count(self, change: int) -> None:
        """Count bytes, and where they are too many forget down to three quarters."""
        self.held += change
        if self.held <= self.memory:
            return
        while self.held > self.memory // 4 * 3:
            some = [(h.held, key) for key, h in self.histories.items() if h.records]
            if not some:
                raise CapacityError(
                    f"Rebuild: {self.memory} bytes must hold a point of each of {len(self.histories)} keys, "
                    f"got {self.held} needed; raise rebuild_memory"
                )
            _, key = max(some)
            history = self.histories[key]
            held = history.held
            if len(history.points) == 1:
                self._keep(key, history)
            if len(history.points) > 1:
                history.drop_first()
            self.held += history.held - held


def add(rows: Rows, spots: list[Spot], made: Rows) -> None:
    """Add one key's rows, and their spots."""
    rows.extend(made)
    spots += numbered(made.times().tolist(), spots[-1])
