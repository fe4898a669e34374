"""Which chunks of a backfill are done: what each was made of, and the state to go on from.

A file beside a version's table, which goes with the view's history.
"""

import fcntl
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from penstock.core.errors import StoreError
from penstock.declare import Schema
from penstock.store.offline.lake import Lake

KEPT = 3  # snapshots of a shard: the last day is mostly not over, and is done again from the one before

_TABLES = """
CREATE TABLE IF NOT EXISTS chunks (
    shards INTEGER, shard INTEGER, day INTEGER, digest TEXT, snapshot BLOB,
    PRIMARY KEY (shards, shard, day)
);
"""


class Chunks:
    """The chunks of one version of a view; for threads of one process, which holds it alone."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=FULL")
        self._file.executescript(_TABLES)

    def digests(self, shards: int, shard: int) -> dict[int, str]:
        """By day, what a shard's chunks were made of."""
        query = "SELECT day, digest FROM chunks WHERE shards = ? AND shard = ?"
        with self._lock:
            return dict(self._file.execute(query, (shards, shard)))

    def snapshot(self, shards: int, shard: int, day: int) -> bytes | None:
        """The state after a chunk, where it is still kept."""
        query = "SELECT snapshot FROM chunks WHERE shards = ? AND shard = ? AND day = ?"
        with self._lock:
            found = self._file.execute(query, (shards, shard, day)).fetchone()
        return None if found is None else found[0]

    def done(self, shards: int, shard: int, day: int, digest: str, snapshot: bytes) -> None:
        """Note that a chunk is in the store; later days, and those of another number of shards, are forgotten."""
        of = (shards, shard)
        with self._lock:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                self._file.execute(
                    "DELETE FROM chunks WHERE shards = ? AND shard = ? AND day >= ?", (*of, day)
                )
                self._file.execute("DELETE FROM chunks WHERE shards != ?", (shards,))
                self._file.execute(
                    "INSERT INTO chunks VALUES (?, ?, ?, ?, ?)",
                    (*of, day, digest, snapshot),
                )
                self._file.execute(
                    "UPDATE chunks SET snapshot = NULL WHERE shards = ? AND shard = ? AND snapshot IS NOT NULL "
                    "AND day NOT IN (SELECT day FROM chunks WHERE shards = ? AND shard = ? ORDER BY day DESC LIMIT ?)",
                    (*of, *of, KEPT),
                )
                self._file.execute("COMMIT")
            except BaseException:
                self._file.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()


@contextmanager
def chunks_of(lake: Lake, schema: Schema) -> Generator[Chunks]:
    """The chunks of a version; one process at a time has them.

    Raises
    ------
    StoreError
        Another process fills the same version.
    """
    place = lake.place(schema)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_name(f"{place.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(
                f"{schema.id}: one backfill at a time is possible, got another that runs; wait for it"
            ) from error
        made = Chunks(place.with_name(f"{place.name}.chunks.db"))
        try:
            yield made
        finally:
            made.close()
