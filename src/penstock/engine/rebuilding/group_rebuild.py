"""Rebuilding a group: an event that comes late is put in its place, and all members are run again from before it.

Members see each other through the group, so no member can be run again alone. Whole snapshots are kept every so many
events; a late event is put among those that are held, the last snapshot before it is restored, and what follows runs
again in lock step. Rows are known by who they are of and by their tick, of which there is one for each.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from penstock.core.errors import CapacityError, DefinitionError
from penstock.core.time import Duration, duration
from penstock.engine.group import Group
from penstock.engine.rows import Rows
from penstock.events import Block, Event
from penstock.streams import Stream

BEGINNING = np.iinfo(np.int64).min
GROUP = -1  # whose rows the group's are, beside the members' key numbers
MEMORY = 1 << 29

Place = tuple[int, int]  # time, rank of the stream
Spot = tuple[int, int]  # tick, whose row


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A row of a member, or of the group where ``key`` is None; a later one with a higher revision replaces it."""

    key: tuple[str, ...] | None
    ts: int
    values: np.ndarray
    revision: int = 0


@dataclass(frozen=True, slots=True)
class _Point:
    """The state after so many of the held events, and the last time that it knows of."""

    index: int
    time: int
    state: bytes


class GroupRebuild:
    """A group that takes events in any order, within a horizon.

    Parameters
    ----------
    group
        The group; events go in through this object from now on.
    every
        Events between two kept states: what a late event costs, against memory.
    horizon
        How much older than the newest time a late event may be.
    memory
        Bytes that may be held, about; beyond them the oldest history is forgotten first.

    Attributes
    ----------
    rebuilt, too_late
        Events that were put in their place, and that were left out because they were older than what is held.
    """

    def __init__(
        self,
        group: Group,
        every: int = 1_000,
        horizon: Duration | str | int = "1m",
        memory: int = MEMORY,
    ) -> None:
        self.group, self.every, self.horizon = group, every, duration(horizon)
        if every < 1 or self.horizon < 0 or memory < 1:
            raise DefinitionError(
                f"GroupRebuild: every and memory must be positive and the horizon not negative, got {every!r}, "
                f"{memory!r}, {horizon!r}"
            )
        self.memory, self.until = memory, BEGINNING
        self.rebuilt = self.too_late = 0
        self._streams = {s: rank for rank, s in enumerate(group.members.plan.streams)}
        self._places: list[Place] = []
        self._records: list[bytes] = []
        self._rows: dict[Spot, tuple[bytes, int]] = {}
        # what the group was given before is not known
        self._points = [_Point(0, group.members.registry.newest(), group.snapshot())]

    @property
    def held(self) -> int:
        """Bytes held, about."""
        states = sum(len(point.state) for point in self._points)
        return (
            states + sum(map(len, self._records)) + sum(len(row) for row, _ in self._rows.values())
        )

    def push(self, event: Event, stream: Stream | None = None) -> list[GroupRow]:
        """Take an event in; gives the rows that are new, and again those that it changed."""
        rank = self._streams.get(stream or Stream(event.type))
        if rank is None or int(event["key"]) not in self.group.numbers:
            return []
        place = int(event["time"]), rank
        last = self._places[-1] if self._places else (self._points[0].time, -1)
        if place[0] >= self.until and place >= last:
            self._note(len(self._places), place, event.record())
            made = self.group.push_block(Block.of_records(event.type, event.record()), stream)
            rows = list(self._given(made))
            if len(self._places) - self._points[-1].index >= self.every:
                self._keep(len(self._places))
                self._forget()
            return rows
        return self._put(place, event.record())

    def advance(self, until: int) -> list[GroupRow]:
        """Tick up to and including ``until``; an event before it is late from now on."""
        self.until = max(self.until, until)
        return list(self._given(self.group.advance(until)))

    def _put(self, place: Place, record: bytes) -> list[GroupRow]:
        """Put a late event in its place, and run again what follows."""
        index = bisect_right(self._places, place)
        before = [p for p in self._points if p.index <= index and p.time <= place[0]]
        if place[0] < self._newest() - self.horizon or not before:
            self.too_late += 1
            return []
        self.rebuilt += 1
        self._points = before
        self._note(index, place, record)
        self.group.restore(before[-1].state)
        rows = list(self._again(before[-1].index))
        rows += self._given(self.group.advance(self.until))
        self._forget()
        return sorted(rows, key=lambda row: row.ts)

    def _again(self, start: int) -> Iterator[GroupRow]:
        """Run held events again, in runs of one stream, and keep states on the way."""
        streams = self.group.members.plan.streams
        while start < len(self._places):
            rank, most = self._places[start][1], min(start + self.every, len(self._places))
            stop = next((i for i in range(start, most) if self._places[i][1] != rank), most)
            block = Block.of_records(streams[rank].type, b"".join(self._records[start:stop]))
            yield from self._given(self.group.push_block(block, streams[rank]))
            start = stop
            if start - self._points[-1].index >= self.every and start < len(self._places):
                self._keep(start)

    def _note(self, index: int, place: Place, record: bytes) -> None:
        """Hold an event."""
        self._places.insert(index, place)
        self._records.insert(index, record)

    def _given(self, made: tuple[Rows, Rows]) -> Iterator[GroupRow]:
        """Rows that are new or have other bits than those that were given out."""
        for rows, names in zip(made, (self.group.keys.names, None), strict=True):
            numbers, times = rows.keys().tolist(), rows.times().tolist()
            for number, ts, values in zip(numbers, times, rows.values(), strict=True):
                spot = (ts, GROUP if names is None else number)
                bits = np.where(np.isnan(values), np.nan, values).tobytes()
                old, revision = self._rows.get(spot, (None, -1))
                if bits != old:
                    self._rows[spot] = bits, revision + 1
                    yield GroupRow(
                        None if names is None else names[number], ts, values, revision + 1
                    )

    def _newest(self) -> int:
        """The latest time that is known."""
        return max(self.until, self._places[-1][0] if self._places else BEGINNING)

    def _keep(self, index: int) -> None:
        """Keep the state now, after so many of the held events."""
        time = max(self._places[index - 1][0], self.group.ticked)
        self._points.append(_Point(index, time, self.group.snapshot()))

    def _forget(self) -> None:
        """Forget what is beyond the horizon or the memory."""
        oldest = self._newest() - self.horizon
        while len(self._points) > 1 and self._points[1].time < oldest:
            self._forget_first()
        while len(self._points) > 1 and self.held > self.memory:
            self._forget_first()
        if self.held > self.memory:
            raise CapacityError(
                f"GroupRebuild: memory must hold one state of the group, {self.held} bytes, got {self.memory}"
            )

    def _forget_first(self) -> None:
        """Forget all before the second point."""
        cut, time = self._points[1].index, self._points[1].time
        self._points = [_Point(p.index - cut, p.time, p.state) for p in self._points[1:]]
        del self._places[:cut], self._records[:cut]
        for spot in [spot for spot in self._rows if spot[0] <= time - self.group.hop.hop]:
            del self._rows[spot]
