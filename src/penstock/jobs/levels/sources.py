"""A date's files as streams of events."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.errors import DataError, DefinitionError
from penstock.core.schema import EventType
from penstock.events import Block, Keys, Quarantine, Source
from penstock.events.checks import Rules
from penstock.events.readers import DbnSource, Mapping, ParquetSource, Time, with_books
from penstock.events.writers.table import frame
from penstock.streams.merge import merge

STAMP = "ts"
ALWAYS = (0, 2**63 - 1)
BROKEN = ("truncated", "corrupt")
"""Reasons of the quarantine after which nothing more of a file was read."""


def source_of(
    path: Path,
    type: EventType,
    rules: Rules | None = None,
    *,
    orders: bool = False,
    since: int = 0,
) -> Source:
    """A file of events of a type, perhaps beside others: DBN, with books built of single orders, or Parquet.

    A Parquet file has the type's fields under their own names, ``symbol``, and ``time`` or ``ts`` in ns UTC. Books
    that are built of orders stand beside these with ``orders``. What comes before ``since`` may be left out.
    """
    if path.name.endswith(".parquet"):
        try:
            names = pq.read_schema(path).names
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{path}: must be a Parquet file, got {error}") from error
        own = Mapping(type) if STAMP not in names else Mapping(type, time=Time(STAMP, "ns", "UTC"))
        return ParquetSource(path, own, rules=rules)
    source: Source = DbnSource(path, rules=rules, since=since)
    if type not in source.types:
        # a book is of all its orders
        source = with_books(DbnSource(path, rules=rules), rules, orders=orders)
    if type not in source.types:
        given = ", ".join(each.name for each in source.types)
        raise DefinitionError(f"{path}: {type.name} is needed, got {given}")
    return source


def frames(
    paths: Sequence[Path],
    type: EventType,
    quarantine: Quarantine,
    rules: Rules | None = None,
    *,
    span: tuple[int, int] = ALWAYS,
) -> Iterator[pl.DataFrame]:
    """The events of one type of some files, merged in order of time, chunk by chunk.

    Each frame has ``time`` and ``receive`` (ns UTC), ``symbol`` and the type's fields.

    Parameters
    ----------
    span
        The first and the last time that count; nothing is read beyond.
    """
    sources = [source_of(path, type, rules) for path in paths]
    yield from framed(sources, type, quarantine, span=span)


def framed(
    sources: Sequence[Source],
    type: EventType,
    quarantine: Quarantine,
    *,
    span: tuple[int, int] = ALWAYS,
) -> Iterator[pl.DataFrame]:
    """`frames` of sources that are open."""
    keys = Keys()
    for merged in merge([(source, {type: 0}) for source in sources], keys, quarantine):
        block = merged.blocks[0]
        time = block.columns["time"]
        first, last = np.searchsorted(time, span[0]), np.searchsorted(time, span[1], side="right")
        if first < last:
            yield frame(block.take(slice(first, last)), keys)
        if last < time.size:
            return


def blocks(
    paths: Sequence[Path],
    type: EventType,
    quarantine: Quarantine,
    keys: Keys,
    *,
    since: int = 0,
) -> Iterator[Block]:
    """The same events as blocks, which are not copied; what comes before ``since`` may be left out."""
    sources = [(source_of(path, type, since=since), {type: 0}) for path in paths]
    for merged in merge(sources, keys, quarantine):
        yield merged.blocks[0]


def broken(quarantine: Quarantine) -> list[str]:
    """What ended before its end: files that are cut off or damaged, each with where."""
    return [
        f"{source}: {reason}, {quarantine.firsts[source, reason][1]}"
        for source, reason in quarantine.counts
        if reason in BROKEN
    ]
