"""One row as bytes: a header with its stamp, bits of nulls, cells of 8 bytes, then texts.

The header is a byte for the format, a byte of flags, the number of columns, a checksum of all else, the event time and
when the row was made known. What is larger than ``COMPRESSED_ABOVE`` is compressed where that helps. No object of
Python is made of a value until somebody asks.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import zstandard

from penstock.core.arrays import I8
from penstock.core.errors import DataError
from penstock.declare import Schema
from penstock.store.online.cells import CANONICAL, as_bytes, cell

FORMAT = 2  # of 1 the checksum was that of what follows the header
DELETED, COMPRESSED = 1, 2
HEADER = struct.Struct("<BBHIqq")
STAMP = struct.Struct("<qq")
LENGTH = struct.Struct("<I")
CHECKSUM_AT, STAMP_AT = 4, HEADER.size - STAMP.size
COMPRESSED_ABOVE = 1_024  # bytes
FEW = 64  # rows that are read one by one: a column of a frame costs more than they do
LARGEST = 1 << 26  # bytes that a row may have once it is no longer compressed


def stamp(data: bytes) -> tuple[int, int]:
    """The event time of a row and when it was made known: the newer stamp stays."""
    return STAMP.unpack_from(data, STAMP_AT)


def is_deleted(data: bytes) -> bool:
    """Whether a row says that there is none."""
    return bool(data[1] & DELETED)


def tombstone(event_ts: int, created: int) -> bytes:
    """A row that says that there is none."""
    return _whole(DELETED, 0, event_ts, created, b"")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A row that was read.

    Attributes
    ----------
    cells
        Of the columns that are no texts, their 8 bytes as an integer, in order.
    null
        Of each column, whether it is null.
    texts
        The columns that are texts, in order.
    floats
        Whether every column is f8.
    """

    schema: Schema
    event_ts: int
    created: int
    deleted: bool
    cells: I8
    null: np.ndarray
    texts: tuple[str, ...]
    floats: bool = False

    def values(self) -> list[Any]:
        """The values in the order of the columns, None where they are null; of a deleted row none."""
        if self.floats:
            floats = self.cells.view(np.float64).tolist()
            if not self.null.any():
                return floats
            return [None if n else v for v, n in zip(floats, self.null.tolist(), strict=True)]
        return list(self._values())

    def _values(self) -> Iterator[Any]:
        if self.deleted:
            return
        floats, cells, texts = (
            self.cells.view(np.float64).tolist(),
            self.cells.tolist(),
            iter(self.texts),
        )
        at = 0
        for column, null in zip(self.schema.columns, self.null.tolist(), strict=True):
            if column.kind == "str":
                text = next(texts)
                yield None if null else text
                continue
            cell = floats[at] if column.kind == "f8" else cells[at]
            at += 1
            yield None if null else bool(cell) if column.kind == "bool" else cell


class Packer:
    """Packs and unpacks the rows of one view's version.

    Examples
    --------
    >>> from penstock.declare import Field, Pushed, schema_of
    >>> packer = Packer(schema_of(Pushed("driver", [Field("rate"), Field("trips", "i8"), Field("city", "str")])))
    >>> data = packer.pack(1_000, 2_000, [0.5, None, "Bern"])
    >>> stamp(data), packer.unpack(data).values()
    ((1000, 2000), [0.5, None, 'Bern'])
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        kinds = [column.kind for column in schema.columns]
        self._cells = [i for i, kind in enumerate(kinds) if kind != "str"]
        self._texts = [i for i, kind in enumerate(kinds) if kind == "str"]
        self._floats = np.array([kinds[i] == "f8" for i in self._cells], np.bool_)
        self._bits = -(-len(kinds) // 8) if not all(kind == "f8" for kind in kinds) else 0
        self._fixed = self._bits + 8 * len(self._cells)
        self._plain = None if self._bits else struct.Struct(f"{HEADER.format}{len(kinds)}d")

    def pack(self, event_ts: int, created: int, values: Sequence[Any] | np.ndarray) -> bytes:
        """A row of values in the order of the columns; None or NaN is null.

        Raises
        ------
        DataError
            There are not as many values as columns, or one is not of its kind.
        """
        if len(values) != len(self.schema.columns):
            raise DataError(
                f"{self.schema.id}: {len(self.schema.columns)} values are needed, got {len(values)}"
            )
        if isinstance(values, np.ndarray) and self._floats.all() and not self._texts:
            row = np.array(values, np.float64)
            row[np.isnan(row)] = np.nan
            return self._sealed(event_ts, created, row.tobytes())
        null, cells = np.zeros(len(values), np.bool_), np.zeros(len(self._cells), np.int64)
        texts: list[bytes] = []
        try:
            for at, i in enumerate(self._cells):
                cells[at], null[i] = cell(values[i], self.schema.columns[i].kind)
            for i in self._texts:
                null[i] = values[i] is None
                text = b"" if values[i] is None else values[i].encode()
                texts += [LENGTH.pack(len(text)), text]
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            kinds = ", ".join(f"{c.name} {c.kind}" for c in self.schema.columns)
            raise DataError(
                f"{self.schema.id}: values must be {kinds}, got {list(values)!r}"
            ) from error
        bits = np.packbits(null, bitorder="little").tobytes() if self._bits else b""
        return self._sealed(event_ts, created, b"".join((bits, cells.tobytes(), *texts)))

    def pack_table(self, frame: pl.DataFrame) -> list[bytes]:
        """The rows of a frame with the columns ``ts``, ``created`` and those of the view."""
        event_ts, created = (frame[name].to_numpy() for name in ("ts", "created"))
        if self._texts:
            rows = frame.select(self.schema.names).iter_rows()
            stamps = zip(event_ts.tolist(), created.tolist(), strict=True)
            return [self.pack(*at, row) for at, row in zip(stamps, rows, strict=True)]
        cells, null = self._table(frame)
        bits = np.packbits(null, axis=1, bitorder="little") if self._bits else b""
        width = HEADER.size + self._fixed
        table = np.zeros((len(event_ts), width), np.uint8)
        table[:, 0] = FORMAT
        table[:, 2:4] = np.frombuffer(struct.pack("<H", len(self.schema.columns)), np.uint8)
        table[:, STAMP_AT : STAMP_AT + 8] = as_bytes(event_ts)
        table[:, STAMP_AT + 8 : HEADER.size] = as_bytes(created)
        if self._bits:
            table[:, HEADER.size : HEADER.size + self._bits] = bits
        table[:, HEADER.size + self._bits :] = as_bytes(cells)
        if self._fixed > COMPRESSED_ABOVE:
            bodies = (row[HEADER.size :].tobytes() for row in table)
            stamps = zip(event_ts.tolist(), created.tolist(), strict=True)
            return [self._sealed(*at, body) for at, body in zip(stamps, bodies, strict=True)]
        whole = bytearray(table.tobytes())
        view = memoryview(whole)
        starts = range(0, len(whole), width)
        for at in starts:
            checksum = checksum_of(view[at : at + width])
            LENGTH.pack_into(whole, at + CHECKSUM_AT, checksum)
        return [bytes(view[at : at + width]) for at in starts]

    def _table(self, frame: pl.DataFrame) -> tuple[I8, np.ndarray]:
        """The cells of a frame's rows, and where they are null."""
        if frame.height <= FEW and self._floats.all() and not self._texts:
            places = [frame.columns.index(name) for name in self.schema.names]
            # rows are cheap, and a choice of columns is not
            values = np.array([[row[i] for i in places] for row in frame.rows()], np.float64)
            values = values.reshape(frame.height, len(self._cells))
            null = np.isnan(values)
            return np.where(null, CANONICAL, values.view(np.int64)), null
        size, columns = frame.height, self.schema.columns
        cells = np.zeros((size, len(self._cells)), np.int64)
        null = np.zeros((size, len(columns)), np.bool_)
        for at, i in enumerate(self._cells):
            series = frame[columns[i].name]
            if columns[i].kind == "f8":
                if series.null_count():
                    series = series.fill_null(float("nan"))
                values = np.array(series.to_numpy(), np.float64)
                missing = np.isnan(values)
                cells[:, at] = np.where(missing, CANONICAL, values.view(np.int64))
                null[:, i] = missing
            elif series.null_count():
                null[:, i] = series.is_null().to_numpy()
                cells[:, at] = series.cast(pl.Int64).fill_null(0).to_numpy()
            else:
                cells[:, at] = series.to_numpy()
        return cells, null

    def floats(self, data: bytes) -> tuple[int, Sequence[float]] | None:
        """The event time and the values of a row of floats, NaN where there is none, in a quarter of the time.

        None where the view has others, or where there is more to look at: see `unpack`.
        """
        plain = self._plain
        if plain is None or len(data) != plain.size:
            return None
        form, flags, size, checksum, event_ts, _, *values = plain.unpack(data)
        fits = form == FORMAT and not flags and size == len(values)
        return (event_ts, values) if fits and checksum_of(data) == checksum else None

    def unpack(self, data: bytes) -> Unpacked:
        """A row.

        Raises
        ------
        DataError
            The bytes are not those of a row of this view.
        """
        try:
            form, flags, size, checksum, event_ts, created = HEADER.unpack_from(data)
        except struct.error as error:
            raise DataError(
                f"{self.schema.id}: a packed row is needed, got {len(data)} bytes"
            ) from error
        body = data[HEADER.size :]
        if form != FORMAT or checksum_of(data) != checksum:
            raise DataError(
                f"{self.schema.id}: a packed row of format {FORMAT} with its checksum is needed, got damaged bytes"
            )
        if flags & DELETED:
            none = np.empty(0, np.int64)
            return Unpacked(self.schema, event_ts, created, True, none, none, ())  # noqa: FBT003
        if flags & COMPRESSED:
            body = zstandard.ZstdDecompressor().decompress(body, max_output_size=LARGEST)
        if size != len(self.schema.columns) or len(body) < self._fixed:
            raise DataError(
                f"{self.schema.id}: a row of {len(self.schema.columns)} columns is needed, got one of {size}"
            )
        return self._opened(event_ts, created, body)

    def _opened(self, event_ts: int, created: int, body: bytes) -> Unpacked:
        cells = np.frombuffer(body, np.int64, len(self._cells), self._bits)
        if self._bits:
            bits = np.frombuffer(body, np.uint8, self._bits)
            count = len(self.schema.columns)
            null = np.unpackbits(bits, count=count, bitorder="little").view(np.bool_)
        else:
            null = np.isnan(cells.view(np.float64))
        texts, at = list[str](), self._fixed
        for _ in self._texts:
            (length,) = LENGTH.unpack_from(body, at)
            at += LENGTH.size
            texts.append(body[at : at + length].decode())
            at += length
        floats = not self._bits
        return Unpacked(self.schema, event_ts, created, False, cells, null, tuple(texts), floats)  # noqa: FBT003

    def _sealed(self, event_ts: int, created: int, body: bytes) -> bytes:
        """A body with its header, compressed where that makes it smaller."""
        flags = 0
        if len(body) > COMPRESSED_ABOVE:
            smaller = zstandard.ZstdCompressor(level=1).compress(body)
            if len(smaller) < len(body):
                body, flags = smaller, COMPRESSED
        return _whole(flags, len(self.schema.columns), event_ts, created, body)


def checksum_of(data: bytes | memoryview) -> int:
    """The checksum of all of a row but the checksum."""
    return zlib.crc32(data[CHECKSUM_AT + LENGTH.size :], zlib.crc32(data[:CHECKSUM_AT]))


def _whole(flags: int, columns: int, event_ts: int, created: int, body: bytes) -> bytes:
    """A row with its checksum."""
    row = bytearray(HEADER.pack(FORMAT, flags, columns, 0, event_ts, created) + body)
    LENGTH.pack_into(row, CHECKSUM_AT, checksum_of(memoryview(row)))
    return bytes(row)
