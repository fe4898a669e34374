"""What users hand in, as a frame in the columns of a view: keys as texts, stamps in ns, values by kind."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from penstock.core.arrays import F8
from penstock.core.errors import DataError, DefinitionError, PenstockError, nearest
from penstock.core.time import time_of
from penstock.declare import Schema, StoredColumn
from penstock.jobs.feature_store.times import stamps_of_texts
from penstock.store.entity import key_part

STAMPS = ("event_timestamp", "ts")  # Feast's name, and ours
CREATED = ("created", "created_timestamp")
DTYPES = {"f8": pl.Float64, "i8": pl.Int64, "bool": pl.Boolean, "str": pl.String}
FEW = 64  # rows that are read one by one: a push of one row is what readers wait for
EARLIEST, LATEST = 0, 1 << 62  # of a stamp: 1970 to 2116
Data = Any  # rows, columns by name, a Polars frame, or a frame of pandas or Arrow


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one view.

    Attributes
    ----------
    frame
        The key columns as texts, ``ts`` and ``created`` in ns, and the columns by kind; a null f8 is NaN.
    wrong
        By row, why it cannot be read; such rows hold nulls.
    """

    frame: pl.DataFrame
    wrong: dict[int, str]

    def numbers(self, schema: Schema) -> tuple[F8, np.ndarray]:
        """The values as numbers, shape (rows, columns), and where they are null; a text counts as 0."""
        if self.frame.height <= FEW and all(column.kind != "str" for column in schema.columns):
            values = np.array(self.frame[schema.names].rows(), np.float64)
            values = values.reshape(self.frame.height, len(schema.columns))
            return values, np.isnan(values)
        values = np.zeros((self.frame.height, len(schema.columns)))
        nulls = np.zeros(values.shape, np.bool_)
        for i, column in enumerate(schema.columns):
            series = self.frame[column.name]
            if (
                series.null_count()
            ):  # looked at first: an operation of a frame costs more than a row
                nulls[:, i] = series.is_null().to_numpy()
            if column.kind != "str":
                values[:, i] = with_nan(series)
                nulls[:, i] |= np.isnan(values[:, i])
        return values, nulls


def table_of(data: Data, schema: Schema, now: int) -> Table:
    """Rows in a view's columns.

    Parameters
    ----------
    data
        A list of rows as dicts, a dict of lists, a Polars frame, or a frame of pandas or Arrow.
    schema
        The view.
    now
        When the rows were made known, where they do not say it, in ns.

    Raises
    ------
    DataError
        A column is missing or unknown, or columns have several lengths: then no row can be read.
    """
    columns = columns_of(data)
    stamp = next((name for name in STAMPS if name in columns), None)
    created = next((name for name in CREATED if name in columns), None)
    if stamp is None:
        raise DataError(f"{schema.id}: a column {STAMPS[0]} is needed, got {', '.join(columns)}")
    wanted = [*schema.key, *schema.names]
    known = {*wanted, stamp, created}
    for name in wanted:
        if name not in columns:
            raise DataError(f"{schema.id}: a column {name} is needed, got {', '.join(columns)}")
    for name in columns:
        if name not in known:
            raise DataError(
                f"{schema.id}: a column must be one of {', '.join(wanted)}, got {name!r}{nearest(name, wanted)}"
            )
    sizes = {name: len(values) for name, values in columns.items()}
    if len(set(sizes.values())) > 1:
        raise DataError(f"{schema.id}: columns must be of one length, got {sizes}")
    wrong: dict[int, str] = {}
    size = next(iter(sizes.values()))
    made = {name: keys_of(columns[name], name, wrong) for name in schema.key}
    made["ts"] = stamps_of(columns[stamp], stamp, wrong)
    made["created"] = (
        pl.Series([now] * size, dtype=pl.Int64)
        if created is None
        else stamps_of(columns[created], created, wrong)
    )
    block = few_floats(columns, schema, size)
    for column in schema.columns:
        made[column.name] = (
            block[column.name]
            if block is not None and column.name in block
            else values_of(columns[column.name], column, wrong)
        )
    frame = pl.DataFrame([series.alias(name) for name, series in made.items()])
    return Table(frame, {row: f"{schema.id}: {wrong[row]}" for row in sorted(wrong)})


def columns_of(data: Data) -> dict[str, Sequence[Any] | pl.Series]:
    """Columns by name from whatever holds rows."""
    if isinstance(data, Mapping):
        return dict(data)
    if isinstance(data, pl.DataFrame):
        return {name: data[name] for name in data.columns}
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        names = list(dict.fromkeys(name for row in data for name in row))
        return {name: [row.get(name) for row in data] for name in names}
    try:
        frame = pl.DataFrame(data)  # Arrow, and what speaks its interface, such as pandas
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise DefinitionError(
            f"Rows: a frame, rows or columns are needed, got {type(data)}"
        ) from error
    return {name: frame[name] for name in frame.columns}


def keys_of(values: Sequence[Any] | pl.Series, name: str, wrong: dict[int, str]) -> pl.Series:
    """A key column as texts."""
    if isinstance(values, pl.Series) and values.dtype == pl.String:
        for row in values.is_null().arg_true().to_list():
            wrong.setdefault(row, f"{name} must be a text, an integer or a truth, got none")
        return values
    made: list[str | None] = []
    for row, value in enumerate(values):
        try:
            made.append(key_part(value, name))
        except DataError as error:
            wrong.setdefault(row, str(error).removeprefix("Entity: "))
            made.append(None)
    return pl.Series(made, dtype=pl.String)


def stamps_of(values: Sequence[Any] | pl.Series, name: str, wrong: dict[int, str]) -> pl.Series:
    """A column of times in ns."""
    if isinstance(values, pl.Series) and values.dtype.is_temporal():
        stamps = values.cast(pl.Datetime("ns"), strict=False).cast(pl.Int64)
    elif isinstance(values, pl.Series) and values.dtype.is_integer():
        stamps = values.cast(pl.Int64)
    elif isinstance(values, pl.Series) and values.dtype == pl.String:
        stamps = stamps_of_texts(values)
        left = stamps.is_null().arg_true()
        if left.len():
            stamps = stamps.scatter(left, [stamp_of(values[row]) for row in left])
    else:
        stamps = pl.Series([stamp_of(value) for value in values], dtype=pl.Int64)
    if not stamps.null_count():
        found = stamps.to_numpy()
        if not ((found < EARLIEST) | (found > LATEST)).any():
            return stamps
    bad = stamps.is_null() | (stamps < EARLIEST) | (stamps > LATEST)
    for row in bad.arg_true().to_list():
        said = f"{name} must be ISO text or ns between 1970 and 2116, got {values[row]!r}"
        wrong.setdefault(row, said)
    return stamps


def stamp_of(value: object) -> int | None:
    """One time in ns; None where it is none, or not between 1970 and 2116."""
    stamp = None
    if isinstance(value, int) and not isinstance(value, bool):
        stamp = value
    elif isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        away = aware - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        stamp = ((away.days * 86_400 + away.seconds) * 1_000_000 + away.microseconds) * 1_000
    elif isinstance(value, str):
        try:
            stamp = time_of(value, "event_timestamp")
        except PenstockError:
            return None
    return stamp if stamp is not None and EARLIEST <= stamp <= LATEST else None


def few_floats(
    columns: Mapping[str, Sequence[Any] | pl.Series], schema: Schema, size: int
) -> dict[str, pl.Series] | None:
    """The f8 columns of few rows that are lists of floats, read row by row; None where they are anything else.

    A series of its own costs more than the values of a row: 50 of them 0.4 ms, together 0.15.
    """
    names = [column.name for column in schema.columns if column.kind == "f8"]
    lists = [columns[name] for name in names]
    if not names or not 0 < size <= FEW or not all(isinstance(values, list) for values in lists):
        return None
    rows = list(zip(*lists, strict=True))
    if not {type(value) for row in rows for value in row} <= {float, type(None)}:
        return None
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64), orient="row")
    series = frame.get_columns()
    return {s.name: s.fill_null(float("nan")) if s.null_count() else s for s in series}


def values_of(
    values: Sequence[Any] | pl.Series, column: StoredColumn, wrong: dict[int, str]
) -> pl.Series:
    """A column by its kind: what is not of it is wrong, and nothing is rounded or cut."""
    dtype = DTYPES[column.kind]
    given = values if isinstance(values, pl.Series) else loose(values)
    if given is not None and given.dtype == dtype:
        return (
            given.fill_null(float("nan")) if column.kind == "f8" and given.null_count() else given
        )
    if given is not None and given.dtype.is_numeric() and column.kind in ("f8", "i8"):
        made = given.cast(dtype, strict=False)
        exact = made.cast(pl.Float64) == given.cast(pl.Float64)
        lost = (
            given.is_not_null()
            & ~given.is_nan().fill_null(value=False)
            & ~exact.fill_null(value=False)
        )
        if column.kind == "i8":
            lost |= given.is_nan().fill_null(value=False)
    else:
        items = list(values)
        fits = [fitting(value, column.kind) for value in items]
        made = pl.Series(
            [v if ok else None for v, ok in zip(items, fits, strict=True)],
            dtype=dtype,
            strict=False,
        )
        lost = pl.Series([not ok for ok in fits], dtype=pl.Boolean)
    for row in lost.arg_true().to_list():
        wrong.setdefault(row, f"{column.name} must be of kind {column.kind}, got {values[row]!r}")
    return made.fill_null(float("nan")) if column.kind == "f8" else made


def with_nan(series: pl.Series) -> np.ndarray:
    """A column's numbers, NaN where there is none."""
    if series.null_count():
        series = series.cast(pl.Float64).fill_null(float("nan"))
    return series.to_numpy()


def loose(values: Sequence[Any]) -> pl.Series | None:
    """A list as a series of one type; None where it has several."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} and all(abs(v) < 1 << 53 for v in values if isinstance(v, int)):
        return pl.Series(values, dtype=pl.Float64 if float in kinds or not kinds else pl.Int64)
    return pl.Series(values, dtype=DTYPES["str"]) if kinds == {str} else None


def fitting(value: object, kind: str) -> bool:
    """Whether a value is null or of a kind."""
    if value is None:
        return True
    if isinstance(value, bool):
        return kind == "bool"
    whole = isinstance(value, int) and abs(value) < 1 << 63
    return (
        whole
        if kind == "i8"
        else isinstance(value, {"f8": float | int, "str": str}.get(kind, bool))
    )
