"""Bronze files: Parquet that is made once of raw files, and says of which."""

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.errors import DataError
from penstock.core.schema import EventType
from penstock.events.own import TYPE, UNIT
from penstock.events.readers.pieces import content_hash
from penstock.events.writers.packing import finished
from penstock.jobs.levels.facts import digest
from penstock.jobs.sheets import METADATA

VERSION = 1  # of what is written; raised when it changes
UNITS = {
    "ts": "ns", "receive": "ns", "symbol": "id", "contract": "id", "signed_by": "word", "bid_price": "price",
    "ask_price": "price", "bid_size": "size", "ask_size": "size",
}  # fmt: skip
Write = Callable[[pl.DataFrame], int]


class Bronze:
    """The bronze files of one date.

    Parameters
    ----------
    folder
        Where they are.
    said
        What else they depend on.
    force
        Make them again though they are there.
    """

    def __init__(self, folder: Path, said: Sequence[object], *, force: bool = False) -> None:
        self._folder, self._said, self._force = folder, said, force
        self._hashes: dict[Path, str] = {}

    def has(self, name: str, sources: Sequence[Path]) -> bool:
        """Whether a file need not be made: it was, of the same sources in the same way, or it is one of them."""
        path = self._folder / name
        if any(path.resolve() == source.resolve() for source in sources):
            return True
        return not self._force and _key_of(path) == self._key(sources)

    @contextmanager
    def file(
        self, name: str, sources: Sequence[Path], type: EventType
    ) -> Generator[Write, None, None]:
        """A function that writes frames to a file, which appears when it is whole.

        Raises
        ------
        DataError
            Nothing was written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        lineage = {"key": self._key(sources), "inputs": [str(source) for source in sources]}
        writer: pq.ParquetWriter | None = None
        with finished(self._folder / name) as part:
            try:

                def write(frame: pl.DataFrame) -> int:
                    nonlocal writer
                    table = frame.to_arrow()
                    schema = _told(table.schema, type, lineage)
                    writer = writer or pq.ParquetWriter(part, schema, compression="zstd")
                    writer.write_table(table.cast(schema))
                    return table.num_rows

                yield write
            finally:
                if writer is not None:
                    writer.close()
            if writer is None:
                raise DataError(f"{name}: at least one event is needed, got none in {sources[0]}")

    def _key(self, sources: Sequence[Path]) -> str:
        for source in sources:
            if source not in self._hashes:
                self._hashes[source] = content_hash(source)
        return digest([VERSION, [self._hashes[source] for source in sources], *self._said])


def _told(schema: pa.Schema, type: EventType, lineage: dict[str, Any]) -> pa.Schema:
    """A schema that names the event type, each column's unit, and where the rows come from."""
    units = UNITS | {each.name: each.unit for each in type.fields}
    fields = [
        each.with_metadata({UNIT: unit.encode()})
        # bid_price_3 of a book is a bid_price
        if (unit := units.get(each.name, units.get(each.name.rpartition("_")[0])))
        else each
        for each in schema
    ]
    return pa.schema(fields, {TYPE: type.name.encode(), METADATA: json.dumps(lineage).encode()})


def _key_of(path: Path) -> str | None:
    """The key that a file was made under; None where there is none, or no whole one."""
    try:
        found = (pq.read_metadata(path).metadata or {}).get(METADATA, b"{}")
    except (OSError, pa.ArrowException):
        return None
    return json.loads(found).get("key")
