"""The gold tables as Parquet: touches, their labels apart, and both joined over many dates."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.errors import DataError, DefinitionError
from penstock.events.own import ROLE, UNIT
from penstock.events.writers.packing import finished
from penstock.jobs.levels.columns import COLUMNS, EVENT_ID, LABELS, GoldColumn
from penstock.jobs.sheets import METADATA

FOLDER = Path("gold") / "research"
JOINED = "signals_multi_day.parquet"
SAYS = b"says"


def signals_path(out: Path, date: dt.date) -> Path:
    """Where a date's touches are."""
    return out / FOLDER / f"signals_{date}.parquet"


def labels_path(out: Path, date: dt.date) -> Path:
    """Where a date's labels are."""
    return out / FOLDER / f"labels_{date}.parquet"


def shaped(frame: pl.DataFrame, columns: Sequence[GoldColumn], what: str) -> pl.DataFrame:
    """A frame with exactly the declared columns, in their order and types; NaN becomes null.

    Raises
    ------
    DefinitionError
        A column is missing or is none of them, or a value is not of its column's type.
    """
    names = [column.name for column in columns]
    missing = [name for name in names if name not in frame.columns]
    unknown = [name for name in frame.columns if name not in names]
    if missing or unknown:
        raise DefinitionError(
            f"{what}: the columns must be the declared ones, got none of {missing} and {unknown} besides"
        )
    try:
        return frame.select(_cast(frame.schema[c.name], c) for c in columns)
    except pl.exceptions.PolarsError as error:
        raise DefinitionError(
            f"{what}: each value must be of its column's type, got {error}"
        ) from error


def _cast(have: pl.DataType, column: GoldColumn) -> pl.Expr:
    value = pl.col(column.name)
    if have.is_float():
        value = value.fill_nan(None)
    return value.cast(column.dtype)


def write_table(
    path: Path, frame: pl.DataFrame, columns: Sequence[GoldColumn], lineage: dict[str, Any]
) -> None:
    """Write a table with its lineage, and each column's unit, meaning and role; it appears when it is whole."""
    table = frame.to_arrow()
    known = {column.name: column for column in columns}
    fields = [
        field.with_metadata({**(field.metadata or {}), **_told(known[field.name])})
        for field in table.schema
    ]
    schema = pa.schema(fields, {METADATA: json.dumps(lineage, default=str).encode()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with finished(path) as part:
        made = pa.Table.from_arrays(table.columns, schema=schema)
        pq.write_table(made, part, compression="zstd", compression_level=3)


def _told(column: GoldColumn) -> dict[bytes, bytes]:
    return {UNIT: column.unit.encode(), SAYS: column.says.encode(), ROLE: column.role.encode()}


def write_date(
    out: Path, date: dt.date, tables: tuple[pl.DataFrame, pl.DataFrame], lineage: dict[str, Any]
) -> tuple[Path, Path]:
    """Write a date's touches and labels, in that order.

    Parameters
    ----------
    out
        The directory that gets ``gold/research``.
    tables
        Touches, and their labels by ``event_id``: one row for each touch.
    lineage
        What the metadata of both files says.

    Raises
    ------
    DefinitionError
        An ``event_id`` occurs twice, or the labels are of other touches.
    """
    signals = shaped(tables[0], COLUMNS, f"signals of {date}")
    labels = shaped(tables[1], (EVENT_ID, *LABELS), f"labels of {date}")
    ids = signals["event_id"]
    if ids.null_count() or ids.is_duplicated().any():
        twice = signals.filter(ids.is_duplicated() | ids.is_null())["event_id"].unique().to_list()
        raise DefinitionError(f"signals of {date}: each event_id must occur once, got {twice[:3]}")
    if not ids.sort().equals(labels["event_id"].sort()):
        raise DefinitionError(
            f"labels of {date}: each touch must have one row, got {labels.height} rows for {ids.len()} touches"
        )
    write_table(signals_path(out, date), signals, COLUMNS, lineage)
    write_table(labels_path(out, date), labels, (EVENT_ID, *LABELS), lineage)
    return signals_path(out, date), labels_path(out, date)


def read_date(out: Path, date: dt.date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A date's touches and labels."""
    found = []
    for path in (signals_path(out, date), labels_path(out, date)):
        try:
            found.append(pl.read_parquet(path))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError(
                f"{path}: must be a gold table, got {error}; run the date again"
            ) from error
    return found[0], found[1]


def aggregate(out: Path, dates: Iterable[dt.date], lineage: dict[str, Any]) -> tuple[Path, int]:
    """Write the touches of several dates, joined with their labels, as one table for training.

    No feature can be computed from it: readers of features refuse a file that holds labels.

    Returns
    -------
    tuple
        The file, and its rows.
    """
    joined = [_joined(out, date) for date in sorted(dates)]
    if not joined:
        raise DataError(
            f"{out / FOLDER}: at least one date is needed, got none; run penstock levels run first"
        )
    frame = pl.concat(joined)
    path = out / FOLDER / JOINED
    write_table(path, frame, (*COLUMNS, *LABELS), lineage)
    return path, frame.height


def _joined(out: Path, date: dt.date) -> pl.DataFrame:
    signals, labels = read_date(out, date)
    frame = signals.join(labels, on="event_id", how="left", validate="1:1", maintain_order="left")
    return frame.select([column.name for column in (*COLUMNS, *LABELS)])
