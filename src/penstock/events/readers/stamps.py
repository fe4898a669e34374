"""Stamps of tables as int64 nanoseconds UTC."""

import datetime as dt

import numpy as np
import polars as pl

from penstock.core.errors import DefinitionError
from penstock.core.time import NANOSECONDS
from penstock.events.readers.mapping import Time

Stamps = tuple[pl.Series, list[tuple[str, pl.Series]]]  # ns (null: bad), reason and mask of the bad

_ISO = (
    r"^\s*(?P<date>\d{4}-?\d{2}-?\d{2})"
    r"(?:[T ](?P<clock>\d{2}:?\d{2}(?::?\d{2})?)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<offset>Z|[+-]\d{2}:?\d{2})?\s*$"
)
_DECIMAL = r"^\s*(?P<sign>-?)(?P<whole>\d{1,19})(?:\.(?P<fraction>\d*))?\s*$"


def stamps(column: pl.Series, time: Time, source: str) -> Stamps:
    """The stamps of a column and what is bad about some of them."""
    if column.dtype == pl.Date:
        column = column.cast(pl.Datetime("ns"))
    if isinstance(column.dtype, pl.Datetime):
        wall = column.dt.cast_time_unit("ns")
        if column.dtype.time_zone is not None:
            return _done(wall.dt.convert_time_zone("UTC").to_physical())
        return _local(column, wall.to_physical(), time, source)
    if time.unit is None:
        raise DefinitionError(
            f"{source}: the unit of time column {column.name!r} must be declared, "
            f"got none for {column.dtype}"
        )
    if time.unit == "iso":
        return _iso(column, time, source)
    if time.unit in NANOSECONDS:
        return _local(column, _count(column, time), time, source)
    text = column.cast(pl.String, strict=False)
    wall = text.str.to_datetime(time.unit, time_unit="ns", strict=False)
    return _local(column, wall.to_physical(), time, source)


def _done(found: pl.Series) -> Stamps:
    wrong = found.is_null()
    return found, [("wrong type", wrong)] if wrong.any() else []


def _count(column: pl.Series, time: Time) -> pl.Series:
    """Numbers of a unit since midnight of the date, as if by clocks in UTC."""
    unit = NANOSECONDS[str(time.unit)]
    day = dt.date(1970, 1, 1) if time.date is None else time.date
    start = (day - dt.date(1970, 1, 1)).days * NANOSECONDS["d"]
    limit = (2**63 - 1 - abs(start)) // unit
    if column.dtype.is_integer() and not column.null_count():
        numbers = column.to_numpy()
        if unit == 1 and start == 0 and column.dtype == pl.Int64:
            return column  # as it is: its buffer may be the file's
        if numbers.size and -limit <= numbers.min() and numbers.max() <= limit:
            return pl.Series(numbers.astype(np.int64, copy=False) * unit + start)
    if column.dtype.is_integer():
        whole = column.cast(pl.Int64, strict=False)
        inside = (whole <= limit) & (whole >= -limit)
        return pl.select(pl.when(inside).then(whole * unit + start)).to_series()
    if column.dtype.is_float():
        whole = column.floor().cast(pl.Int64, strict=False)
        part = ((column - column.floor()) * unit).round().cast(pl.Int64, strict=False)
    else:
        whole, part = _decimal(column.cast(pl.String, strict=False), unit)
    inside = (whole < limit) & (whole > -limit)
    return pl.select(pl.when(inside).then(whole * unit + part + start)).to_series()


def _decimal(text: pl.Series, unit: int) -> tuple[pl.Series, pl.Series]:
    """The whole and the fraction (in ns) of decimal texts, exactly."""
    digits = len(str(unit)) - 1
    parts = text.str.extract_groups(_DECIMAL).struct.unnest()
    sign = pl.select(pl.when(parts["sign"] == "-").then(-1).otherwise(1)).to_series()
    whole = parts["whole"].cast(pl.Int64, strict=False) * sign
    fraction = parts["fraction"].fill_null("").str.slice(0, digits).str.pad_end(digits, "0")
    number = fraction.replace("", "0").cast(pl.Int64, strict=False).fill_null(0)
    return whole, number * sign


def _iso(column: pl.Series, time: Time, source: str) -> Stamps:
    text = column.cast(pl.String, strict=False)
    parts = text.str.extract_groups(_ISO).struct.unnest()
    clock = parts["clock"].fill_null("0000").str.replace_all(":", "").str.pad_end(6, "0")
    joined = parts["date"].str.replace_all("-", "") + clock
    wall = joined.str.to_datetime("%Y%m%d%H%M%S", time_unit="ns", strict=False).to_physical()
    fraction = parts["fraction"].fill_null("0").str.pad_end(9, "0").cast(pl.Int64)
    wall = wall + fraction
    offset = parts["offset"]
    if offset.null_count() == offset.len():
        return _local(column, wall, time, source)
    compact = offset.str.replace_all(":", "").replace("Z", "+0000")
    hours = compact.str.slice(0, 3).cast(pl.Int64, strict=False)
    minutes = (compact.str.slice(0, 1) + compact.str.slice(3, 2)).cast(pl.Int64, strict=False)
    moved = wall - hours * NANOSECONDS["h"] - minutes * NANOSECONDS["m"]
    local, failures = _local(column, wall, time, source)
    aware = offset.is_not_null()
    found = pl.select(pl.when(aware).then(moved).otherwise(local)).to_series()
    return found, [(reason, mask & (~aware | found.is_null())) for reason, mask in failures]


def _local(column: pl.Series, wall: pl.Series, time: Time, source: str) -> Stamps:
    """Times by the clocks of a zone as UTC."""
    if time.zone is None:
        raise DefinitionError(
            f"{source}: the zone of time column {column.name!r} must be declared, got none"
        )
    found, failures = _done(wall)
    if time.zone == "UTC":
        return found, failures
    naive = found.cast(pl.Datetime("ns"))
    first = naive.dt.replace_time_zone(time.zone, ambiguous="earliest", non_existent="null")
    missing = first.is_null() & found.is_not_null()
    if missing.any():
        failures.append(("missing local time", missing))
    chosen = first
    if time.repeated != "earliest":
        how = "null" if time.repeated == "refuse" else "latest"
        chosen = naive.dt.replace_time_zone(time.zone, ambiguous=how, non_existent="null")
        repeated = chosen.is_null() & first.is_not_null()
        if repeated.any():
            failures.append(("repeated local time", repeated))
    return chosen.dt.convert_time_zone("UTC").to_physical(), failures
