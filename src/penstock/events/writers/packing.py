"""Files that appear whole, compressed as their names say."""

import contextlib
import gzip
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, cast

import zstandard


@contextlib.contextmanager
def finished(path: str | Path) -> Generator[Path]:
    """A path to write to, which becomes ``path`` if nothing fails, and goes if something does."""
    part = Path(f"{path}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def packed(path: Path, suffix: str) -> Generator[BinaryIO]:
    """A file to write, compressed by ``.zst`` or ``.gz``."""
    with path.open("wb") as file:
        if suffix == ".zst":
            with zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False) as writer:
                yield cast("BinaryIO", writer)
        elif suffix == ".gz":
            # no name and no time inside: the same events give the same bytes
            with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as writer:
                yield cast("BinaryIO", writer)
        else:
            yield file
