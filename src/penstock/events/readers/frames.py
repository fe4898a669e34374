"""Runs of equal records out of a stream of bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from penstock.events.readers.layouts import HEADER, NOTES
from penstock.events.readers.pieces import KEPT, BrokenError

_NARROW = 64  # records looked at after an odd one; doubled while all are alike

Clock = Callable[[bytes, int, int], np.ndarray]


@dataclass(frozen=True, slots=True)
class Run:
    """Records of one kind: data, one note about the feed, or one piece that is bad."""

    row: int  # number of the first record
    raw: bytes
    at: int  # offset of the first record in raw
    count: int
    note: str | None = None
    reason: str | None = None
    detail: str = ""


class Frames:
    """Cuts a stream of DBN records.

    Parameters
    ----------
    size
        Bytes of a data record.
    rtype
        Type of a data record.
    goal
        Bytes of a run, about.
    clock
        Where given, records of one time stay in one run, unless they are more than a run.
    mixed
        Other records' data are no damage: a recorded session of several schemas.
    """

    def __init__(
        self, size: int, rtype: int, *, goal: int, clock: Clock | None, mixed: bool
    ) -> None:
        self.size = size
        self.head = rtype << 8 | size // 4
        self.rtype = rtype
        self.goal = goal
        self.most = max(1, goal // size)  # records of a run
        self.clock = clock
        self.mixed = mixed
        self.row = 0

    def runs(self, source: Iterator[bytes], rest: bytes) -> Iterator[Run]:
        """All runs in order; after damage one bad run, and nothing more."""
        parts, held, broken = [rest], len(rest), None
        more = True
        while more:
            try:
                piece = next(source)
                parts.append(piece)
                held += len(piece)
            except StopIteration:
                more = False
            except BrokenError as error:
                more, broken = False, error
            if more and held < self.goal:
                continue
            data = b"".join(parts)
            at = yield from self._cut(data, last=not more)
            if at < 0:
                return
            parts, held = [data[at:]], len(data) - at
        yield from self._tail(parts[0], broken)

    def _tail(self, rest: bytes, broken: BrokenError | None) -> Iterator[Run]:
        if broken is not None:
            yield self._bad(rest, 0, broken.reason, broken.detail)
        elif rest:
            yield self._bad(rest, 0, "truncated", f"{len(rest)} bytes of a record")

    def _bad(self, data: bytes, at: int, reason: str, detail: str) -> Run:
        return Run(self.row, data[at : at + KEPT], 0, 1, reason=reason, detail=detail)

    def _cut(self, data: bytes, *, last: bool) -> Iterator[Run]:
        """Give the runs of a buffer; returns how far it is used, -1 where the rest is lost."""
        at, window = 0, self.most
        while at + HEADER <= len(data):
            left = (len(data) - at) // self.size
            looked = min(window, left)
            alike = self._alike(data, at, looked)
            if alike:
                # the run may go on: its last time waits, unless the file ends here
                open_ended = alike == looked and not (last and looked == left)
                count = self._hold(data, at, alike) if open_ended else alike
                window = min(window * 2, self.most) if alike == looked else _NARROW
                if count == 0 and looked < min(left, self.most):
                    continue
                count = count or (0 if at and looked == left else alike)
                if count:
                    yield Run(self.row, data, at, count)
                self.row += count
                at += count * self.size
                if count < alike and looked == left:
                    return at
                continue
            used = yield from self._odd(data, at)
            if used <= 0:
                return -1 if used < 0 else at
            at += used
            self.row += 1
            window = _NARROW
        return at

    def _alike(self, data: bytes, at: int, count: int) -> int:
        """How many records from here on are data."""
        if count == 0:
            return 0
        heads = np.ndarray((count,), "<u2", data, at, (self.size,))
        alike = heads == self.head
        return count if alike.all() else int(alike.argmin())

    def _hold(self, data: bytes, at: int, count: int) -> int:
        """How many records come before those of the last time."""
        if self.clock is None:
            return count
        time = self.clock(data, at, count)
        earlier = np.flatnonzero(time != time[-1])
        return int(earlier[-1]) + 1 if earlier.size else 0

    def _odd(self, data: bytes, at: int) -> Iterator[Run]:
        """Give a record that is no data; returns its bytes, 0 if it is cut, -1 if all is lost."""
        length, rtype = data[at] * 4, data[at + 1]
        if rtype == self.rtype and length == self.size:
            return 0
        if length >= HEADER and rtype != self.rtype and (rtype in NOTES or self.mixed):
            if at + length > len(data):
                return 0
            note = NOTES.get(rtype, f"record type {rtype}")
            yield Run(self.row, data[at : at + length], 0, 1, note=note)
            return length
        after = at + self.size
        if after + HEADER <= len(data) and self._alike(data, after, 1):
            raw = data[at:after]
            detail = f"record type {rtype}, {length} bytes"
            yield Run(self.row, raw, 0, 1, reason="wrong type", detail=detail)
            return self.size
        if length >= HEADER and rtype != self.rtype and at + length <= len(data):
            raw, detail = data[at : at + length], f"record type {rtype}, {length} bytes"
            yield Run(self.row, raw, 0, 1, reason="wrong type", detail=detail)
            return length
        detail = f"record type {rtype}, {length} bytes"
        yield self._bad(data, at, "corrupt", detail)
        return -1
