"""The lines of one file, or of several in the order of their stamps."""

import contextlib
import heapq
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path

from penstock.events.readers.captures.scan import STAMP, Lines
from penstock.events.readers.pieces import BrokenError, members, pieces
from penstock.events.readers.whole_lines import Cut, whole_lines

BYTES = 1 << 21  # of text in a chunk, about


def member_of(path: Path) -> str | None:
    """The file in a zip that holds the capture, its first."""
    return members(path)[0] if path.suffix == ".zip" else None


def pieces_of(paths: Sequence[Path]) -> Iterator[tuple[Lines, Cut | None]]:
    """Lines in chunks of bounded size, and how a file broke after them."""
    if len(paths) == 1:
        yield from _of_one(paths[0])
        return
    broken: list[Cut] = []
    streams = [_stamped(path, broken) for path in paths]
    held: list[bytes] = []
    size = number = 0
    for _, line in heapq.merge(*streams, key=itemgetter(0)):
        held.append(line)
        size += len(line) + 1
        if size >= BYTES:
            yield Lines.of(b"\n".join(held), number), None
            number += len(held)
            held, size = [], 0
    yield Lines.of(b"\n".join(held), number), None
    for fault in broken:
        yield Lines.of(b"", number + len(held)), fault


def _of_one(path: Path) -> Iterator[tuple[Lines, Cut | None]]:
    number = 0
    with contextlib.closing(pieces(path, member_of(path))) as source:
        for text, cut in whole_lines(source, BYTES):
            lines = Lines.of(text, number)
            yield lines, cut
            number += len(lines) + (cut is not None)


def _stamped(path: Path, broken: list[Cut]) -> Iterator[tuple[int, bytes]]:
    """Lines with their stamps; one without has that of the line before."""
    last = 0
    for lines, fault in _of_one(path):
        for row, stamp in enumerate(lines.table[:, STAMP].tolist()):
            last = max(last, stamp)
            yield last, lines.raw(row)
        if fault is not None:
            broken.append(fault)


def head_of(path: Path, size: int) -> bytes:
    """The first bytes of a capture."""
    head = b""
    with (
        contextlib.closing(pieces(path, member_of(path))) as source,
        contextlib.suppress(BrokenError),
    ):
        for piece in source:
            head += piece
            if len(head) >= size:
                break
    return head[:size]
