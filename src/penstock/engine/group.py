"""Groups: an engine fed by its members' timed ticks, and members that read the group back.

Members and group advance in lock step: members take their events up to T and tick at T; the values of all members
at T are one event of the group; the group's row at T is an event of every member right after T's timed ticks and
before the events of T. So a member's tick at T sees the group of the tick before, and nothing looks ahead.
"""

import json
import struct
import zlib
from collections.abc import Mapping

import numpy as np

from penstock.core.errors import DefinitionError, SnapshotError
from penstock.core.schema import EventType, Field
from penstock.engine.due import BEGINNING
from penstock.engine.engine import Engine
from penstock.engine.rows import Rows
from penstock.events import Block, Keys
from penstock.expr import Expr
from penstock.plan import build
from penstock.streams import Every, Stream

MAGIC = b"PENGROUP"


def members_stream(columns: Mapping[str, Expr], size: int) -> Stream:
    """The stream that a group reads: each column of its members as one wide column, a cell per member."""
    fields = tuple(Field(name, expr.unit, "f8", size) for name, expr in columns.items())
    return Stream(EventType("members", "The members' values at one timed tick.", fields))


def group_stream(columns: Mapping[str, Expr]) -> Stream:
    """The stream that members read back: the group's columns."""
    fields = tuple(Field(name, expr.unit) for name, expr in columns.items())
    return Stream(EventType("group", "The group's values at one timed tick.", fields))


class Group:
    """Members in lock step with the group that they make up.

    Parameters
    ----------
    columns
        The members' columns; the group sees them all.
    over
        The group's columns, over ``members_stream(columns, len(names))``.
    hop
        The clock on which members report.
    names
        The members' keys, in the order of the group's cells; events of other keys are left out.
    streams
        What members read; put ``group_stream(over)`` first if they read the group back.
    capacity
        Ticks of a block in the members' engine.

    Attributes
    ----------
    numbers
        The members' places among the group's cells, by key number.

    Notes
    -----
    An event that is older than what its member has had is left out and counted (``members.late``);
    `rebuilding.group_rebuild.GroupRebuild` puts it in its place.
    """

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        columns: Mapping[str, Expr],
        over: Mapping[str, Expr],
        hop: Every,
        names: tuple[tuple[str, ...], ...],
        streams: tuple[Stream, ...],
        *,
        keys: Keys | None = None,
        capacity: int = 1,
    ) -> None:
        if len(names) < 2:
            raise DefinitionError(f"Group: at least two members are needed, got {len(names)}")
        self.hop, self.names, self.keys = hop, names, Keys() if keys is None else keys
        self.numbers = {self.keys.number(name): i for i, name in enumerate(names)}
        self._seen, self._back = members_stream(columns, len(names)), group_stream(over)
        self.members = Engine(build(columns, hop, streams), self.keys, capacity=capacity)
        self.group = Engine(build(over, self._seen, (self._seen,)), Keys(("group",)))
        self._reads_back = self._back in self.members.plan.streams
        self._next: int | None = None

    def push_block(self, block: Block, stream: Stream | None = None) -> tuple[Rows, Rows]:
        """Admit members' events; returns the rows of the members and of the group."""
        ours = np.isin(block.columns["key"], list(self.numbers))
        block = block if ours.all() else block.take(np.flatnonzero(ours))
        rows = Rows(self.members.names), Rows(self.group.names)
        times, start = block.columns["time"], 0
        while start < len(block):
            if self._next is None:
                self._next = self._after(int(times[start]))
            stop = int(np.searchsorted(times, self._next))
            if stop > start:
                rows[0].extend(self.members.push_block(block.take(slice(start, stop)), stream))
                start = stop
            if start < len(block):
                self._tick(rows)
        return rows

    def advance(self, until: int) -> tuple[Rows, Rows]:
        """Tick up to and including ``until``."""
        rows = Rows(self.members.names), Rows(self.group.names)
        while self._next is not None and self._next <= until:
            self._tick(rows)
        return rows

    @property
    def ticked(self) -> int:
        """The time of the last tick, or of the one that there would have been before the first."""
        return BEGINNING if self._next is None else self._next - self.hop.hop

    def snapshot(self) -> bytes:
        """The state of the members and of the group, and when they tick next."""
        members, group = self.members.snapshot(), self.group.snapshot()
        head = {"names": self.names, "next": self._next, "members": len(members)}
        text = json.dumps(head).encode()
        start = MAGIC + struct.pack("<II", len(text), zlib.crc32(text))
        return start + text + members + group

    def restore(self, snapshot: bytes) -> None:
        """Take over a snapshot of the same members; where SnapshotError says what is wrong, nothing changes."""
        start = len(MAGIC) + 8
        if snapshot[: len(MAGIC)] != MAGIC or len(snapshot) < start:
            raise SnapshotError(
                f"Group: a snapshot must begin with {MAGIC!r}, got {snapshot[:8]!r}"
            )
        size, crc = struct.unpack_from("<II", snapshot, len(MAGIC))
        text = snapshot[start : start + size]
        if zlib.crc32(text) != crc:
            raise SnapshotError(
                f"Group: a header that sums up to {crc} is needed, got a damaged one"
            )
        head = json.loads(text)
        if head["names"] != [list(name) for name in self.names]:
            raise SnapshotError(f"Group: members must be {self.names}, got {head['names']}")
        cut, before = start + size + head["members"], self.members.snapshot()
        self.members.restore(snapshot[start + size : cut])
        try:
            self.group.restore(snapshot[cut:])
        except SnapshotError:
            self.members.restore(before)
            raise
        self._next = head["next"]

    def _after(self, time: int) -> int:
        return ((time - self.hop.offset) // self.hop.hop + 1) * self.hop.hop + self.hop.offset

    def _tick(self, rows: tuple[Rows, Rows]) -> None:
        time: int = self._next  # type: ignore[assignment]
        made = self.members.advance(time)
        rows[0].extend(made)
        values = np.full((len(self.members.names), 1, len(self.names)), np.nan)
        for key, row in zip(made.keys().tolist(), made.values(), strict=True):
            values[:, 0, self.numbers[key]] = row
        seen = dict(zip(self.members.names, values, strict=True))
        group_rows = self.group.push_block(Block.of(self._seen.type, time=[time], **seen))
        rows[1].extend(group_rows)
        if self._reads_back:
            self._read_back(time, group_rows.values()[-1])
        self._next = time + self.hop.hop

    def _read_back(self, time: int, row: np.ndarray) -> None:
        known = sorted(self.numbers)
        size = len(known)
        columns = {name: np.full(size, row[i]) for i, name in enumerate(self.group.names)}
        self.members.push_block(Block.of(self._back.type, time=[time] * size, key=known, **columns))
