"""Parquet files, row group by row group."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.errors import DataError
from penstock.core.schema import EventType
from penstock.events.block import Block, Keys
from penstock.events.checks import Marks, Rules
from penstock.events.quarantine import Quarantine
from penstock.events.readers.mapping import Mapping, bind, infer_type
from penstock.events.readers.pieces import DAMAGE, content_hash
from penstock.events.readers.table import Table
from penstock.events.source import CHUNK

BROKEN = (*DAMAGE, pa.ArrowException, MemoryError)  # a flipped length may ask for any memory


class ParquetSource:
    """The rows of a Parquet file as events of one type.

    Without a mapping the table has Penstock's own columns: ``time`` (ns UTC), the key columns and
    the type's fields. A row that is kept aside goes to the quarantine as JSON, since a row of a
    columnar file has no bytes of its own.
    """

    def __init__(
        self,
        path: str | Path,
        mapping: Mapping | None = None,
        *,
        rules: Rules | None = None,
    ) -> None:
        self.path = Path(path)
        self.rules = rules or Rules()
        self.columns = self._names()
        self.mapping = mapping or Mapping(infer_type(self.columns, self.name))

    @property
    def name(self) -> str:
        """The path, as given."""
        return str(self.path)

    @property
    def types(self) -> tuple[EventType, ...]:
        """The mapping's type."""
        return (self.mapping.type,)

    def content_hash(self) -> str:
        """The SHA-256 of the file, in hex."""
        return content_hash(self.path)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The file's rows; see `Source.chunks`."""
        bound = bind(self.mapping, self.columns, keys.columns, self.name)
        table = Table(self.name, self.mapping, bound, self.rules, keys)
        row = 0
        with self._open() as file:
            batches = file.iter_batches(CHUNK, columns=list(bound.needed), use_threads=True)
            while True:
                try:
                    batch = next(batches, None)
                    if batch is None:
                        break
                    batch.validate(full=True)  # polars takes texts as valid UTF-8
                except BROKEN as error:
                    detail = f"rows {row} to {file.metadata.num_rows - 1}: {error}"
                    quarantine.add(self.name, "corrupt", [row], [b""], [detail])
                    quarantine.saw(self.name, 1)
                    break
                if batch.num_rows:
                    yield (self._read(table, batch, row, quarantine),)
                row += batch.num_rows
        quarantine.ended(self.name)

    def _read(self, table: Table, batch: pa.RecordBatch, row: int, quarantine: Quarantine) -> Block:
        frame = pl.DataFrame(batch)

        def raw(place: int) -> bytes:
            return json.dumps(frame.row(place, named=True), default=str).encode()

        block = table.deliver(frame, Marks(frame.height), quarantine, lambda i: row + i, raw)
        quarantine.saw(self.name, frame.height)
        return block

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path, page_checksum_verification=True)
        except BROKEN as error:
            raise DataError(f"{self.name}: must be a Parquet file, got {error}") from error

    def _names(self) -> list[str]:
        with self._open() as file:
            try:
                return list(file.schema_arrow.names)
            except BROKEN as error:
                raise DataError(f"{self.name}: must have a schema, got {error}") from error
