"""What a process is about to write: one that dies on the way from tier to tier leaves word of it.

A cache that did not get a row which the durable tier has would be read as the older one until its copy goes. So the
keys are written down before the first tier is, and struck out once all have them. Who finds those of a process that
is gone gives the caches what the durable tier has: rows are compared by their stamps, so doing that twice does nothing.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from penstock.core.errors import StoreError, StoreFull
from penstock.store.online.memory import Pair
from penstock.store.online.shared import pack_changes, unpack_changes
from penstock.store.online.tier import Change

_TABLE = "CREATE TABLE IF NOT EXISTS intents (number INTEGER PRIMARY KEY, writer TEXT NOT NULL, keys BLOB NOT NULL);"
NOBODY = ""  # the writer of what a living process gave up
_NO_STAMP = (0, 0)


@contextmanager
def transaction(file: sqlite3.Connection, guard: threading.Lock) -> Generator[None]:
    """Write to the file whole or not at all.

    Raises
    ------
    StoreFull
        There is no room on the disk.
    StoreError
        The file cannot be written.
    """
    try:
        with guard, file:  # an error rolls back
            file.execute("BEGIN IMMEDIATE")
            yield
    except sqlite3.Error as error:
        kind = StoreFull if "full" in str(error) else StoreError
        raise kind(
            f"hints: a file that can be written, got {error}; make room, or write again"
        ) from error


class Intents:
    """The keys that processes are about to write, in a file that they share; for any thread.

    A process holds a lock on a file of its own beside it, which goes with the process however it ends.

    Parameters
    ----------
    file, guard
        The open file, and what its users hold meanwhile.
    path
        Where it is; None where it is memory, which ends with the process.
    """

    def __init__(self, file: sqlite3.Connection, guard: threading.Lock, path: Path | None) -> None:
        self._file, self._guard, self._path = file, guard, path
        self._writer = os.urandom(8).hex()
        self._struck = list[int]()
        file.execute(_TABLE)
        self._held: IO[bytes] | None = None
        if path is not None:
            self._held = _lock_file(path, self._writer).open("wb")
            fcntl.flock(self._held, fcntl.LOCK_EX)

    def begin(self, pairs: Sequence[Pair]) -> int:
        """Write down what will be written, and strike out what is done; the number of it."""
        changes = [Change(view, key, _NO_STAMP) for view, key in pairs]
        keys = b"".join(pack_changes(changes, 1 << 30))
        with transaction(self._file, self._guard):
            self._strike()
            made = self._file.execute(
                "INSERT INTO intents (writer, keys) VALUES (?, ?)", (self._writer, keys)
            )
        return made.lastrowid or 0

    def done(self, number: int) -> None:
        """All tiers have it, or it is kept for them: it is struck out with the next one."""
        self._struck.append(number)

    def give_up(self, number: int) -> None:
        """It went wrong on the way: some tiers may have it."""
        with transaction(self._file, self._guard):
            self._file.execute("UPDATE intents SET writer = ? WHERE number = ?", (NOBODY, number))

    def left(self) -> list[tuple[int, list[Pair]]]:
        """What was given up, and what processes that are gone left behind."""
        found = "SELECT number, writer, keys FROM intents WHERE writer != ?"
        with self._guard:
            rows = self._file.execute(found, (self._writer,)).fetchall()
        gone = {writer: self._is_gone(writer) for writer in {row[1] for row in rows}}
        return [
            (number, [(c.view, c.key) for c in unpack_changes(keys) if c.key is not None])
            for number, writer, keys in rows
            if gone[writer]
        ]

    def _is_gone(self, writer: str) -> bool:
        if writer == NOBODY or self._path is None:
            return True
        held = _lock_file(self._path, writer)
        try:
            with held.open("rb") as other:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except FileNotFoundError:
            return True
        held.unlink(missing_ok=True)
        return True

    def strike(self, numbers: Sequence[int]) -> None:
        """Strike out what was seen to, and what is done."""
        self._struck += numbers
        if self._struck:
            with transaction(self._file, self._guard):
                self._strike()

    def _strike(self) -> None:
        struck = len(self._struck)  # more may be done meanwhile
        numbers = [(number,) for number in self._struck[:struck]]
        self._file.executemany("DELETE FROM intents WHERE number = ?", numbers)
        del self._struck[:struck]

    def close(self) -> None:
        """Strike out what is done, and say that this process is gone."""
        self.strike(())
        if self._held is not None and self._path is not None:
            _lock_file(self._path, self._writer).unlink(missing_ok=True)
            self._held.close()


def _lock_file(path: Path, writer: str) -> Path:
    return path.with_name(f"{path.name}.{writer}.lock")
