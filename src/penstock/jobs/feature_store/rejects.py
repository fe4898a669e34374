"""Rows that were not accepted: kept aside with their reasons, and counted."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

LARGEST = 64 << 20  # bytes of a file, of which the one before is kept too


class Rejects:
    """A file of JSON lines for each view.

    Parameters
    ----------
    folder
        Where the files are.

    Attributes
    ----------
    counts
        Rows by view and reason.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self.counts: dict[tuple[str, str], int] = {}

    def add(self, view: str, at: int, rows: Mapping[int, tuple[str, Mapping[str, Any]]]) -> None:
        """Keep rows aside: by their place, why, and what they held."""
        if not rows:
            return
        lines = [
            msgspec.json.encode(
                {"at": at, "row": place, "reason": why, "values": values}, enc_hook=str
            )
            + b"\n"
            for place, (why, values) in rows.items()
        ]
        with self._lock:
            for why, _ in rows.values():
                kind = reason_of(why)
                self.counts[view, kind] = self.counts.get((view, kind), 0) + 1
            self._folder.mkdir(parents=True, exist_ok=True)
            file = self._folder / f"{view}.jsonl"
            if file.exists() and file.stat().st_size > LARGEST:
                file.replace(file.with_suffix(".old.jsonl"))
            with file.open("ab") as out:
                out.writelines(lines)


def reason_of(said: str) -> str:
    """The kind of a reason, without the values and names in it.

    Examples
    --------
    >>> reason_of("load@v1: cpu must be of kind f8, got 'x'"), reason_of("load@v1: cpu is null; breaks the rule a < b")
    ('kind', 'null')
    """
    kinds = {"is null": "null", "is infinite": "infinite", "outside": "outside", "rule": "rule"}
    return next((kind for words, kind in kinds.items() if words in said), "kind")
