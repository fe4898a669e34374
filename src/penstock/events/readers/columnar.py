"""What readers of columnar files share: batches of columns as blocks, copied only where they must be."""

import json
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import polars as pl
import pyarrow as pa

from penstock.core.errors import DataError
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.checks import Marks, Rules
from penstock.events.keys import Keys
from penstock.events.own import check_unit, refuse_labels, type_name
from penstock.events.quarantine import Quarantine
from penstock.events.readers.mapping import Bound, Mapping, bind, infer_type
from penstock.events.readers.pieces import DAMAGE, BrokenError, content_hash
from penstock.events.readers.table import Table
from penstock.events.texts import Texts
from penstock.events.types import EVENT_TYPES

BROKEN = (*DAMAGE, pa.ArrowException, MemoryError)  # a flipped length may ask for any memory
Batches = Generator[pa.RecordBatch, None, None]


class ColumnarSource:
    """The rows of a columnar file as events of one type.

    Without a mapping the table has Penstock's own columns: ``time`` and ``receive`` (ns UTC), the key
    columns and the type's fields. A row that is kept aside goes to the quarantine as JSON, since a row of a
    columnar file has no bytes of its own. Columns of int64 and float64 without nulls are not copied.
    A file with columns whose role is ``label`` is refused.
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
        self.schema = self._schema()
        try:
            self.columns = list(self.schema.names)
        except BROKEN as error:
            raise DataError(f"{self.name}: columns must have names, got {error}") from error
        refuse_labels(self.schema, self.name)
        self.mapping = (mapping or Mapping(self._type())).beside(self.columns)
        self.texts = Texts()

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

    def chunks(
        self, keys: Keys, quarantine: Quarantine
    ) -> Generator[tuple[Block, ...], None, None]:
        """The file's rows; see `Source.chunks`."""
        bound = bind(self.mapping, self.columns, keys.columns, self.name)
        quarantine.unread[self.name] = bound.unread
        self._check_units(bound)
        table = Table(self.name, self.mapping, bound, self.rules, keys, self.texts)
        row = 0
        with closing(self._batches(list(bound.needed))) as batches:
            while True:
                try:
                    batch = next(batches, None)
                    if batch is None:
                        break
                    batch.validate(full=True)  # polars takes texts as valid UTF-8
                    frame = pl.DataFrame(batch)
                except (BrokenError, *BROKEN, pl.exceptions.PolarsError) as error:
                    cut = error if isinstance(error, BrokenError) else None
                    reason = "corrupt" if cut is None else cut.reason
                    detail = f"rows from {row} on: {error if cut is None else cut.detail}"
                    quarantine.add(self.name, reason, [row], [b""], [detail])
                    quarantine.saw(self.name, 1)
                    break
                if frame.height:
                    yield (self._read(table, frame, row, quarantine),)
                row += frame.height
        quarantine.ended(self.name)

    def _read(self, table: Table, frame: pl.DataFrame, row: int, quarantine: Quarantine) -> Block:
        def raw(place: int) -> bytes:
            return json.dumps(frame.row(place, named=True), default=str).encode()

        block = table.deliver(frame, Marks(frame.height), quarantine, lambda i: row + i, raw)
        quarantine.saw(self.name, frame.height)
        return block

    def _type(self) -> EventType:
        """The type that the file names, else the one that its columns are of."""
        named = type_name(self.schema)
        found = next((known for known in EVENT_TYPES if known.name == named), None)
        return found or infer_type(self.columns, self.name)

    def _check_units(self, bound: Bound) -> None:
        for _, field, column in bound.fields:
            if column is not None and field.name not in self.mapping.scale:
                check_unit(self.schema, column, field, self.name)

    def _schema(self) -> pa.Schema:
        raise NotImplementedError

    def _batches(self, columns: list[str]) -> Batches:
        raise NotImplementedError
