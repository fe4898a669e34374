"""The journal of a live run: admitted events, those that were left out, and advances, in order.

A file of frames ``(length, crc32, payload)``. The first payload describes the streams; each other one holds records
``(code, body)``: an admitted event of a stream, a late one, one that came late and was put in its place, one of a key
that there was no room for, an advance, or a key that was new. A frame that is cut off or damaged ends the journal:
what stands before it is whole.
"""

import json
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from penstock.core.errors import DataError, DefinitionError
from penstock.core.schema import EventType
from penstock.events import Block, Event, Keys

MAGIC = b"PENJRNL3"
# the first had no events that were put in their place, the second none that there was no room for
READABLE = (b"PENJRNL1", b"PENJRNL2", MAGIC)
FRAME = struct.Struct("<II")
CODE = struct.Struct("<q")
# an event's code is its stream; others' are these less their stream
ADVANCE, KEY, LATE, REBUILT, REFUSED = -1, -2, -1_000, -2_000, -3_000
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: ``kind`` is ``event``, ``late``, ``rebuilt``, ``refused`` or ``advance``."""

    kind: str
    stream: int = -1
    event: Event | None = None
    time: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """How far a journal is written: bytes, their checksum, and the keys that they name."""

    size: int
    crc: int
    keys: int


class Journal:
    """Writes a journal; frames of up to ``batch`` records, each flushed to the operating system.

    The file is new, or goes on at a ``position`` of an earlier writer: what that wrote later is cut off, because
    whoever goes on from there does it again.
    """

    def __init__(
        self,
        path: Path | str,
        types: Sequence[EventType],
        keys: Keys,
        *,
        batch: int = 1_024,
        position: Position | None = None,
    ) -> None:
        self.path, self.keys, self.batch = Path(path), keys, batch
        self._records: list[bytes] = []
        self._keys = self._size = self._crc = 0
        if position is not None and self.path.exists():
            self._go_on(position)
            return
        try:
            self._file = self.path.open("xb")
        except FileExistsError:
            raise DefinitionError(
                f"Journal {self.path}: must be a new file, got one that exists"
            ) from None
        self._put(MAGIC)
        self._frame(json.dumps(_head(types, keys)).encode())

    @property
    def position(self) -> Position:
        """Where to go on from, once all that was noted is on the disk."""
        if not self._file.closed:
            self.flush()
        return Position(self._size, self._crc, self._keys)

    def event(self, stream: int, event: Event, kind: str = "event") -> None:
        """Note an event: admitted, ``late``, late and ``rebuilt`` into its place, or ``refused`` for want of room."""
        self._new_keys()
        base = {"event": 0, "late": LATE, "rebuilt": REBUILT, "refused": REFUSED}[kind]
        self._add(CODE.pack(base - stream if base else stream) + event.record())

    def advance(self, time: int) -> None:
        """Note that the feed said that nothing before ``time`` is to come."""
        self._add(CODE.pack(ADVANCE) + CODE.pack(time))

    def write(self) -> None:
        """Hand everything noted to the operating system, which keeps it when the process is killed."""
        if self._records:
            self._frame(b"".join(self._records))
            self._records = []

    def flush(self) -> None:
        """Force everything noted to the disk."""
        self.write()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Force everything noted to the disk, and end; a closed journal stays closed."""
        if not self._file.closed:
            self.flush()
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _new_keys(self) -> None:
        new = self.keys.names[self._keys :]  # feeds may name more meanwhile
        for name in new:
            body = json.dumps(name).encode()
            self._records.append(CODE.pack(KEY) + CODE.pack(len(body)) + body)
        self._keys += len(new)

    def _add(self, record: bytes) -> None:
        self._records.append(record)
        if len(self._records) >= self.batch:
            self.write()

    def _frame(self, payload: bytes) -> None:
        self._put(FRAME.pack(len(payload), zlib.crc32(payload)) + payload)
        self._file.flush()

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._size, self._crc = self._size + len(data), zlib.crc32(data, self._crc)

    def _go_on(self, position: Position) -> None:
        with self.path.open("rb") as file:
            size, crc = 0, 0
            while size < position.size and (piece := file.read(min(PIECE, position.size - size))):
                size, crc = size + len(piece), zlib.crc32(piece, crc)
        if (size, crc) != (position.size, position.crc):
            raise DataError(
                f"Journal {self.path}: must begin with the {position.size} bytes that the snapshot knows, "
                f"got others; name a new file"
            )
        os.truncate(self.path, size)
        self._file = self.path.open("ab")
        self._size, self._crc, self._keys = size, crc, position.keys


def whole(path: Path | str, keys: int) -> Position:
    """Where the whole frames of a journal that names so many keys end: a run that was killed goes on there."""
    with Path(path).open("rb") as file:
        size, crc = len(MAGIC), zlib.crc32(file.read(len(MAGIC)))
    for payload in _frames(Path(path)):
        data = FRAME.pack(len(payload), zlib.crc32(payload)) + payload
        size, crc = size + len(data), zlib.crc32(data, crc)
    return Position(size, crc, keys)


def read_journal(path: Path | str, types: Sequence[EventType], keys: Keys) -> Iterator[Entry]:
    """What a journal holds, in order; keys are numbered as they were.

    Raises
    ------
    DataError
        The file is no journal, or one of other streams.
    """
    frames = _frames(Path(path))
    described = json.loads(next(frames, b"{}"))
    if described != _head(types, keys):
        raise DataError(
            f"Journal {Path(path).name}: must be of streams {_head(types, keys)}, got {described}"
        )
    sizes = [type_.dtype().itemsize for type_ in types]
    for payload in frames:
        position = 0
        while position < len(payload):
            (code,) = CODE.unpack_from(payload, position)
            position += CODE.size
            if code == KEY:
                (size,) = CODE.unpack_from(payload, position)
                keys.number(tuple(json.loads(payload[position + 8 : position + 8 + size])))
                position += 8 + size
            elif code == ADVANCE:
                yield Entry("advance", time=CODE.unpack_from(payload, position)[0])
                position += 8
            else:
                kind, stream = _kind(code)
                record = payload[position : position + sizes[stream]]
                yield Entry(kind, stream, Event(Block.of_records(types[stream], record), 0))
                position += sizes[stream]


def _kind(code: int) -> tuple[str, int]:
    """What a code of an event says, and its stream."""
    if code >= 0:
        return "event", code
    if code <= REFUSED:
        return "refused", REFUSED - code
    return ("late", LATE - code) if code > REBUILT else ("rebuilt", REBUILT - code)


def _head(types: Sequence[EventType], keys: Keys) -> dict[str, list[Any]]:
    """What the first frame says of the streams, as JSON knows it."""
    return {
        "types": [type_.name for type_ in types],
        "keys": list(keys.columns),
        "sizes": [type_.dtype().itemsize for type_ in types],
    }


def _frames(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) not in READABLE:
            raise DataError(f"Journal {path.name}: must begin with {MAGIC!r}, got another file")
        while len(header := file.read(FRAME.size)) == FRAME.size:
            size, crc = FRAME.unpack(header)
            payload = file.read(size)
            if len(payload) < size or zlib.crc32(payload) != crc:
                return
            yield payload
