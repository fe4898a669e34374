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
from penstock.store.status import NOT_FOUND, NULL_VALUE, OUTSIDE_MAX_AGE, PRESENT

ROW, AT, ELIGIBLE, PART, CODE = "\0row", "\0at", "\0eligible", "\0part", "\0code"
VERSION = "\0version"
CELLS = 1 << 26  # that are read at one time, about: half a gigabyte


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


@dataclass(frozen=True, slots=True)
class Piece:
    """Files that are read at one time, of rows whose keys fall into one part of several."""

    schema: Schema
    files: tuple[DataFile, ...]
    parts: int


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
        for column, name in zip(one.columns, one.names, strict=True):
            value = pl.col(f"{PART}{column}")
            shown = pl.when(expired).then(None).otherwise(nan_is_null(value, found))
            status = (
                pl.when(pl.col("ts").is_null()).then(pl.lit(NOT_FOUND))
                .when(expired).then(pl.lit(OUTSIDE_MAX_AGE))
                .when(shown.is_null()).then(pl.lit(NULL_VALUE)).otherwise(pl.lit(PRESENT))
            )  # fmt: skip
            made = [shown.alias(name)]
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
        if not left.height:
            break
        hits: list[pl.DataFrame] = []
        for piece in group:
            can = left.filter(pl.col(AT) >= min(f.first for f in piece.files))
            for part in range(piece.parts if can.height else 0):
                mine = can.filter(bucket(one.key, piece.parts) == part) if piece.parts > 1 else can
                hits.append(newest_known(piece, one, mine, part, known=known))
        if hits:
            found.append(best(pl.concat(hits, how="diagonal_relaxed")))
            left = left.join(found[-1].select(ROW), on=ROW, how="anti")
    types = {f"{PART}{c}": kind_of(one, c) for c in one.columns}
    none = pl.DataFrame(schema={ROW: pl.UInt32, "ts": pl.Int64, VERSION: pl.Int64, **types})
    every = pl.concat([none, *found], how="diagonal_relaxed")
    return entities.select(ROW, AT).join(every, on=ROW, how="left", maintain_order="left")


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
    width = len(one.columns) + len(one.key) + 2
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


def bucket(key: Sequence[str], parts: int) -> pl.Expr:
    """The part that a row's key falls into."""
    return pl.struct(list(key)).hash(0) % parts


def newest_known(
    piece: Piece, one: Wanted, entities: pl.DataFrame, part: int, *, known: bool
) -> pl.DataFrame:
    """Of each entity, the row of a piece that counts; entities without one are left out.

    Only keys, as numbers, and stamps are put in order; the columns of a row are taken once it is known to count.
    """
    key, columns = list(one.key), source_columns(piece.schema, one)
    codes = entities.select(key).unique().with_row_index(CODE)
    scan = pl.scan_parquet([f.path for f in piece.files]).select(
        *key, *STAMPS, *(pl.col(c).alias(f"{PART}{c}") for c in columns)
    )
    if piece.parts > 1:
        scan = scan.filter(bucket(key, piece.parts) == part)
    rows = scan.join(codes.lazy(), on=key, how="inner").drop(key).collect(engine="streaming")
    when = pl.max_horizontal(STAMPS) if known else pl.col("ts")
    order = rows.lazy().select(CODE, *STAMPS, when.alias(ELIGIBLE)).with_row_index(PART)
    newest = pl.col("ts").cum_max().over(CODE)
    order = order.sort(CODE, ELIGIBLE, *STAMPS).filter(pl.col("ts") == newest).sort(ELIGIBLE)
    asked = entities.lazy().join(codes.lazy(), on=key, how="inner").select(ROW, AT, CODE).sort(AT)
    hits = asked.join_asof(
        order, left_on=AT, right_on=ELIGIBLE, by=CODE, strategy="backward", check_sortedness=False
    ).filter(pl.col(PART).is_not_null()).select(ROW, PART).collect()  # fmt: skip
    taken = rows.select(*STAMPS, pl.col(f"^{PART}.+$"))[hits[PART]]
    version = pl.lit(piece.schema.version, pl.Int64).alias(VERSION)
    return hits.select(ROW, version).hstack(taken)


def source_columns(schema: Schema, one: Wanted) -> list[str]:
    """The columns that a version has in the definition of the newest: the others are null in its rows."""
    newest = {c.name: c for c in one.schemas[0].columns}
    mine = {c.name: c for c in schema.columns}
    return [c for c in one.columns if c in mine and same(mine[c], newest[c])]


def same(old: StoredColumn, new: StoredColumn) -> bool:
    """Whether a column's older definition is the newest one's."""
    alike = (old.fingerprint, old.unit) == (new.fingerprint, new.unit)
    return alike and (old.kind == new.kind or (old.kind, new.kind) == ("i8", "f8"))
