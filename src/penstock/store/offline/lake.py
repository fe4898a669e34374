"""The lake: one Delta table of Parquet files for each version of a view, partitioned by date, sorted by key and time.

A write is one file a date and one entry of the table's log, made by a rename: whoever is killed leaves the rows of
before or those of after. The log refuses two writers of one change, and keeps which transactions are in, so that a
write that is done again is done once.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from penstock.core.errors import DefinitionError, StoreError
from penstock.declare import Schema
from penstock.store.offline.files import DataFile, files_of

DATE = "date"
STAMPS = ("ts", "created")
DTYPES = {"f8": pl.Float64, "i8": pl.Int64, "bool": pl.Boolean, "str": pl.String}
PLAIN = ColumnProperties(dictionary_enabled=False)
SPLIT = ColumnProperties(dictionary_enabled=False, encoding="BYTE_STREAM_SPLIT")
SAMPLE, MANY = (
    1_024,
    0.9,
)  # values that are looked at, and the share of others above which they hardly repeat
TRIES = 20  # of a commit, where others commit at the same time
OPENED = 3  # times that a table is opened for one write


@dataclass(frozen=True, slots=True)
class Commit:
    """What a write did: rows that are in now, and whether they were in before by the same transaction."""

    rows: int
    again: bool = False


class Lake:
    """The history of views below a directory; for several processes.

    Parameters
    ----------
    path
        Its directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def place(self, schema: Schema) -> Path:
        """The directory of a version's table."""
        return self.path / schema.view / f"v{schema.version}"

    def table(self, schema: Schema) -> DeltaTable | None:
        """A version's table; None where nothing was written."""
        try:
            return DeltaTable(self.place(schema))
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise StoreError(f"{schema.id}: its history must be readable, got {error}") from error

    def write(
        self, schema: Schema, frame: pl.DataFrame, *, transaction: tuple[str, int] | None = None
    ) -> Commit:
        """Append rows.

        Parameters
        ----------
        schema
            The version of the view.
        frame
            The key columns, ``ts``, ``created`` and the columns; a row may be written again, which reads as once.
        transaction
            An application and a number that rises with its writes: what is in under this number or a higher one is not
            written again.

        Raises
        ------
        DefinitionError
            A column is missing or of another kind.
        StoreError
            The lake cannot be written.
        """
        rows = shaped(schema, frame)
        if not rows.height and transaction is None:
            return Commit(0)
        marks = None if transaction is None else [Transaction(*transaction)]
        commit = CommitProperties(app_transactions=marks, max_commit_retries=TRIES)
        for left in reversed(range(OPENED)):
            table = self.table(schema) or self._made(schema)
            if transaction is not None:
                last = table.transaction_version(transaction[0])
                if last is not None and last >= transaction[1]:
                    return Commit(rows.height, again=True)
            try:
                write_deltalake(
                    table,
                    rows,
                    mode="append",
                    writer_properties=writer_of(rows),
                    commit_properties=commit,
                )
                break
            except CommitFailedError as error:  # another made the same table, or the same change
                if not left:
                    raise StoreError(
                        f"{schema.id}: others wrote the same history, got {error}; write it again"
                    ) from error
            except (DeltaError, OSError) as error:
                raise StoreError(
                    f"{schema.id}: its history must be writable, got {error}"
                ) from error
        return Commit(rows.height)

    def _made(self, schema: Schema) -> DeltaTable:
        """A version's table, made where there is none."""
        place = self.place(schema)
        place.mkdir(parents=True, exist_ok=True)
        indexed = ",".join((*schema.key, *STAMPS))
        empty = shaped(schema, pl.DataFrame(schema=types_of(schema)))
        try:
            write_deltalake(
                place,
                empty.to_arrow(),
                mode="ignore",
                partition_by=[DATE],
                name=schema.id,
                configuration={
                    "delta.dataSkippingStatsColumns": indexed,
                    "delta.setTransactionRetentionDuration": "interval 36500 days",
                },
            )
        except CommitFailedError:
            pass  # another process made it
        except (DeltaError, OSError) as error:
            raise StoreError(f"{schema.id}: its history must be writable, got {error}") from error
        return DeltaTable(place)

    def files(self, schema: Schema) -> list[DataFile]:
        """The files of a version, by date."""
        table = self.table(schema)
        return [] if table is None else files_of(table, self.place(schema))

    def versions(self, view: str) -> list[int]:
        """The versions of a view that have a history."""
        below = (self.path / view).glob("v*/_delta_log")
        return sorted(int(log.parent.name[1:]) for log in below)

    def read(
        self,
        schema: Schema,
        *,
        columns: Sequence[str] | None = None,
        start: int | None = None,
        end: int | None = None,
        files: Sequence[DataFile] | None = None,
    ) -> pl.LazyFrame:
        """The rows of one version: key, ``ts``, ``created`` and columns, each key and stamp once.

        Parameters
        ----------
        schema
            The version.
        columns
            Which; all by default.
        start, end
            Times in ns: from ``start`` on, and before ``end``.
        files
            In which files, for whoever has looked for them already; all by default.
        """
        names = list(schema.names if columns is None else columns)
        wanted = [*schema.key, *STAMPS, *names]
        looked = self.files(schema) if files is None else files
        within = [f for f in looked if f.overlaps(start, end)]
        if not within:
            return pl.LazyFrame(schema={n: types_of(schema)[n] for n in wanted})
        found = pl.scan_parquet([f.path for f in within]).select(wanted)
        if start is not None:
            found = found.filter(pl.col("ts") >= start)
        if end is not None:
            found = found.filter(pl.col("ts") < end)
        return found.unique([*schema.key, *STAMPS], keep="any", maintain_order=False)

    def transaction(self, schema: Schema, application: str) -> int | None:
        """The highest number of an application's transactions that is in."""
        table = self.table(schema)
        return None if table is None else table.transaction_version(application)

    def drop(self, view: str) -> None:
        """Remove all history of a view."""
        shutil.rmtree(self.path / view, ignore_errors=True)

    def facts(self, schema: Schema) -> dict[str, Any]:
        """What there is of a version."""
        files = self.files(schema)
        return {
            "view": schema.id, "files": len(files), "rows": sum(f.rows for f in files),
            "bytes": sum(f.bytes for f in files), "first_date": files[0].date.isoformat() if files else None,
            "last_date": files[-1].date.isoformat() if files else None,
        }  # fmt: skip


def types_of(schema: Schema) -> dict[str, Any]:
    """The types of a table's columns, without the date."""
    keys = dict.fromkeys(schema.key, pl.String)
    stamps = dict.fromkeys(STAMPS, pl.Int64)
    return {**keys, **stamps, **{c.name: DTYPES[c.kind] for c in schema.columns}}


def shaped(schema: Schema, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows as they are stored: in order, with their date."""
    types = types_of(schema)
    for name, dtype in types.items():
        if name not in frame.columns or frame[name].dtype != dtype:
            got = frame[name].dtype if name in frame.columns else "none"
            raise DefinitionError(f"{schema.id}: a column {name} of {dtype} is needed, got {got}")
    date = pl.from_epoch(pl.col("ts"), time_unit="ns").dt.date().alias(DATE)
    return frame.select(*types, date).sort(DATE, *schema.key, *STAMPS)


def writer_of(rows: pl.DataFrame) -> WriterProperties:
    """How rows are written: no dictionaries, which cost half of the time; numbers that hardly repeat byte by byte.

    What repeats of such numbers is the bytes of their exponents: split they take 6 to 19 % less room, and 0.6 of the
    time to read. Prices in ticks would take three times the room.
    """
    some = rows.select(pl.col(pl.Float64)).gather_every(max(1, rows.height // SAMPLE))
    others = some.select(pl.all().n_unique() / pl.len()).row(0) if some.width else ()
    split = {name: SPLIT for name, share in zip(some.columns, others, strict=True) if share > MANY}
    return WriterProperties(
        compression="ZSTD",
        compression_level=1,
        max_row_group_size=128 * 1024,
        default_column_properties=PLAIN,
        column_properties=split,
    )
