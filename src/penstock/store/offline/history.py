"""Point-in-time reads: of each entity, the newest row at its time that was known then.

A row is eligible at t if its event time is at or before t, and, unless that is not asked for, if it was known at t
(``created <= t``). Of the eligible rows the one with the greatest (ts, created) counts. Rows ordered by when they
became eligible, of which only those stay that are newer than all before them, turn this into one as-of join.

History is read from the newest date back, some dates at a time: an entity that was found in later ones is not looked
for in earlier ones, and memory is bounded by what is read at one time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from penstock.declare import Schema, StoredColumn
from penstock.store.offline.files import DataFile
from penstock.store.offline.lake import STAMPS, Lake
from penstock.store.offline.matching import AT, PLACE, ROW, Piece, matches, taken
from penstock.store.status import NOT_FOUND, NULL_VALUE, OUTSIDE_MAX_AGE, PRESENT

PART, PIECE, VERSION = "\0part", "\0piece", "\0version"
CELLS = 1 << 25  # keys and stamps that are read at one time, about: a quarter of a gigabyte


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read of one view.

    Attributes
    ----------
    schemas
        Its versions, newest first; of older ones only columns of the same definition are read.
    columns, names
        The columns, and what the answer calls them.
    ttl
        The view's maximum age in ns.
    """

    schemas: tuple[Schema, ...]
    columns: tuple[str, ...]
    names: tuple[str, ...]
    ttl: int | None

    @property
    def key(self) -> tuple[str, ...]:
        """The key columns."""
        return self.schemas[0].key


def read_history(  # noqa: PLR0913  (what stands beside the values)
    lake: Lake,
    entities: pl.DataFrame,
    wanted: Sequence[Wanted],
    *,
    known: bool = True,
    statuses: bool = False,
    versions: bool = False,
    cells: int = CELLS,
) -> pl.DataFrame:
    """The features of entities at their times.

    Parameters
    ----------
    lake
        Where history is.
    entities
        The key columns as texts, and ``AT``: the time of each row in ns.
    wanted
        Views and columns.
    known
        Whether a row must have been known at the time.
    statuses
        Whether to add a column ``NAME__status`` for each feature.
    versions
        Whether to add a column ``NAME__version`` for each: the version of the view that its row is of.
    cells
        Values that are read at one time, about.

    Returns
    -------
    polars.DataFrame
        One row for each row of ``entities``, in its order: the features, null unless PRESENT.
    """
    columns: list[pl.Series] = []
    for one in wanted:
        found = matched(lake, entities.with_row_index(ROW), one, known=known, cells=cells)
        expired = pl.lit(value=False)
        if one.ttl is not None:
            expired = (pl.col(AT) - pl.col("ts") > one.ttl).fill_null(value=False)
        made: list[pl.Expr] = []
        for column, name in zip(one.columns, one.names, strict=True):
            value = pl.col(f"{PART}{column}")
            shown = pl.when(expired).then(None).otherwise(nan_is_null(value, found))
            status = (
                pl.when(pl.col("ts").is_null()).then(pl.lit(NOT_FOUND))
                .when(expired).then(pl.lit(OUTSIDE_MAX_AGE))
                .when(shown.is_null()).then(pl.lit(NULL_VALUE)).otherwise(pl.lit(PRESENT))
            )  # fmt: skip
            made += [shown.alias(name)]
            made += [status.alias(f"{name}__status")] if statuses else []
            made += [pl.col(VERSION).alias(f"{name}__version")] if versions else []
        columns += found.select(made).get_columns()
    return pl.DataFrame(columns)


def nan_is_null(value: pl.Expr, found: pl.DataFrame) -> pl.Expr:
    """A float that is not a number is null."""
    name = value.meta.output_name()
    return value.fill_nan(None) if found[name].dtype == pl.Float64 else value


def matched(
    lake: Lake, entities: pl.DataFrame, one: Wanted, *, known: bool, cells: int
) -> pl.DataFrame:
    """The rows that count, in the order of the entities; nulls where there is none."""
    left = entities.select(ROW, AT, *one.key)
    found: list[pl.DataFrame] = []
    for group in pieces(lake, one, left, cells):
        hits = [
            hit.with_columns(pl.lit(number, pl.Int32).alias(PIECE))
            for number, piece in enumerate(group if left.height else ())
            for hit in matches(piece, left, known=known)
        ]
        if not hits:
            continue
        won = best(pl.concat(hits)) if len(group) > 1 else pl.concat(hits)
        found += [
            rows_of(piece, one, won.filter(pl.col(PIECE) == i)) for i, piece in enumerate(group)
        ]
        left = left.join(won.select(ROW), on=ROW, how="anti")
    types = {f"{PART}{c}": kind_of(one, c) for c in one.columns}
    none = pl.DataFrame(schema={ROW: pl.UInt32, "ts": pl.Int64, VERSION: pl.Int64, **types})
    every = pl.concat([none, *found], how="diagonal_relaxed")
    return entities.select(ROW, AT).join(every, on=ROW, how="left", maintain_order="left")


def rows_of(piece: Piece, one: Wanted, won: pl.DataFrame) -> pl.DataFrame:
    """The columns of a piece's rows that count, as far as its version has them."""
    columns = source_columns(piece.schema, one) if won.height else []
    version = pl.lit(piece.schema.version, pl.Int64).alias(VERSION)
    rows = won.select(ROW, "ts", version)
    if not columns:
        return rows
    made = taken(piece, columns, won[PLACE].to_numpy())
    return rows.hstack(made.rename({c: f"{PART}{c}" for c in columns}))


def best(hits: pl.DataFrame) -> pl.DataFrame:
    """Of what several versions have for one entity, the newest; of equal stamps that of the newest version."""
    newest = hits.sort(STAMPS, descending=True, nulls_last=True, maintain_order=True)
    return newest.unique(ROW, keep="first", maintain_order=True)


def kind_of(one: Wanted, column: str) -> pl.DataType:
    """The type of a column in the newest version."""
    kinds = {"f8": pl.Float64(), "i8": pl.Int64(), "bool": pl.Boolean(), "str": pl.String()}
    return next(kinds[c.kind] for c in one.schemas[0].columns if c.name == column)


def pieces(lake: Lake, one: Wanted, entities: pl.DataFrame, cells: int) -> Iterator[list[Piece]]:
    """The files of all versions from the newest date back, as many at one time as memory allows."""
    if not entities.height:
        return
    latest = entities[AT].max()
    end = int(latest) + 1  # type: ignore[arg-type]
    width = len(one.key) + len(STAMPS)
    by_date: dict[int, dict[int, list[DataFile]]] = {}
    for place, schema in enumerate(one.schemas):
        for file in lake.files(schema):
            if file.overlaps(None, end):
                by_date.setdefault(-file.date.toordinal(), {}).setdefault(place, []).append(file)
    waiting: dict[int, list[DataFile]] = {}
    total = 0
    for _, places in sorted(by_date.items()):
        more = width * sum(f.rows for files in places.values() for f in files)
        if total and total + more > cells:
            yield [piece(one, at, some, width, cells) for at, some in sorted(waiting.items())]
            waiting, total = {}, 0
        total += more
        for place, files in places.items():
            waiting.setdefault(place, []).extend(files)
    yield [piece(one, at, some, width, cells) for at, some in sorted(waiting.items())]


def piece(one: Wanted, place: int, files: Sequence[DataFile], width: int, cells: int) -> Piece:
    """Files, in parts where they are too much at one time."""
    rows = sum(f.rows for f in files)
    return Piece(one.schemas[place], tuple(files), max(1, -(-rows * width // cells)))


def source_columns(schema: Schema, one: Wanted) -> list[str]:
    """The columns that a version has in the definition of the newest: the others are null in its rows."""
    newest = {c.name: c for c in one.schemas[0].columns}
    mine = {c.name: c for c in schema.columns}
    return [c for c in one.columns if c in mine and same(mine[c], newest[c])]


def same(old: StoredColumn, new: StoredColumn) -> bool:
    """Whether a column's older definition is the newest one's."""
    alike = (old.fingerprint, old.unit) == (new.fingerprint, new.unit)
    return alike and (old.kind == new.kind or (old.kind, new.kind) == ("i8", "f8"))
