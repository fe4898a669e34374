"""The file of the embedded durable tier: what its two threads do, one to write and one to read."""

import sqlite3
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from penstock.core.errors import StoreError
from penstock.store.online.packed import stamp
from penstock.store.online.shared import Item, newest, pack_changes, unpack_changes
from penstock.store.online.tier import Change

FORMAT = 1
KEPT_CHANGES, KEPT_BYTES, TRIM_EVERY = 10_000, 16 << 20, 64
MESSAGE = 64 << 10

_TABLES = (
    # `stored` stands before the value, so that a sweep does not read values
    """CREATE TABLE IF NOT EXISTS online (
        view TEXT NOT NULL, key BLOB NOT NULL, event_ts INTEGER NOT NULL, created INTEGER NOT NULL,
        stored INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (view, key))""",
    # `upto` counts the bytes of all rows up to this one
    """CREATE TABLE IF NOT EXISTS changes (
        seq INTEGER PRIMARY KEY, upto INTEGER NOT NULL, writer BLOB NOT NULL, what BLOB NOT NULL)""",
    f"PRAGMA user_version = {FORMAT}",
)
_GET = "SELECT value FROM online WHERE view = ? AND key = ?"
_PUT = """
    INSERT INTO online (view, key, event_ts, created, stored, value) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (view, key) DO UPDATE SET event_ts = excluded.event_ts, created = excluded.created,
        stored = excluded.stored, value = excluded.value
    WHERE (excluded.event_ts, excluded.created) > (online.event_ts, online.created)"""
_LAST = "SELECT seq, upto FROM changes ORDER BY seq DESC LIMIT 1"


class SqliteFile:
    """Two connections to one file; each is used by one thread at a time.

    Parameters
    ----------
    path
        The file; its directory is made where there is none.
    writer
        Who writes here: what it wrote itself is no news to it.
    busy
        Seconds a write waits for another process's.
    """

    def __init__(self, path: Path, writer: bytes, busy: float) -> None:
        self.path, self.writer, self.busy = path, writer, busy
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as on_error:
            self._write = on_error.enter_context(closing(self._connect()))
            self._read = on_error.enter_context(closing(self._connect()))
            self._prepare()
            on_error.pop_all()

    def close(self) -> None:
        """Close both connections."""
        self._read.close()
        self._write.close()

    def _prepare(self) -> None:
        (found,) = self._write.execute("PRAGMA user_version").fetchone()
        if found not in {0, FORMAT}:
            raise StoreError(f"{self.path}: a file of format {FORMAT} is needed, got {found}")
        with self._transaction() as write:
            for statement in _TABLES:
                write.execute(statement)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self.busy, isolation_level=None, check_same_thread=False
        )
        end = time.monotonic() + self.busy
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
            except sqlite3.DatabaseError as error:
                # a change of the mode does not wait for another process that does the same
                if "locked" not in str(error) or time.monotonic() > end:
                    connection.close()
                    raise
                time.sleep(0.01)
            else:
                return connection

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        self._write.execute("BEGIN IMMEDIATE")
        try:
            yield self._write
            self._write.execute("COMMIT")
        except BaseException:
            if self._write.in_transaction:
                self._write.execute("ROLLBACK")
            raise

    def check(self) -> None:
        """Take the lock of writers and give it back."""
        with self._transaction():
            pass

    def get(self, pairs: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        """The values of (view id, key), as of one moment."""
        self._read.execute("BEGIN")
        try:
            rows = [self._read.execute(_GET, pair).fetchone() for pair in pairs]
        finally:
            self._read.execute("COMMIT")
        return [row[0] if row else None for row in rows]

    def put(self, batches: Sequence[Sequence[Item]], stored: int) -> list[list[bool]]:
        """Write batches in one transaction; True where an item is newer than what was there."""
        results = list[list[bool]]()
        changes = list[Change]()
        with self._transaction() as write:
            for items in batches:
                result = [False] * len(items)
                for i in newest(items):
                    view, key, data = items[i]
                    found = stamp(data)
                    row = (view, key, *found, stored, data)
                    if write.execute(_PUT, row).rowcount > 0:
                        result[i] = True
                        changes.append(Change(view, key, found))
                results.append(result)
            self._tell(write, changes)
        return results

    def drop(self, view: str, at: int) -> int:
        """Remove a view's values, at a time in ns; how many there were."""
        with self._transaction() as write:
            gone = write.execute("DELETE FROM online WHERE view = ?", (view,)).rowcount
            self._tell(write, [Change(view, None, (at, at))])
        return gone

    def last_row(self) -> int:
        """The greatest number of a row."""
        return self._read.execute("SELECT max(rowid) FROM online").fetchone()[0] or 0

    def sweep(self, before_ns: int, first: int, last: int) -> int:
        """Remove the copies stored before a time among the rows of these numbers; how many there were."""
        with self._transaction() as write:
            found = write.execute(
                "DELETE FROM online WHERE rowid BETWEEN ? AND ? AND stored < ?",
                (first, last, before_ns),
            )
            return found.rowcount

    def _tell(self, write: sqlite3.Connection, changes: Sequence[Change]) -> None:
        """Write down what changed, and forget what is long known."""
        seq, upto = write.execute(_LAST).fetchone() or (0, 0)
        for what in pack_changes(changes, MESSAGE):
            seq, upto = seq + 1, upto + len(what)
            write.execute("INSERT INTO changes VALUES (?, ?, ?, ?)", (seq, upto, self.writer, what))
            if seq % TRIM_EVERY == 0:
                write.execute(
                    "DELETE FROM changes WHERE seq < ? AND (seq <= ? OR upto <= ?)",
                    (seq, seq - KEPT_CHANGES, upto - KEPT_BYTES),
                )

    def position(self) -> tuple[int, int]:
        """Where `news` starts: the last change, and the file's version as this connection sees it."""
        version = self._read.execute("PRAGMA data_version").fetchone()[0]
        return (self._read.execute(_LAST).fetchone() or (0, 0))[0], version

    def news(self, seq: int, version: int) -> tuple[int, int, list[Change]]:
        """What others wrote after a position, and the position after it.

        Raises
        ------
        StoreError
            More was written than is kept of changes.
        """
        now = self._read.execute("PRAGMA data_version").fetchone()[0]
        if now == version:
            return seq, version, []
        found = list[Change]()
        rows = self._read.execute(
            "SELECT seq, writer, what FROM changes WHERE seq > ? ORDER BY seq", (seq,)
        )
        for at, writer, what in rows:
            if at != seq + 1:
                raise StoreError(f"{self.path}: changes from {seq + 1} are needed, got {at}")
            seq = at
            if writer != self.writer:
                found += unpack_changes(what)
        return seq, now, found

    def size(self) -> int:
        """The bytes of the file and of what stands beside it."""
        beside = [self.path, self.path.with_name(self.path.name + "-wal")]
        return sum(path.stat().st_size for path in beside if path.exists())
