"""Rows of a table as a block: cells converted, checked, keyed; bad rows kept aside."""

from collections.abc import Callable

import numpy as np
import polars as pl

from penstock.core.schema import Field
from penstock.events.block import Block, Keys
from penstock.events.checks import Marks, Rules, Times, check
from penstock.events.quarantine import Quarantine
from penstock.events.readers.mapping import DEFAULTS, Bound, Constant, Mapping
from penstock.events.readers.stamps import stamps
from penstock.events.types import LEVELS, Book

SIDES = {
    **dict.fromkeys(("b", "buy", "buyer", "bid", "bids", "1", "+1"), 1),
    **dict.fromkeys(("s", "sell", "seller", "a", "ask", "asks", "offer", "-1"), -1),
    **dict.fromkeys(("n", "none", "unknown", "0", ""), 0),
}
ACTIONS = {letter: ord(letter) for letter in "ACMTFRN"}


class Table:
    """Turns the frames of one table into blocks, from chunk to chunk."""

    def __init__(self, name: str, mapping: Mapping, bound: Bound, rules: Rules, keys: Keys) -> None:
        self.name = name
        self.mapping = mapping
        self.bound = bound
        self.rules = rules
        self.keys = keys
        self.times = Times()

    def block(self, frame: pl.DataFrame, marks: Marks) -> Block:
        """The good rows of a frame; the bad ones are marked."""
        time = self._stamps(frame, marks)
        columns = self._cells(frame, marks)
        for key in self.bound.keys:
            if isinstance(key, str):
                empty = frame[key].is_null() | (frame[key].cast(pl.String) == "")
                _mark(marks, "missing key", frame[key], empty)
        check(self.mapping.type, columns, self.rules, marks)
        self.times.check(time["time"], marks)
        good = marks.good
        rows = slice(None) if good is None else np.flatnonzero(good)
        kept = frame if good is None else frame.filter(pl.Series(good))
        picked = {name: column[rows] for name, column in (time | columns).items()}
        return Block(self.mapping.type, picked | {"key": self._numbers(kept)})

    def deliver(
        self,
        frame: pl.DataFrame,
        marks: Marks,
        quarantine: Quarantine,
        number: Callable[[int], int],
        raw: Callable[[int], bytes],
    ) -> Block:
        """The block of a frame, with its bad rows given to the quarantine and counted."""
        block = self.block(frame, marks)
        marks.report(quarantine, self.name, number, raw)
        quarantine.saw(self.name, frame.height)
        return block

    def _stamps(self, frame: pl.DataFrame, marks: Marks) -> dict[str, np.ndarray]:
        found = {}
        for name in ("time", "receive"):
            declared = getattr(self.mapping, name)
            if declared is not None:
                column = frame[declared.column]
                values, failures = stamps(column, declared, self.name)
                for reason, mask in failures:
                    _mark(marks, reason, column, mask)
                # the stamp of a row that is already marked is never used; 0 keeps it in range
                found[name] = values.fill_null(0).to_numpy() + self.mapping.interval
        found.setdefault("receive", found["time"])
        return found

    def _cells(self, frame: pl.DataFrame, marks: Marks) -> dict[str, np.ndarray]:
        cells: dict[str, np.ndarray] = {}
        for target, field, column in self.bound.fields:
            if column is None:
                value = DEFAULTS[self.mapping.type.name][field.name]
                cells[target] = np.full(frame.height, value, field.dtype)
                continue
            series = frame[column]
            values, wrong = _convert(series, field)
            _mark(marks, "wrong type", series, wrong)
            cells[target] = self._scaled(_array(values, field), field)
        if self.mapping.type is not Book:
            return cells
        levels = np.zeros((frame.height, LEVELS, 4))
        levels[:, :, 0::2] = np.nan
        for place, name in enumerate(("bid_price", "bid_size", "ask_price", "ask_size")):
            for level in range(LEVELS):
                if f"{name}_{level}" in cells:
                    levels[:, level, place] = cells[f"{name}_{level}"]
        absent = np.isnan(levels[:, :, 0::2])
        sizes = levels[:, :, 1::2]
        sizes[absent & np.isnan(sizes)] = 0.0
        return {"levels": levels.reshape(frame.height, 4 * LEVELS)}

    def _scaled(self, values: np.ndarray, field: Field) -> np.ndarray:
        scale = self.mapping.scale.get(field.name, 1)
        if self.mapping.absent and field.unit == "price":
            values = np.where(np.isin(values, self.mapping.absent), np.nan, values)
        if scale == 1:
            return values
        if values.dtype == np.int64:
            return values * int(scale)
        divisor = 1.0 / scale
        # 1e-4 is no float, 10,000 is: only the division rounds once
        return values / divisor if divisor == round(divisor) else values * scale

    def _numbers(self, frame: pl.DataFrame) -> np.ndarray:
        parts = self.bound.keys
        columns = [part for part in dict.fromkeys(parts) if isinstance(part, str)]

        def name(row: dict[str, str]) -> tuple[str, ...]:
            return tuple(p.value if isinstance(p, Constant) else row[p] for p in parts)

        if not columns or not frame.height:
            number = self.keys.number(name({})) if frame.height else 0
            return np.full(frame.height, number, np.int64)
        texts = frame.select(pl.col(columns).cast(pl.String))
        names = texts.unique(maintain_order=True)
        numbers = [self.keys.number(name(row)) for row in names.iter_rows(named=True)]
        if len(numbers) == 1:
            return np.full(frame.height, numbers[0], np.int64)
        joined = texts.join(
            names.with_columns(pl.Series("#", numbers, pl.Int64)),
            on=columns,
            how="left",
            maintain_order="left",
        )
        return joined["#"].to_numpy()


def _mark(marks: Marks, reason: str, column: pl.Series, wrong: pl.Series) -> None:
    rows = np.flatnonzero(wrong.to_numpy())
    if rows.size:
        values = column.gather(rows).cast(pl.String, strict=False).to_list()
        full = np.full(len(column), "", object)
        full[rows] = values
        marks.mark(reason, rows, full[rows])


def _convert(series: pl.Series, field: Field) -> tuple[pl.Series, pl.Series]:
    """A column's values, null where absent, and which cells are of a wrong type."""
    if field.name in ("side", "action"):
        return _code(series, SIDES if field.name == "side" else ACTIONS)
    target = pl.Float64 if field.dtype == "f8" else pl.Int64
    filled = series.is_not_null()
    if series.dtype == pl.String:
        series = series.str.strip_chars()
        filled &= series != ""
    elif not (series.dtype.is_numeric() or series.dtype == pl.Null):
        return pl.Series([None] * series.len(), dtype=target), filled
    values = series.cast(target, strict=False)
    wrong = filled & values.is_null()
    return values, wrong if target is pl.Float64 else values.is_null()


def _code(series: pl.Series, codes: dict[str, int]) -> tuple[pl.Series, pl.Series]:
    """Letters, words or numbers as codes."""
    if series.dtype.is_float():
        series = series.cast(pl.Int64, strict=False)
    text = series.cast(pl.String, strict=False).str.strip_chars()
    if codes is SIDES:
        text = text.str.to_lowercase()
    known = codes | {str(code): code for code in codes.values()}
    values = text.replace_strict(known, default=None, return_dtype=pl.Int64)
    return values, values.is_null()


def _array(values: pl.Series, field: Field) -> np.ndarray:
    if field.dtype == "f8":
        return values.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return values.fill_null(0).to_numpy()
