"""Upkeep of the lake: small files made one, old dates dropped, files that nothing names removed."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import polars as pl
from deltalake import CommitProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from penstock.core.errors import StoreError
from penstock.declare import Schema
from penstock.store.offline.files import DAY, EPOCH
from penstock.store.offline.lake import DATE, STAMPS, Lake, shaped, types_of, writer_of


@dataclass(frozen=True, slots=True)
class Kept:
    """What upkeep did.

    Attributes
    ----------
    dates
        Dates that were made one file, or dropped.
    files_before, files_after
        Files that the table names.
    twice
        Rows that were there twice.
    dropped
        Rows that went with their dates; such a row may have been there twice.
    """

    dates: int = 0
    files_before: int = 0
    files_after: int = 0
    twice: int = 0
    dropped: int = 0


def compact(lake: Lake, schema: Schema) -> Kept:
    """Make the files of each date one, in order, each key and stamp once; readers see the old ones or the new one.

    A date that somebody writes meanwhile is left for the next time.
    """
    counts = Counter(file.date for file in lake.files(schema))
    dates = twice = 0
    for date in sorted(date for date, count in counts.items() if count > 1):
        start = (date - EPOCH).days * DAY
        table = lake.table(
            schema
        )  # what is replaced is what was read: a write in between is noticed
        files = [file.path for file in lake.files(schema) if file.date == date]
        rows = pl.scan_parquet(files).select(list(types_of(schema))).collect()
        once = shaped(schema, rows.unique([*schema.key, *STAMPS], keep="any"))
        if (
            table is None
            or rows.filter((pl.col("ts") < start) | (pl.col("ts") >= start + DAY)).height
        ):
            raise StoreError(f"{schema.id}: rows of {date} must be of that date, got others")
        try:
            write_deltalake(
                table,
                once,
                mode="overwrite",
                predicate=f"{DATE} = '{date.isoformat()}'",
                writer_properties=writer_of(once),
                commit_properties=CommitProperties(max_commit_retries=0),
            )
        except CommitFailedError:
            continue
        except (DeltaError, OSError) as error:
            raise StoreError(f"{schema.id}: its history must be writable, got {error}") from error
        dates += 1
        twice += rows.height - once.height
    return Kept(dates, sum(counts.values()), len(lake.files(schema)), twice)


def retain(lake: Lake, schema: Schema, keep: int, now: int, *, dry: bool = False) -> Kept:
    """Drop whole dates that ended more than ``keep`` ns before ``now``; ``dry`` only says what that would drop."""
    first = EPOCH + dt.timedelta(days=(now - keep) // DAY)
    before = lake.files(schema)
    old = [file for file in before if file.date < first]
    dates, rows = len({file.date for file in old}), sum(file.rows for file in old)
    table = lake.table(schema)
    if not old or table is None or dry:
        return Kept(dates, len(before), len(before) - len(old), dropped=rows)
    try:
        table.delete(f"{DATE} < '{first.isoformat()}'")
    except (DeltaError, OSError) as error:
        raise StoreError(f"{schema.id}: its history must be writable, got {error}") from error
    return Kept(dates, len(before), len(lake.files(schema)), dropped=rows)


def vacuum(lake: Lake, schema: Schema, *, hours: int = 24, dry: bool = False) -> int:
    """Remove files that the log does not name any more, or never did since their writer was killed; how many.

    ``dry`` only counts them.

    Those younger than some hours stay: a reader may be reading them, a writer about to name them.
    """
    table = lake.table(schema)
    if table is None:
        return 0
    try:
        gone = table.vacuum(
            retention_hours=hours, dry_run=dry, enforce_retention_duration=False, full=True
        )
    except (DeltaError, OSError) as error:
        raise StoreError(f"{schema.id}: its history must be writable, got {error}") from error
    return len(gone)
