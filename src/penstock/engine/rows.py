"""Rows that a view handed out, collected and put into a frame."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from penstock.events import Keys

CELLS = 1 << 20  # of columns that are put together at one time: 8 MiB


class Rows:
    """Runs of rows of one key each, in the order they were handed out; or one run of all keys."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._runs: list[tuple[int | np.ndarray, np.ndarray]] = []
        self.count = 0

    def add(self, key: int, table: np.ndarray, rows: int, *, keep: bool) -> bool:
        """Add the first rows of a table: times, then one column per output, as 8-byte cells.

        With ``keep`` a table that is at least half full is not copied but kept. Returns whether
        it was.
        """
        kept = keep and 2 * rows >= table.shape[1]
        if rows:
            self._runs.append((key, table[:, :rows] if kept else table[:, :rows].copy()))
            self.count += rows
        return kept

    def add_row(self, key: int, time: int, row: np.ndarray) -> None:
        """Add a copy of one row."""
        self._runs.append((key, np.concatenate([[time], row.view(np.int64)])[:, None]))
        self.count += 1

    def extend(self, other: "Rows") -> None:
        """Append another collection's rows."""
        self._runs += other._runs  # noqa: SLF001  (its own kind)
        self.count += other.count

    def ordered(self) -> "Rows":
        """The same rows in order of time, then key, then as they are."""
        if len(self._runs) < 2:
            return self
        return self.arranged(np.lexsort((self.keys(), self.times())))

    def arranged(self, order: np.ndarray) -> "Rows":
        """The same rows in another order, as one run."""
        made = Rows(self.names)
        if self.count:
            table = np.concatenate([table for _, table in self._runs], axis=1)
            made._runs.append((self.keys()[order], table[:, order]))
            made.count = self.count
        return made

    def take(self) -> "Rows":
        """What was collected so far; this object starts anew."""
        taken = Rows(self.names)
        taken._runs, taken.count = self._runs, self.count
        self._runs, self.count = [], 0
        return taken

    def runs(self) -> Iterator[tuple[int | np.ndarray, np.ndarray]]:
        """Each run's key number or numbers, and its table: times, then one column per output, as 8-byte cells."""
        return iter(self._runs)

    def times(self) -> np.ndarray:
        """The rows' times."""
        return self._columns(0, 1)[0]

    def keys(self) -> np.ndarray:
        """The rows' key numbers."""
        runs = [np.full(table.shape[1], key, np.int64) for key, table in self._runs]
        return np.concatenate(runs) if runs else np.empty(0, np.int64)

    def values(self) -> np.ndarray:
        """The rows' values, shape (rows, outputs)."""
        # a row's values side by side
        return np.ascontiguousarray(self._columns(1, len(self.names)).view(np.float64).T)

    def frame(self, keys: Keys) -> pl.DataFrame:
        """Key columns, ``ts`` and one column per output, in order of time; equal times keep each key's order."""
        numbers, times = self.keys(), self.times()
        order = np.argsort(times, kind="stable")
        numbers = numbers[order]
        columns: dict[str, pl.Series] = {}
        for i, name in enumerate(keys.columns):
            texts = pl.Series(name, [key[i] for key in keys.names], dtype=pl.String)
            columns[name] = texts.gather(numbers) if len(texts) else texts
        columns["ts"] = pl.Series("ts", times[order])
        # several columns at once, since a run may be two rows of a thousand columns
        several = max(1, CELLS // max(1, self.count))
        for start in range(0, len(self.names), several):
            names = self.names[start : start + several]
            part = np.take(self._columns(1 + start, len(names)), order, axis=1).view(np.float64)
            columns |= {name: pl.Series(name, x) for name, x in zip(names, part, strict=True)}
        return pl.DataFrame(columns)

    def _columns(self, start: int, size: int) -> np.ndarray:
        parts = [table[start : start + size] for _, table in self._runs]
        return np.concatenate(parts, axis=1) if parts else np.empty((size, 0), np.int64)
