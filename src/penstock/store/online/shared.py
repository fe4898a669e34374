"""What the backends of the online store share: whom a batch is about, how changes are told, what was sent."""

import asyncio
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from penstock.store.online.packed import stamp
from penstock.store.online.tier import Change

Item = tuple[str, bytes, bytes]
R = TypeVar("R", bound="tuple[Any, ...]")

BEAT = 0.25  # seconds after which a channel must show again that it is there
UNREAD = 10_000  # messages of a channel that may wait for their reader
_ENTRY = struct.Struct("<HIqq")  # bytes of the view's id and of the key, event_ts, created


@dataclass(slots=True)
class Traffic:
    """What a tier asked of its backend since it was opened; bytes are those of keys and values."""

    round_trips: int = 0
    bytes_out: int = 0
    bytes_in: int = 0

    def count(self, out: int, back: int = 0, trips: int = 1) -> None:
        """Count one exchange."""
        self.round_trips += trips
        self.bytes_out += out
        self.bytes_in += back

    def facts(self) -> dict[str, object]:
        """The counters by name."""
        return {
            "round_trips": self.round_trips,
            "bytes_out": self.bytes_out,
            "bytes_in": self.bytes_in,
        }


def newest(items: Sequence[Item]) -> list[int]:
    """Where the items to write stand: of several for one view and key only the one with the greatest stamp.

    They come in the order of (view, key), so that two writers of the same rows never wait for each other.
    """
    best = dict[tuple[str, bytes], tuple[tuple[int, int], int]]()
    for i, (view, key, data) in enumerate(items):
        found, pair = stamp(data), (view, key)
        if pair not in best or best[pair][0] < found:
            best[pair] = (found, i)
    return [best[pair][1] for pair in sorted(best)]


def cut(rows: Sequence[R], most: int, most_bytes: int) -> Iterator[list[R]]:
    """Parts of at most so many rows, and bytes of their last columns, but at least one row."""
    part, size = list[R](), 0
    for row in rows:
        if part and (len(part) == most or size + len(row[-1]) > most_bytes):
            yield part
            part, size = [], 0
        part.append(row)
        size += len(row[-1])
    if part:
        yield part


def pack_changes(changes: Iterable[Change], limit: int) -> Iterator[bytes]:
    """Changes as messages of at most `limit` bytes; a key too long for one stands for its whole view."""
    parts, size = list[bytes](), 0
    for view, key, (event_ts, created) in changes:
        name = view.encode()
        if key is not None and _ENTRY.size + len(name) + len(key) > limit:
            key = None  # noqa: PLW2901
        # a key of all ones cannot be that long: it says that there is none
        length = 0xFFFFFFFF if key is None else len(key)
        part = _ENTRY.pack(len(name), length, event_ts, created) + name + (key or b"")
        if parts and size + len(part) > limit:
            yield b"".join(parts)
            parts, size = [], 0
        parts.append(part)
        size += len(part)
    if parts:
        yield b"".join(parts)


def unpack_changes(data: bytes) -> Iterator[Change]:
    """The changes of such a message."""
    at = 0
    while at < len(data):
        name, length, event_ts, created = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        view = data[at : at + name].decode()
        at += name
        key = None
        if length != 0xFFFFFFFF:
            key = data[at : at + length]
            at += length
        yield Change(view, key, (event_ts, created))


async def heard(messages: asyncio.Queue[bytes | None], seconds: float) -> bytes | None:
    """The next message of a channel, or None where there will be none: it ended, or fell silent for so long."""
    try:
        async with asyncio.timeout(seconds):
            return await messages.get()
    except TimeoutError:
        return None
