"""Which entity read which version of a view whose reads are split: what an experiment is judged by."""

import threading
from pathlib import Path

import msgspec

from penstock.store.entity import decode_key

KNOWN = 1_000_000  # exposures that are remembered, so that each is written once


class Exposures:
    """A file of JSON lines for each view: an entity and a version stand there once for each process that served them.

    Attributes
    ----------
    counts
        Reads by view and version, each time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self.counts: dict[tuple[str, int], int] = {}
        self._known: set[tuple[str, int, bytes]] = set()
        self._waiting: list[tuple[int, str, int, bytes]] = []

    def note(self, at: int, view: str, version: int, key: bytes) -> None:
        """An entity read a version."""
        name = view, version
        self.counts[name] = self.counts.get(name, 0) + 1
        known = view, version, key
        if known not in self._known:
            with self._lock:
                if len(self._known) >= KNOWN:
                    self._known.clear()
                self._known.add(known)
                self._waiting.append((at, *known))

    def flush(self) -> int:
        """Write what is new; how many."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        by_view: dict[str, list[bytes]] = {}
        for at, view, version, key in waiting:
            line = {"at": at, "version": version, "entity": list(decode_key(key))}
            by_view.setdefault(view, []).append(msgspec.json.encode(line) + b"\n")
        for view, lines in by_view.items():
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / f"{view}.jsonl").open("ab") as out:
                out.write(b"".join(lines))
        return len(waiting)
