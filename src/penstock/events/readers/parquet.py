"""Parquet files, row group by row group."""

import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.errors import DataError
from penstock.events.readers.columnar import BROKEN, Batches, ColumnarSource
from penstock.events.source import CHUNK


class ParquetSource(ColumnarSource):
    """The rows of a Parquet file as events of one type; see `ColumnarSource`."""

    def _schema(self) -> pa.Schema:
        with self._open() as file:
            try:
                return file.schema_arrow
            except BROKEN as error:
                raise DataError(f"{self.name}: must have a schema, got {error}") from error

    def _batches(self, columns: list[str]) -> Batches:
        with self._open() as file:
            yield from file.iter_batches(CHUNK, columns=columns, use_threads=True)

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path, page_checksum_verification=True)
        except BROKEN as error:
            raise DataError(f"{self.name}: must be a Parquet file, got {error}") from error
