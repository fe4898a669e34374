"""Take out of the cache what was not used for long, while other processes use it.

An entry is used whenever a process opens its lock, so the lock's stamp is the time of its last use. There is no clock
here: how long ago that was is counted from the latest use of any entry. An entry is taken out under its own lock; who
waits for it finds it gone, and writes it anew.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

IDLE = 30 * 86_400 * 10**9  # ns
LIMIT = 1 << 30  # bytes of machine code; a process that has to compile holds the cache to it


@dataclass(frozen=True, slots=True)
class Entry:
    """A compiled entry: its source file, the last use in ns, all its files and their bytes."""

    path: Path
    used: int
    files: tuple[Path, ...]
    bytes: int


@contextmanager
def locked(path: Path) -> Generator[None]:
    """One process at a time writes or takes out an entry; taking the lock is a use."""
    name = path.with_suffix(".lock")
    with name.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.utime(name)
        yield


def entries(place: Path) -> list[Entry]:
    """The entries below a directory, the one that was not used for longest first."""
    return sorted(
        (made for path in place.rglob("*_*.py") if (made := entry(path)) is not None),
        key=lambda one: one.used,
    )


def entry(path: Path) -> Entry | None:
    """What belongs to an entry; None where it was taken out meanwhile."""
    lock = path.with_suffix(".lock")
    try:
        files = (*(path.parent / "__pycache__").glob(f"{path.stem}.*"), path)
        used = (lock if lock.exists() else path).stat().st_mtime_ns
        return Entry(path, used, files, sum(file.stat().st_size for file in files))
    except FileNotFoundError:
        return None


def prune(place: Path, *, idle: int = IDLE, limit: int = LIMIT) -> tuple[int, int]:
    """Take out entries that were not used for long, then those used longest ago until the rest is small enough.

    Parameters
    ----------
    place
        A directory of entries, or one of such directories.
    idle
        Nanoseconds between an entry's last use and the last use of any, from which on it is taken out.
    limit
        Bytes that may stay.

    Returns
    -------
    tuple
        How many entries were taken out, and their bytes.
    """
    found = entries(place)
    left, count, freed = sum(one.bytes for one in found), 0, 0
    newest = found[-1].used if found else 0
    for one in found:
        if newest - one.used < idle and left - freed <= limit:
            break
        if one.used < newest and take_out(one):
            count += 1
            freed += one.bytes
    return count, freed


def take_out(one: Entry) -> bool:
    """Remove an entry's files, unless somebody has it open; says whether it did."""
    with one.path.with_suffix(".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        for file in one.files:
            file.unlink(missing_ok=True)
    return True
