"""Arrow IPC: files and streams, batch by batch."""

from collections.abc import Generator
from contextlib import contextmanager

import pyarrow as pa

from penstock.core.errors import DataError
from penstock.events.readers.columnar import BROKEN, Batches, ColumnarSource
from penstock.events.readers.pieces import BrokenError
from penstock.events.source import CHUNK

MAGIC = b"ARROW1"  # a file begins with it, a stream does not
END = b"\xff\xff\xff\xff\x00\x00\x00\x00"  # of a stream whose writer closed it


class ArrowSource(ColumnarSource):
    """The rows of an Arrow IPC file or stream as events of one type; see `ColumnarSource`.

    The file is mapped into memory, not read: where it is not compressed its columns are the events'.
    """

    def _schema(self) -> pa.Schema:
        try:
            with self._open() as reader:
                return reader.schema
        except BROKEN as error:
            raise DataError(f"{self.name}: must be of Arrow IPC, got {error}") from error

    def _batches(self, columns: list[str]) -> Batches:
        with self._open() as reader:
            batches = (
                map(reader.get_batch, range(reader.num_record_batches))
                if isinstance(reader, pa.ipc.RecordBatchFileReader)
                else self._streamed(reader)
            )
            for batch in batches:
                picked = batch.select(columns)
                for start in range(0, picked.num_rows, CHUNK):
                    yield picked.slice(start, CHUNK)

    def _streamed(self, reader: pa.ipc.RecordBatchStreamReader) -> Batches:
        """A stream's batches; one that ends without its end was cut off."""
        yield from reader
        with self.path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - len(END)))
            if file.read() != END:
                raise BrokenError("truncated", "the stream has no end")

    @contextmanager
    def _open(self) -> Generator[pa.ipc.RecordBatchFileReader | pa.ipc.RecordBatchStreamReader]:
        with self.path.open("rb") as file:
            whole = file.read(len(MAGIC)) == MAGIC
        opened = pa.ipc.open_file if whole else pa.ipc.open_stream
        with pa.memory_map(str(self.path)) as memory, opened(memory) as reader:
            yield reader
