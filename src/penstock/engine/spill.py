"""States of evicted keys outside the engine: bytes in any mapping, such as a dict or a file of SQLite.

The store is scratch: what an engine did not put there itself it never reads, so a file may be kept or thrown away
between two runs; a snapshot holds the spilled keys too.
"""

import sqlite3
from collections.abc import Iterator, MutableMapping
from pathlib import Path

import numpy as np

from penstock.core.errors import SnapshotError
from penstock.engine.snapshots.schema import Schema
from penstock.engine.snapshots.snapshot import checksum

Store = MutableMapping[str, bytes]
DIGEST = 32


class SqliteStore(MutableMapping[str, bytes]):
    """A file of SQLite as a mapping of texts to bytes, for one thread.

    Examples
    --------
    >>> store = SqliteStore(":memory:")
    >>> store["a"] = b"1"
    >>> store["a"], len(store), list(store)
    (b'1', 1, ['a'])
    """

    def __init__(self, path: Path | str) -> None:
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute("PRAGMA synchronous=OFF")  # scratch: a crash loses nothing that counts
        self._file.execute("CREATE TABLE IF NOT EXISTS spill (name TEXT PRIMARY KEY, state BLOB)")

    def __getitem__(self, name: str) -> bytes:
        found = self._file.execute("SELECT state FROM spill WHERE name = ?", (name,)).fetchone()
        if found is None:
            raise KeyError(name)
        return found[0]

    def __setitem__(self, name: str, state: bytes) -> None:
        self._file.execute("INSERT OR REPLACE INTO spill VALUES (?, ?)", (name, state))

    def __delitem__(self, name: str) -> None:
        if self._file.execute("DELETE FROM spill WHERE name = ?", (name,)).rowcount == 0:
            raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for (name,) in self._file.execute("SELECT name FROM spill"))

    def __len__(self) -> int:
        return self._file.execute("SELECT count(*) FROM spill").fetchone()[0]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Spill:
    """The spilled keys of an engine."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: dict[int, None] = {}
        self._schemas: dict[str, Schema] = {}

    def __contains__(self, key: int) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def keys(self) -> list[int]:
        """The keys that were spilled and are not back."""
        return sorted(self._keys)

    def put(self, key: int, schema: Schema, state: np.ndarray) -> None:
        """Put a key's state away."""
        self._schemas[schema.digest] = schema
        sum_ = np.array([checksum(state)], np.int64).tobytes()
        self._store[f"key {key}"] = schema.digest.encode() + sum_ + state.tobytes()
        self._keys[key] = None

    def get(self, key: int) -> tuple[Schema, np.ndarray]:
        """A key's state, and what it is made of; raises SnapshotError where the store gives other bytes."""
        found = self._store.get(f"key {key}", b"")
        schema = self._schemas.get(found[:DIGEST].decode(errors="replace"))
        if schema is None or len(found) % 8:
            raise SnapshotError(f"Spill: the state of key {key} is needed, got {len(found)} bytes")
        cells = np.frombuffer(found, np.int64, offset=DIGEST)
        if checksum(cells[1:]) != cells[0]:
            raise SnapshotError(
                f"Spill: the state of key {key} must sum up to {cells[0]}, got {checksum(cells[1:])}; it is damaged"
            )
        return schema, cells[1:]

    def drop(self, key: int) -> None:
        """Forget a key."""
        del self._keys[key]
        self._store.pop(f"key {key}", None)

    def clear(self) -> None:
        """Forget all keys."""
        for key in self.keys():
            self.drop(key)
