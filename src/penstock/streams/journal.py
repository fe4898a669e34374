"""The journal of a live run: admitted events, late events and advances, in order.

A file of frames ``(length, crc32, payload)``. The first payload describes the streams; each other one holds records
``(code, body)``: an admitted event of a stream, a late one, an advance, or a key that was new. A frame that is cut
off or damaged ends the journal: what stands before it is whole.
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

import numpy as np

from penstock.core.errors import DataError, DefinitionError
from penstock.core.schema import EventType
from penstock.events import Block, Event, Keys

MAGIC = b"PENJRNL1"
FRAME = struct.Struct("<II")
CODE = struct.Struct("<q")
# an event's code is its stream; a late one's is LATE less its stream
ADVANCE, KEY, LATE = -1, -2, -1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: ``kind`` is ``event``, ``late`` or ``advance``."""

    kind: str
    stream: int = -1
    event: Event | None = None
    time: int = 0


class Journal:
    """Writes a new journal; frames of up to ``batch`` records, each flushed to the operating system.

    ``flush`` also forces it to the disk.
    """

    def __init__(
        self, path: Path | str, types: Sequence[EventType], keys: Keys, batch: int = 1_024
    ) -> None:
        self.path, self.keys, self.batch = Path(path), keys, batch
        self._dtypes = [type_.dtype() for type_ in types]
        try:
            self._file = self.path.open("xb")
        except FileExistsError:
            raise DefinitionError(
                f"Journal {self.path}: must be a new file, got one that exists"
            ) from None
        self._file.write(MAGIC)
        self._records: list[bytes] = []
        self._keys = 0
        self._frame(json.dumps(_head(types, keys)).encode())

    def event(self, stream: int, event: Event, *, late: bool = False) -> None:
        """Note an admitted or a late event."""
        self._new_keys()
        record = np.zeros(1, self._dtypes[stream])
        for name, column in event.block.columns.items():
            record[0][name] = column[event.row]
        self._add(CODE.pack(LATE - stream if late else stream) + record.tobytes())

    def advance(self, time: int) -> None:
        """Note that the feed said that nothing before ``time`` is to come."""
        self._add(CODE.pack(ADVANCE) + CODE.pack(time))

    def flush(self) -> None:
        """Force everything noted to the disk."""
        self._write()
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
        for name in self.keys.names[self._keys :]:
            body = json.dumps(name).encode()
            self._records.append(CODE.pack(KEY) + CODE.pack(len(body)) + body)
        self._keys = len(self.keys)

    def _add(self, record: bytes) -> None:
        self._records.append(record)
        if len(self._records) >= self.batch:
            self._write()

    def _write(self) -> None:
        if self._records:
            self._frame(b"".join(self._records))
            self._records = []

    def _frame(self, payload: bytes) -> None:
        self._file.write(FRAME.pack(len(payload), zlib.crc32(payload)) + payload)
        self._file.flush()


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
    dtypes = [type_.dtype() for type_ in types]
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
                stream = code if code >= 0 else LATE - code
                event = _event(types[stream], np.frombuffer(payload, dtypes[stream], 1, position))
                position += dtypes[stream].itemsize
                yield Entry("event" if code >= 0 else "late", stream, event)


def _head(types: Sequence[EventType], keys: Keys) -> dict[str, list[Any]]:
    """What the first frame says of the streams, as JSON knows it."""
    return {
        "types": [type_.name for type_ in types],
        "keys": list(keys.columns),
        "sizes": [type_.dtype().itemsize for type_ in types],
    }


def _event(type_: EventType, record: np.ndarray) -> Event:
    return Event(Block(type_, {name: record[name].copy() for name in record.dtype.names}), 0)  # type: ignore[union-attr]


def _frames(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise DataError(f"Journal {path.name}: must begin with {MAGIC!r}, got another file")
        while len(header := file.read(FRAME.size)) == FRAME.size:
            size, crc = FRAME.unpack(header)
            payload = file.read(size)
            if len(payload) < size or zlib.crc32(payload) != crc:
                return
            yield payload
