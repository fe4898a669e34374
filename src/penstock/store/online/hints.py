"""Writes that a tier missed while it was away, kept in a file until it is back: hinted handoff (Dynamo, 2007)."""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from penstock.core.errors import StoreFull
from penstock.store.online.intents import Intents, transaction
from penstock.store.online.packed import stamp

Item = tuple[str, bytes, bytes]
START = ("", b"")  # before every view and key
_TABLES = """
CREATE TABLE IF NOT EXISTS hints (
    tier TEXT, view TEXT, key BLOB, event_ts INTEGER, created INTEGER, value BLOB, PRIMARY KEY (tier, view, key));
CREATE TABLE IF NOT EXISTS lost (tier TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS sizes (tier TEXT PRIMARY KEY, bytes INTEGER);
INSERT OR IGNORE INTO sizes SELECT tier, sum(length(value)) FROM hints GROUP BY tier;
CREATE TRIGGER IF NOT EXISTS kept AFTER INSERT ON hints BEGIN
    INSERT INTO sizes VALUES (new.tier, length(new.value))
    ON CONFLICT (tier) DO UPDATE SET bytes = bytes + excluded.bytes; END;
CREATE TRIGGER IF NOT EXISTS replaced AFTER UPDATE ON hints BEGIN
    UPDATE sizes SET bytes = bytes + length(new.value) - length(old.value) WHERE tier = new.tier; END;
CREATE TRIGGER IF NOT EXISTS gone AFTER DELETE ON hints BEGIN
    UPDATE sizes SET bytes = bytes - length(old.value) WHERE tier = old.tier; END;
"""
_PUT = """
INSERT INTO hints VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tier, view, key) DO UPDATE SET
event_ts = excluded.event_ts, created = excluded.created, value = excluded.value
WHERE (excluded.event_ts, excluded.created) > (hints.event_ts, hints.created)"""

_SOME = "SELECT {} FROM hints WHERE tier = ? AND (view, key) > (?, ?) ORDER BY view, key LIMIT ?"


class Hints:
    """Missed writes by tier, the newest of each view and key; for any thread, and for several processes.

    Parameters
    ----------
    path
        The file, or ``:memory:``.
    maximum
        Bytes of values that are kept for one tier, by all processes together.

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

    def add(self, tier: str, items: Sequence[Item], *, cache: bool) -> None:
        """Keep writes for a tier.

        Above the bound the hints of a cache are dropped and it is marked: it must be cleared before it is read again.

        Raises
        ------
        StoreFull
            There is no more room for a tier that is no cache, or none on the disk.
        StoreError
            The file cannot be written.
        """
        rows = [(tier, view, key, *stamp(value), value) for view, key, value in items]
        with transaction(self._file, self._lock):
            self._file.executemany(_PUT, rows)
            if self._bytes(tier) <= self.maximum:
                return
            if not cache:
                raise StoreFull(
                    f"{tier}: at most {self.maximum:,} bytes are kept for it while it is away, and they are full; "
                    "bring it back, or stop writing"
                )
            self._file.execute("DELETE FROM hints WHERE tier = ?", (tier,))
            self._file.execute("INSERT OR IGNORE INTO lost VALUES (?)", (tier,))

    def _bytes(self, tier: str) -> int:
        found = self._file.execute("SELECT bytes FROM sizes WHERE tier = ?", (tier,)).fetchone()
        return found[0] if found else 0

    def take(self, tier: str, count: int = 500, after: tuple[str, bytes] = START) -> list[Item]:
        """Some of the writes that a tier missed, by view and key; they stay until they are `done`."""
        with self._lock:
            return list(self._file.execute(_SOME.format("view, key, value"), (tier, *after, count)))

    def keys(
        self, tier: str, count: int = 10_000, after: tuple[str, bytes] = START
    ) -> list[tuple[str, bytes]]:
        """Some views and keys whose writes a tier missed, in order."""
        with self._lock:
            return list(self._file.execute(_SOME.format("view, key"), (tier, *after, count)))

    def done(self, tier: str, items: Sequence[Item]) -> None:
        """Drop writes that the tier has now; newer ones of the same key stay."""
        rows = [(tier, view, key, *stamp(value)) for view, key, value in items]
        with transaction(self._file, self._lock):
            self._file.executemany(
                "DELETE FROM hints WHERE tier = ? AND view = ? AND key = ? AND event_ts = ? AND created = ?",
                rows,
            )

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
        with transaction(self._file, self._lock):
            self._file.execute("DELETE FROM lost WHERE tier = ?", (tier,))

    def drop_view(self, view: str) -> None:
        """Forget what was missed of a view."""
        with transaction(self._file, self._lock):
            self._file.execute("DELETE FROM hints WHERE view = ?", (view,))

    def close(self) -> None:
        """Close the file."""
        self.intents.close()
        with self._lock:
            self._file.close()
