"""Of each entity the row that counts at its time, in some files of one version.

Keys, as numbers, and stamps are matched first; the columns are read of the rows that count, once it is known which.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from penstock.core.arrays import I8
from penstock.core.errors import StoreError
from penstock.declare import Schema
from penstock.store.offline.files import DataFile
from penstock.store.offline.lake import STAMPS

ROW, AT, CODE, PLACE = "\0row", "\0at", "\0code", "\0place"
KINDS = {"f8": pa.float64(), "i8": pa.int64(), "bool": pa.bool_(), "str": pa.large_string()}


@dataclass(frozen=True, slots=True)
class Piece:
    """Files that are read at one time, of rows whose keys fall into one part of several."""

    schema: Schema
    files: tuple[DataFile, ...]
    parts: int


def matches(piece: Piece, entities: pl.DataFrame, *, known: bool) -> Iterator[pl.DataFrame]:
    """Of each entity the row that counts, part by part: its stamps and its place in the files.

    Parameters
    ----------
    entities
        ``ROW``, ``AT`` and the key columns; those that have no row here are left out.
    known
        Whether a row must have been known at the time.
    """
    key = piece.schema.key
    can = entities.filter(pl.col(AT) >= min(f.first for f in piece.files))
    for part in range(piece.parts if can.height else 0):
        mine = can.filter(bucket(key, piece.parts) == part) if piece.parts > 1 else can
        codes = mine.select(key).unique().with_row_index(CODE)
        scan = pl.scan_parquet([f.path for f in piece.files]).select(*key, *STAMPS)
        scan = scan.with_row_index(PLACE)
        if piece.parts > 1:
            scan = scan.filter(bucket(key, piece.parts) == part)
        rows = scan.join(codes.lazy(), on=key, how="inner").drop(key).collect(engine="streaming")
        asked = mine.join(codes, on=key, how="inner", maintain_order="left")
        yield newest(rows, asked, known=known)


def bucket(key: Sequence[str], parts: int) -> pl.Expr:
    """The part that a row's key falls into."""
    return pl.struct(list(key)).hash(0) % parts


def newest(rows: pl.DataFrame, asked: pl.DataFrame, *, known: bool) -> pl.DataFrame:
    """Of each entity the last of its rows that was eligible, of those that were newer than all before them.

    A row that is not newer when it becomes eligible never counts.
    """
    code, ts, created, place = (rows[name].to_numpy() for name in (CODE, *STAMPS, PLACE))
    when = np.maximum(ts, created) if known else ts
    order = in_order(code, when, created)
    code, ts = code[order], ts[order]
    if ((ts[1:] < ts[:-1]) & (code[1:] == code[:-1])).any():
        by_key = pl.DataFrame({CODE: code, "ts": ts})
        newer = ts == by_key.select(pl.col("ts").cum_max().over(CODE))["ts"].to_numpy()
        order, code, ts = order[newer], code[newer], ts[newer]
    mine = asked[CODE].to_numpy()
    bounds = np.searchsorted(code, np.arange(mine.max(initial=0) + 2, dtype=np.uint32))
    start, stop = bounds[mine], bounds[mine + 1]
    found = last_until(when[order], asked[AT].to_numpy(), start, stop)
    hit = found >= start
    chosen = order[found[hit]]
    stamps = pl.DataFrame({"ts": ts[found[hit]], "created": created[chosen], PLACE: place[chosen]})
    return asked.select(ROW).filter(hit).hstack(stamps)


def in_order(code: np.ndarray, when: I8, created: I8) -> I8:
    """The order of rows by key, then by when they became eligible, then by when they were known.

    The first two are put in order as one number, which takes an eighth of the time; what then stands side by side with
    one number, because it has no room for the last digits or because times are equal, is put in order by itself.
    """
    if not code.size:
        return np.empty(0, np.int64)
    low, high, bits = int(when.min()), int(when.max()), max(1, int(code.max()).bit_length())
    shift = max(0, (high - low).bit_length() - (64 - bits))
    number = (when - low).view(np.uint64) >> np.uint64(shift)
    number |= code.astype(np.uint64) << np.uint64(64 - bits)
    order = np.argsort(number)
    number = number[order]
    equal = number[1:] == number[:-1]
    if equal.any():
        beside = np.append(equal, False) | np.insert(equal, 0, False)
        some = order[beside]
        order[beside] = some[np.lexsort((created[some], when[some], code[some]))]
    return order


def last_until(times: I8, at: I8, start: I8, stop: I8) -> I8:
    """For each of some times, the last place in [start, stop) with that time or an earlier one; start - 1 for none.

    Examples
    --------
    >>> last_until(np.array([3, 5, 8, 1, 9]), np.array([7, 0]), np.array([0, 3]), np.array([3, 5]))
    array([1, 2])
    """
    low, high = start, stop
    while (narrowing := low < high).any():
        middle = (low + high) >> 1
        passed = narrowing & (times[np.where(narrowing, middle, 0)] <= at)
        low, high = np.where(passed, middle + 1, low), np.where(narrowing & ~passed, middle, high)
    return low - 1


def taken(piece: Piece, columns: Sequence[str], places: I8) -> pl.DataFrame:
    """Columns of the rows at some places of the files; groups of rows without one are not read.

    Raises
    ------
    StoreError
        A file cannot be read.
    """
    # it loads pandas, 45 MB that who serves latest values has no use for
    from pyarrow import dataset

    kinds = {c.name: KINDS[c.kind] for c in piece.schema.columns}
    schema = pa.schema([(name, kinds[name]) for name in columns])
    order = np.argsort(places)
    back = np.empty_like(order)
    back[order] = np.arange(order.size)
    try:
        given = dataset.dataset([str(f.path) for f in piece.files], schema=schema, format="parquet")
        fragments, asked = with_rows(given, piece, places[order].astype(np.int64))
        read = dataset.FileSystemDataset(fragments, schema, given.format, given.filesystem)
        return pl.DataFrame(read.take(pa.array(asked)))[back]
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{piece.schema.id}: its history must be readable, got {error}") from error


def with_rows(given: Any, piece: Piece, places: I8) -> tuple[list[Any], I8]:
    """The groups of rows that hold some places, which rise, and the places in these."""
    kept, moved = list[Any](), np.empty_like(places)
    first = before = 0  # rows of all groups so far, and of those that are kept
    for file, fragment in zip(piece.files, given.get_fragments(), strict=True):
        low, high = np.searchsorted(places, (first, first + file.rows))
        if low == high:
            first += file.rows
            continue
        ids: list[int] = []
        for group in fragment.row_groups:
            low, high = np.searchsorted(places, (first, first + group.num_rows))
            if low < high:
                ids.append(group.id)
                moved[low:high] = places[low:high] - first + before
                before += group.num_rows
            first += group.num_rows
        kept.append(fragment.subset(row_group_ids=ids))
    return kept, moved
