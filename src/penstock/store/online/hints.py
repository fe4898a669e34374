"""Writes that a tier missed while it was away, kept in a file until it is back: hinted handoff (Dynamo, 2007)."""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from penstock.core.errors import StoreFull
from penstock.store.online.intents import Intents
from penstock.store.online.packed import stamp

Item = tuple[str, bytes, bytes]
_TABLES = """
CREATE TABLE IF NOT EXISTS hints (
    tier TEXT, view TEXT, key BLOB, event_ts INTEGER, created INTEGER, value BLOB, PRIMARY KEY (tier, view, key));
CREATE TABLE IF NOT EXISTS lost (tier TEXT PRIMARY KEY);
"""
_PUT = """
INSERT INTO hints VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tier, view, key) DO UPDATE SET
event_ts = excluded.event_ts, created = excluded.created, value = excluded.value
WHERE (excluded.event_ts, excluded.created) > (hints.event_ts, hints.created)"""


class Hints:
    """Missed writes by tier, the newest of each view and key; for any thread, and for several processes.

    Parameters
    ----------
    path
        The file, or ``:memory:``.
    maximum
        Bytes of values that are kept for one tier.

    Attributes
    ----------
    intents
        What is on its way from tier to tier.
    """

    def __init__(self, path: Path | str, maximum: int = 256 << 20) -> None:
        if isinstance(path, Path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self.maximum = maximum
        self._lock = threading.Lock()
        self._file = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=5.0
        )
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing
        self._file.executescript(_TABLES)
        self.intents = Intents(self._file, self._lock, path if isinstance(path, Path) else None)
        self._bytes = dict[str, int](
            self._file.execute("SELECT tier, sum(length(value)) FROM hints GROUP BY tier")
        )

    def add(self, tier: str, items: Sequence[Item], *, cache: bool) -> None:
        """Keep writes for a tier.

        Above the bound the hints of a cache are dropped and it is marked: it must be cleared before it is read again.

        Raises
        ------
        StoreFull
            There is no more room for a tier that is no cache.
        """
        rows = [(tier, view, key, *stamp(value), value) for view, key, value in items]
        size = sum(len(value) for _, _, value in items)
        with self._lock:
            if self._bytes.get(tier, 0) + size > self.maximum:
                if not cache:
                    raise StoreFull(
                        f"{tier}: at most {self.maximum:,} bytes are kept for it while it is away, and they are full; "
                        "bring it back, or stop writing"
                    )
                self._file.execute("BEGIN IMMEDIATE")
                self._file.execute("DELETE FROM hints WHERE tier = ?", (tier,))
                self._file.execute("INSERT OR IGNORE INTO lost VALUES (?)", (tier,))
                self._file.execute("COMMIT")
                self._bytes[tier] = 0
                return
            self._file.execute("BEGIN IMMEDIATE")
            self._file.executemany(_PUT, rows)
            self._file.execute("COMMIT")
            self._bytes[tier] = self._bytes.get(tier, 0) + size

    def take(self, tier: str, count: int = 500) -> list[Item]:
        """Some of the writes that a tier missed; they stay until they are `done`."""
        with self._lock:
            rows = self._file.execute(
                "SELECT view, key, value FROM hints WHERE tier = ? LIMIT ?", (tier, count)
            )
            return list(rows)

    def done(self, tier: str, items: Sequence[Item]) -> None:
        """Drop writes that the tier has now; newer ones of the same key stay."""
        rows = [(tier, view, key, *stamp(value)) for view, key, value in items]
        with self._lock:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.executemany(
                "DELETE FROM hints WHERE tier = ? AND view = ? AND key = ? AND event_ts = ? AND created = ?",
                rows,
            )
            self._file.execute("COMMIT")
            (left,) = self._file.execute(
                "SELECT coalesce(sum(length(value)), 0) FROM hints WHERE tier = ?", (tier,)
            ).fetchone()
            self._bytes[tier] = left

    def pending(self, tier: str) -> int:
        """How many writes a tier has missed."""
        with self._lock:
            (count,) = self._file.execute(
                "SELECT count(*) FROM hints WHERE tier = ?", (tier,)
            ).fetchone()
            return count

    def is_lost(self, tier: str) -> bool:
        """Whether a tier missed more than could be kept, so that it must be cleared."""
        with self._lock:
            found = self._file.execute("SELECT 1 FROM lost WHERE tier = ?", (tier,)).fetchone()
            return found is not None

    def cleared(self, tier: str) -> None:
        """A tier that was lost is empty now."""
        with self._lock:
            self._file.execute("DELETE FROM lost WHERE tier = ?", (tier,))

    def drop_view(self, view: str) -> None:
        """Forget what was missed of a view."""
        with self._lock:
            self._file.execute("DELETE FROM hints WHERE view = ?", (view,))

    def close(self) -> None:
        """Close the file."""
        self.intents.close()
        with self._lock:
            self._file.close()
