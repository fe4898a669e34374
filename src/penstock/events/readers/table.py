"""Rows of a table as a block: cells converted, checked, keyed; bad rows kept aside."""

from collections.abc import Callable

import numpy as np
import polars as pl

from penstock.core.schema import Field
from penstock.events.block import Block
from penstock.events.checks import Marks, Rules, Times, check
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.readers.mapping import Bound, Constant, Mapping, Time
from penstock.events.readers.stamps import stamps
from penstock.events.readers.words import codes, encode, is_text, languages, words_of
from penstock.events.texts import Texts, text_id
from penstock.events.types import DEFAULTS, LEVELS, Book, OptionQuote, Quote


class Table:
    """Turns the frames of one table into blocks, from chunk to chunk."""

    def __init__(
        self,
        name: str,
        mapping: Mapping,
        bound: Bound,
        rules: Rules,
        keys: Keys,
        texts: Texts | None = None,
    ) -> None:
        self.name = name
        self.mapping = mapping
        self.bound = bound
        self.rules = rules
        self.keys = keys
        self.texts = Texts() if texts is None else texts
        self.times = Times(rules)

    def block(self, frame: pl.DataFrame, marks: Marks) -> Block:
        """The good rows of a frame; the bad ones are marked."""
        time = self._stamps(frame, marks)
        columns = self._cells(frame, marks)
        for key in self.bound.keys:
            if isinstance(key, str):
                empty = frame[key].is_null()
                if frame[key].dtype == pl.String:
                    empty |= frame[key] == ""
                _mark(marks, "missing key", frame[key], empty.to_numpy())
        self._know(frame, marks)
        check(self.mapping.type, columns, self.rules, marks)
        self.times.check(time["time"], marks)
        good = marks.good
        rows = slice(None) if good is None else np.flatnonzero(good)
        kept = frame if good is None else frame.filter(pl.Series(good))
        picked = {name: column[rows] for name, column in (time | columns).items()}
        return Block(self.mapping.type, picked | {"key": self._numbers(kept)})

    def _know(self, frame: pl.DataFrame, marks: Marks) -> None:
        """Mark the rows of symbols that there are not."""
        known = self.rules.symbols
        for key, column in zip(self.bound.keys, self.keys.columns, strict=True):
            if known is not None and column == "symbol" and isinstance(key, str):
                other = ~frame[key].cast(pl.String).is_in(list(known)).fill_null(value=False)
                _mark(marks, "unknown symbol", frame[key], other.to_numpy())

    def deliver(
        self,
        frame: pl.DataFrame,
        marks: Marks,
        quarantine: Quarantine,
        number: Callable[[int], int],
        raw: Callable[[int], bytes],
    ) -> Block:
        """The block of a frame, with its bad rows given to the quarantine."""
        self.skip_others(frame, marks, quarantine)
        block = self.block(frame, marks)
        marks.report(quarantine, self.name, number, raw)
        return block

    def skip_others(self, frame: pl.DataFrame, marks: Marks, quarantine: Quarantine) -> None:
        """Leave out, and count, the rows that `Mapping.where` does not name."""
        for column, texts in self.mapping.where.items():
            other = ~frame[column].cast(pl.String).is_in(texts).fill_null(value=False)
            rows = np.flatnonzero(other.to_numpy())
            quarantine.skip(self.name, f"other {column}", marks.leave(rows))

    def _stamps(self, frame: pl.DataFrame, marks: Marks) -> dict[str, np.ndarray]:
        found = {}
        for name in ("time", "receive"):
            declared = getattr(self.mapping, name)
            if declared is not None:
                column = frame[declared.column]
                values, failures = stamps(column, declared, self.name)
                for reason, mask in failures:
                    _mark(marks, reason, column, mask.to_numpy())
                if values.null_count():  # the stamp of a marked row is never used; 0 is in range
                    values = values.fill_null(0)
                cells = values.to_numpy()
                found[name] = cells + self.mapping.interval if self.mapping.interval else cells
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
            if field.name in self.mapping.stamps:
                cells[target] = self._moments(series, self.mapping.stamps[field.name], marks)
                continue
            values, wrong = self._convert(series, field)
            if wrong is not None:
                _mark(marks, "wrong type", series, wrong)
            cells[target] = self._scaled(values, field)
        if self.mapping.type in (Quote, OptionQuote):
            _sides(cells)
        return _book(cells, frame.height) if self.mapping.type is Book else cells

    def _moments(self, series: pl.Series, time: Time, marks: Marks) -> np.ndarray:
        """A field's stamps; one that is not there is 0."""
        filled = series.is_not_null()
        if series.dtype == pl.String:
            filled &= series.str.strip_chars() != ""
        values, failures = stamps(series, time, self.name)
        for _, mask in failures:
            _mark(marks, "wrong type", series, (mask & filled).to_numpy())
        return values.fill_null(0).to_numpy()

    def _convert(self, series: pl.Series, field: Field) -> tuple[np.ndarray, np.ndarray | None]:
        words = words_of(self.mapping.type, field)
        if words is not None:
            return codes(series, words)
        if not is_text(self.mapping.type, field) or series.dtype != pl.String:
            return _convert(series, field)
        if field.name == "language":
            return languages(series)
        places, values = encode(series)
        if field.name == "text":
            return self.texts.ids(values)[places], None
        return np.array([_name_id(value) for value in values], np.int64)[places], None

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
        codes = np.zeros(frame.height, np.int64)
        tables: list[list[str]] = []
        for part in self.bound.keys:
            if isinstance(part, Constant):
                tables.append([part.value])
            else:
                places, values = encode(frame[part])
                tables.append(values)
                codes = codes * len(values) + places
        places, found = encode(pl.Series(codes))
        numbers = [self.keys.number(_names(int(code), tables)) for code in found]
        return np.array(numbers, np.int64)[places]


def _names(code: int, tables: list[list[str]]) -> tuple[str, ...]:
    """The texts that a combined code stands for, the last varying fastest."""
    found = []
    for table in reversed(tables):
        code, place = divmod(code, len(table))
        found.append(table[place])
    return tuple(reversed(found))


def _mark(marks: Marks, reason: str, column: pl.Series, wrong: np.ndarray) -> None:
    rows = np.flatnonzero(wrong)
    if rows.size:
        texts = column.gather(rows).cast(pl.String, strict=False).fill_null("").to_list()
        marks.mark(reason, rows, np.array(texts, object))


def _convert(series: pl.Series, field: Field) -> tuple[np.ndarray, np.ndarray | None]:
    """A column's values and which cells are of a wrong type; an absent f8 is NaN."""
    real = field.dtype == "f8"
    filled = series.is_not_null()
    if series.dtype == pl.String:
        series = series.str.strip_chars()
        filled &= series != ""
    elif not (series.dtype.is_numeric() or series.dtype == pl.Null):
        return np.zeros(series.len(), field.dtype), np.ones(series.len(), bool)
    values = series.cast(pl.Float64 if real else pl.Int64, strict=False)
    if not values.null_count():
        return values.to_numpy(), None
    empty = values.is_null()
    wrong = filled & empty if real else empty
    return values.fill_null(np.nan if real else 0).to_numpy(), wrong.to_numpy()


def _name_id(name: str) -> int:
    """The id of an author or a source: their number, or that of their name."""
    return int(name) if name.isdecimal() and len(name) < 19 else text_id(name)


def _sides(cells: dict[str, np.ndarray]) -> None:
    """Give a side that is not there no size."""
    for side in ("bid", "ask"):
        size = cells[f"{side}_size"]
        absent = np.isnan(cells[f"{side}_price"]) & np.isnan(size)
        if absent.any():
            cells[f"{side}_size"] = np.where(absent, 0.0, size)


def _book(cells: dict[str, np.ndarray], rows: int) -> dict[str, np.ndarray]:
    """The columns of levels as one; a level that is not there has no price and no size."""
    levels = np.zeros((rows, LEVELS, 4))
    levels[:, :, 0::2] = np.nan
    for place, name in enumerate(("bid_price", "bid_size", "ask_price", "ask_size")):
        for level in range(LEVELS):
            if f"{name}_{level}" in cells:
                levels[:, level, place] = cells[f"{name}_{level}"]
    absent = np.isnan(levels[:, :, 0::2])
    sizes = levels[:, :, 1::2]
    sizes[absent & np.isnan(sizes)] = 0.0
    return {"levels": levels.reshape(rows, 4 * LEVELS)}
