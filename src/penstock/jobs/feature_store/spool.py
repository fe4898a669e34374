"""Rows on their way into the lake: kept in a file the moment they are confirmed, moved in batches.

A commit of the lake costs ten milliseconds and leaves a file, so pushes gather here first. A batch goes in under a
transaction numbered by its last row, so that whoever is killed in between moves it once.
"""

import sqlite3
import threading
import uuid
from pathlib import Path

import polars as pl

from penstock.declare import Schema
from penstock.store.offline.lake import Lake

ROWS = 200_000  # that one batch moves, about

_TABLES = """
CREATE TABLE IF NOT EXISTS spool (id INTEGER PRIMARY KEY AUTOINCREMENT, view TEXT, rows INTEGER, data BLOB);
CREATE INDEX IF NOT EXISTS spool_by_view ON spool (view, id);
CREATE TABLE IF NOT EXISTS name (name TEXT);
"""


class Spool:
    """A queue of frames in a file; for any thread and for several processes.

    Parameters
    ----------
    path
        The file.
    lake
        Where rows go.
    """

    def __init__(self, path: Path, lake: Lake) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lake, self._lock, self._moving = lake, threading.Lock(), threading.Lock()
        self._file = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=10.0
        )
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing
        self._file.executescript(_TABLES)
        self._file.execute("BEGIN IMMEDIATE")
        found = self._file.execute("SELECT name FROM name").fetchone()
        self._name = found[0] if found else uuid.uuid4().hex
        if not found:
            self._file.execute("INSERT INTO name VALUES (?)", (self._name,))
        self._file.execute("COMMIT")

    def add(self, schema: Schema, frame: pl.DataFrame) -> None:
        """Keep rows; when this returns they will be in the lake."""
        data = frame.write_ipc(None, compression="lz4").getvalue()
        with self._lock:
            self._file.execute(
                "INSERT INTO spool (view, rows, data) VALUES (?, ?, ?)",
                (schema.id, frame.height, data),
            )

    def waiting(self) -> dict[str, int]:
        """Rows that are not in the lake yet, by view."""
        with self._lock:
            return dict(self._file.execute("SELECT view, sum(rows) FROM spool GROUP BY view"))

    def move(self, schema: Schema) -> int:
        """Move a view's rows into the lake; how many."""
        moved, application = 0, f"spool:{self._name}"
        with self._moving:
            # whoever was killed after a batch was in had no time to take it out here
            self._drop(schema, self._lake.transaction(schema, application) or 0)
            while True:
                with self._lock:
                    rows = self._file.execute(
                        "SELECT id, rows, data FROM spool WHERE view = ? ORDER BY id LIMIT 2000",
                        (schema.id,),
                    ).fetchall()
                batch, total = [], 0
                for row in rows:
                    batch.append(row)
                    total += row[1]
                    if total >= ROWS:
                        break
                if not batch:
                    return moved
                last = batch[-1][0]
                frames = [pl.read_ipc(data) for _, _, data in batch]
                self._lake.write(schema, pl.concat(frames), transaction=(application, last))
                self._drop(schema, last)
                moved += total

    def _drop(self, schema: Schema, last: int) -> None:
        with self._lock:
            self._file.execute("DELETE FROM spool WHERE view = ? AND id <= ?", (schema.id, last))

    def close(self) -> None:
        """Close the file; what waits is moved by whoever opens it next."""
        with self._lock:
            self._file.close()
