"""The bytes of a file, decompressed in a thread of their own, and what runs ahead like it."""

import contextlib
import gzip
import hashlib
import io
import lzma
import queue
import threading
import zipfile
import zlib
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, cast

import zstandard

from penstock.core.errors import DataError

PIECE = 1 << 20  # bytes asked of a file at a time
PACKED = 1 << 15  # of zstd: a block of a few bytes may stand for 128 KiB
KEPT = 1 << 16  # bytes of a broken tail that go to the quarantine
Pieces = Generator[bytes, None, None]
Item = TypeVar("Item")

# what gzip and zipfile raise on bytes that are not theirs: a flipped bit may also name another
# method of compression, a password or a place before the file
DAMAGE = (
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


class BrokenError(Exception):
    """A file ends or breaks inside what it should hold; what came before is good."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def pieces(path: Path, member: str | None = None) -> Pieces:
    """The decompressed bytes of a file or of a zip's member, in order.

    Decompression runs ahead in a thread by a few pieces, and stops when the caller does.

    Raises
    ------
    BrokenError
        Once everything before the damage was given.
    """
    if path.suffix == ".zst":
        source = _zstd(path)
    elif path.suffix == ".gz":
        source = _file(gzip.GzipFile(path))
    elif path.suffix == ".zip":
        source = _zip(path, member)
    else:
        source = _file(path.open("rb"))
    return ahead(source)


def members(path: Path) -> list[str]:
    """The names of a zip's files."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [info.filename for info in archive.infolist() if not info.is_dir()]
    except DAMAGE as error:
        raise DataError(f"{path}: must be a zip file, got {error}") from error


def content_hash(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _file(file: io.BufferedIOBase) -> Pieces:
    with contextlib.closing(file):
        while True:
            try:
                # read1 gives what came before the damage, read would lose it
                piece = file.read1(PIECE)
            except EOFError as error:
                raise BrokenError("truncated", str(error)) from error
            except DAMAGE as error:
                raise BrokenError("corrupt", str(error)) from error
            if not piece:
                return
            yield piece


def _zip(path: Path, member: str | None) -> Pieces:
    with zipfile.ZipFile(path) as archive:
        try:
            file = cast(io.BufferedIOBase, archive.open(member or archive.namelist()[0]))
        except DAMAGE as error:
            raise BrokenError("corrupt", str(error)) from error
        yield from _file(file)


def _zstd(path: Path) -> Pieces:
    """Frames one after the other; a reader object would end quietly inside a cut frame."""
    frame = None
    with path.open("rb") as file:
        while packed := file.read(PACKED):
            while packed:
                frame = frame or zstandard.ZstdDecompressor().decompressobj()
                try:
                    piece = frame.decompress(packed)
                except zstandard.ZstdError as error:
                    raise BrokenError("corrupt", str(error)) from error
                if piece:
                    yield piece
                packed = frame.unused_data if frame.eof else b""
                if frame.eof:
                    frame = None
    if frame is not None:
        raise BrokenError("truncated", "the last zstd frame has no end")


def ahead(source: Generator[Item, None, None], depth: int = 8) -> Generator[Item, None, None]:
    """Run a generator in a thread, at most ``depth`` items ahead, and close it there."""
    box: queue.Queue[Item | None] = queue.Queue(depth)
    stopped = threading.Event()

    def work() -> None:
        try:
            for piece in source:
                if stopped.is_set():
                    return
                box.put(piece)
        finally:
            source.close()
            box.put(None)

    with ThreadPoolExecutor(1, "penstock-read") as pool:
        done = pool.submit(work)
        try:
            while (piece := box.get()) is not None:
                yield piece
            done.result()
        finally:
            stopped.set()
            while not done.done():  # a put may be waiting for room
                with contextlib.suppress(queue.Empty):
                    box.get(timeout=0.01)
