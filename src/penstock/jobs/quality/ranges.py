"""The ranges that a view's features promise, checked on the rows that it hands out."""

from dataclasses import dataclass

import numpy as np

from penstock.core.errors import DataError
from penstock.core.jit import jit
from penstock.core.memory import as_float, f8_view, load, store
from penstock.core.native import compiled
from penstock.declare import View
from penstock.engine import Rows

# of a column: its place, the range, how many values were outside, and the place of the first one in this call
PLACE, LOW, HIGH, COUNT, FIRST = range(5)
RECORD = 5


@jit
def judge(cells: int, stride: int, rows: int, columns: int, size: int) -> int:
    """Count values outside their ranges, and note the first of each column; returns how many there were.

    Column j of ``columns`` (records of RECORD cells) lies ``stride`` cells after column j - 1, ``rows`` values each.
    NaN is no value, and outside of nothing.
    """
    total = 0
    for i in range(size):
        record = columns + 8 * RECORD * i
        low, high = as_float(load(record + 8 * LOW)), as_float(load(record + 8 * HIGH))
        x = f8_view(cells + 8 * stride * load(record + 8 * PLACE), rows)
        outside = 0
        for j in range(rows):
            outside += 1 if x[j] < low or x[j] > high else 0
        if outside == 0:
            continue
        first = -1
        for j in range(rows):
            if x[j] < low or x[j] > high:
                first = j if first < 0 else first
        store(record + 8 * FIRST, first)
        store(record + 8 * COUNT, load(record + 8 * COUNT) + outside)
        total += outside
    return total


@jit
def erase(cells: int, stride: int, rows: int, columns: int, size: int) -> int:
    """Make the values that ``judge`` counts NaN; returns how many there were."""
    total = 0
    for i in range(size):
        record = columns + 8 * RECORD * i
        low, high = as_float(load(record + 8 * LOW)), as_float(load(record + 8 * HIGH))
        x = f8_view(cells + 8 * stride * load(record + 8 * PLACE), rows)
        for j in range(rows):
            if x[j] < low or x[j] > high:
                x[j] = np.nan
                total += 1
    return total


SIGNATURE = "int64(int64, int64, int64, int64, int64)"


@dataclass(frozen=True, slots=True)
class Outside:
    """The first value of a column that broke its promise."""

    value: float
    time: int


class Ranges:
    """Checks the rows of a view against the ranges that its features promise.

    What happens to a value outside is the view's policy: ``count`` counts it, ``null`` also makes it NaN in the row
    that is handed out (never in the engine's state), ``stop`` raises.

    Parameters
    ----------
    view
        Whose features promise.
    before
        What counted for the view that this one follows: it goes on for promises that stay.

    Attributes
    ----------
    firsts
        By column, the first value outside.
    """

    def __init__(self, view: View, before: "Ranges | None" = None) -> None:
        self.view = view
        bounded = [
            (place, item)
            for place, item in enumerate(view.definitions)
            if item.feature is not None and np.isfinite(item.feature.range).any()
        ]
        self.names = tuple(item.column for _, item in bounded)
        self.limits = tuple(item.feature.range for _, item in bounded if item.feature is not None)
        self.firsts: dict[str, Outside] = {}
        self._columns = np.zeros((len(bounded), RECORD), np.int64)
        self._columns[:, PLACE] = [place for place, _ in bounded]
        limits = np.array(self.limits, np.float64).reshape(-1, 2)
        self._columns[:, LOW : HIGH + 1] = limits.view(np.int64)
        if before is not None:
            for place, name in enumerate(self.names):
                self._go_on(before, place, name)
        self._address = self._columns.ctypes.data
        self._judge = compiled(judge, SIGNATURE, brief=True)
        self._erase = compiled(erase, SIGNATURE, brief=True)

    @property
    def counts(self) -> dict[str, int]:
        """Values outside, by column."""
        counted = zip(self.names, self._columns[:, COUNT].tolist(), strict=True)
        return {name: count for name, count in counted if count}

    def check(self, rows: Rows) -> Rows:
        """Check the rows that a block made."""
        for _, table in rows.runs():
            if table.shape[1]:
                self._check(
                    table[1:], table[0], table.ctypes.data + table.strides[0], table.strides[0] // 8
                )
        return rows

    def check_row(self, values: np.ndarray, time: int) -> np.ndarray:
        """Check one row; under ``null`` a row with values outside is a copy."""
        if not self.names or not self._judge(
            values.ctypes.data, 1, 1, self._address, len(self.names)
        ):
            return values
        self._note(values.reshape(-1, 1).view(np.int64), np.array([time]))
        if self.view.ranges == "null":
            values = values.copy()
            self._erase(values.ctypes.data, 1, 1, self._address, len(self.names))
        return values

    def _go_on(self, before: "Ranges", place: int, name: str) -> None:
        if name in before.firsts:
            there = before.names.index(name)
            if before.limits[there] == self.limits[place]:
                self.firsts[name] = before.firsts[name]
                self._columns[place, COUNT] = before._columns[there, COUNT]  # noqa: SLF001  (its own kind)

    def _check(self, cells: np.ndarray, times: np.ndarray, address: int, stride: int) -> None:
        size = len(self.names)
        if size and self._judge(address, stride, len(times), self._address, size):
            self._note(cells, times)
            if self.view.ranges == "null":
                self._erase(address, stride, len(times), self._address, size)

    def _note(self, cells: np.ndarray, times: np.ndarray) -> None:
        """Keep the first value of each column that has one for the first time; refuse it under ``stop``."""
        for i, name in enumerate(self.names):
            if name in self.firsts or not self._columns[i, COUNT]:
                continue
            place, row = self._columns[i, PLACE], self._columns[i, FIRST]
            value = float(cells[place, row : row + 1].view(np.float64)[0])
            self.firsts[name] = Outside(value, int(times[row]))
            if self.view.ranges == "stop":
                low, high = self.limits[i]
                raise DataError(
                    f"View {self.view.name}: {name} must stay within [{low:g}, {high:g}], got {value!r} "
                    f"at {int(times[row])}; ranges='count' goes on"
                )
