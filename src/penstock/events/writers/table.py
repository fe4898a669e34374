"""Tables with Penstock's own columns: time, receive, the key, and the type's fields."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.keys import Keys
from penstock.events.own import said
from penstock.events.quarantine import Quarantine
from penstock.events.source import CHUNK, Source
from penstock.events.types import LEVELS, Book, Mbo, Text
from penstock.events.writers.packing import finished, packed

CELLS = ("bid_price", "bid_size", "ask_price", "ask_size")


def write_parquet(
    path: str | Path,
    source: Source,
    *,
    type: EventType | None = None,
    key: Sequence[str] = ("symbol",),
    quarantine: Quarantine | None = None,
) -> int:
    """Write a source's events of one type as a Parquet file (zstd), a row group per chunk.

    Parameters
    ----------
    path
        The file. It appears when it is whole.
    source
        Gives the events.
    type
        Which of its types; not needed where it has one.
    key
        The key columns.
    quarantine
        Where the source's bad rows go; without it the first one is an error.

    Returns
    -------
    int
        Rows written.
    """
    rows = 0
    writer = None
    with finished(path) as part:
        try:
            for table in _tables(source, type, key, quarantine):
                writer = writer or pq.ParquetWriter(part, table.schema, compression="zstd")
                writer.write_table(table)
                rows += table.num_rows
        finally:
            if writer is not None:
                writer.close()
    return rows


def write_arrow(
    path: str | Path,
    source: Source,
    *,
    type: EventType | None = None,
    key: Sequence[str] = ("symbol",),
    quarantine: Quarantine | None = None,
    stream: bool = False,
) -> int:
    """Write a source's events of one type as Arrow IPC, in batches that readers need not copy.

    The other parameters are those of `write_parquet`.

    Parameters
    ----------
    stream
        Write Arrow's stream format and not its file format.
    """
    rows = 0
    writer = None
    with finished(path) as part, part.open("wb") as file:
        try:
            for table in _gathered(_tables(source, type, key, quarantine)):
                made = pa.ipc.new_stream if stream else pa.ipc.new_file
                writer = writer or made(file, table.schema)
                writer.write_table(table)
                rows += table.num_rows
        finally:
            if writer is not None:
                writer.close()
    return rows


def write_csv(
    path: str | Path,
    source: Source,
    *,
    type: EventType | None = None,
    key: Sequence[str] = ("symbol",),
    quarantine: Quarantine | None = None,
) -> int:
    """Write a source's events of one type as CSV with a header, compressed by ``.gz`` or ``.zst``.

    The parameters are those of `write_parquet`. Numbers are written with the digits that give their
    bits back; NaN is an empty cell.
    """
    if (type or source.types[0]) is Text:
        raise DefinitionError("write_csv: the type must be one without ids of texts, got text")
    rows = 0
    with finished(path) as part, packed(part, Path(path).suffix) as file:
        for place, frame in enumerate(_frames(source, type, key, quarantine)):
            text = frame.fill_nan(None).write_csv(include_header=place == 0)
            file.write(text.encode())
            rows += frame.height
    return rows


def _gathered(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Small tables as one of a chunk's rows: a batch costs a reader the same, however small."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(part.num_rows for part in waiting) >= CHUNK:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def _tables(
    source: Source, type: EventType | None, key: Sequence[str], quarantine: Quarantine | None
) -> Iterator[pa.Table]:
    """The source's rows; their schema says what they are."""
    for frame in _frames(source, type, key, quarantine):
        table = frame.to_arrow()
        yield table.cast(said(table.schema, type or source.types[0]))


def _frames(
    source: Source, type: EventType | None, key: Sequence[str], quarantine: Quarantine | None
) -> Iterator[pl.DataFrame]:
    """The source's rows; at least one frame, so that an empty file has its columns."""
    wanted = type or source.types[0]
    if wanted not in source.types or (type is None and len(source.types) > 1):
        given = ", ".join(given.name for given in source.types)
        got = None if type is None else type.name
        raise DefinitionError(f"{source.name}: the type must be one of {given}, got {got}")
    keys = Keys(tuple(key))
    place = source.types.index(wanted)
    empty = True
    for chunk in source.chunks(keys, quarantine or Quarantine(policy="stop")):
        if len(chunk[place]):
            empty = False
            yield frame(chunk[place], keys)
    if empty:
        none: dict[str, object] = {
            field.name: np.empty((0, field.width) if field.width > 1 else 0)
            for field in wanted.fields
        }
        yield frame(Block.of(wanted, time=[], **none), keys)


def frame(block: Block, keys: Keys) -> pl.DataFrame:
    """A block as a table: stamps as int64 ns UTC, keys as text, a book's levels as columns."""
    columns: dict[str, pl.Series] = {
        name: pl.Series(name, block.columns[name]) for name in ("time", "receive")
    }
    numbers = block.columns["key"]
    for at, name in enumerate(keys.columns):
        texts = np.array([parts[at] for parts in keys.names] or [""], object)
        columns[name] = pl.Series(name, texts[numbers], pl.String)
    for field in block.type.fields:
        values = block.columns[field.name]
        if block.type is Book:
            for level in range(LEVELS):
                for cell, name in enumerate(CELLS):
                    label = f"{name}_{level}"
                    columns[label] = pl.Series(label, values[:, 4 * level + cell])
        elif block.type is Mbo and field.name == "action":
            letters = np.array([chr(code) for code in range(128)], object)
            columns[field.name] = pl.Series(field.name, letters[values], pl.String)
        elif field.width > 1:
            raise DefinitionError(
                f"Table: a column of a file must be one cell wide, got {field.width} cells of "
                f"{block.type.name}.{field.name}; write what it was made of, and make it again"
            )
        else:
            columns[field.name] = pl.Series(field.name, values)
    return pl.DataFrame(columns)
