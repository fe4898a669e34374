"""The files of a table, with what its log says of each."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable

DAY = 86_400_000_000_000
EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of one date; ``first`` and ``last`` are the times of its rows."""

    path: Path
    date: dt.date
    rows: int
    bytes: int
    first: int
    last: int

    @property
    def begins(self) -> int:
        """When its date begins."""
        return (self.date - EPOCH).days * DAY

    def overlaps(self, start: int | None, end: int | None) -> bool:
        """Whether a row may be in [start, end)."""
        return (end is None or self.first < end) and (start is None or self.last >= start)


def files_of(table: DeltaTable, place: Path) -> list[DataFile]:
    """The files of a table, by date."""
    actions = pl.DataFrame(table.get_add_actions(flatten=True))
    if not actions.height:
        return []
    names = ["path", "size_bytes", "num_records", "partition.date"]
    found: list[DataFile] = []
    stats = [n if n in actions.columns else None for n in ("min.ts", "max.ts")]
    for row in actions.iter_rows(named=True):
        path, size, rows, date = (row[name] for name in names)
        begins = (date - EPOCH).days * DAY
        first = begins if stats[0] is None or row[stats[0]] is None else row[stats[0]]
        last = begins + DAY - 1 if stats[1] is None or row[stats[1]] is None else row[stats[1]]
        found.append(DataFile(place / unquote(path), date, rows, size, first, last))
    return sorted(found, key=lambda f: (f.date, f.first, str(f.path)))
