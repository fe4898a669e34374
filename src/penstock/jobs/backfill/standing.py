"""What the lake holds of some keys and times, and how computed rows differ from it."""

from dataclasses import dataclass

import polars as pl

from penstock.declare import Schema
from penstock.jobs.backfill.computing import Chunk
from penstock.store.offline.lake import STAMPS, Lake

OLD = "__old"  # suffix of what the lake holds
_KIND = "__kind"
_FRESH, _CHANGED, _SAME = range(3)


@dataclass(frozen=True, slots=True)
class Settled:
    """What is to stand after a chunk.

    Attributes
    ----------
    rows
        All computed rows, and null ones in place of stored rows that are computed no more, with when each was made
        known.
    write
        Those of them that the lake does not have.
    fresh, same, changed, gone
        How many rows the lake does not have, has in the same bits, has in other bits, and has though none is computed.
    """

    rows: pl.DataFrame
    write: pl.DataFrame
    fresh: int
    same: int
    changed: int
    gone: int


class Stored:
    """What the lake has of a version now; rows that come later are not seen.

    A chunk has no rows in files that other chunks of the same run wrote, so that these need not be read.
    """

    def __init__(self, lake: Lake, schema: Schema) -> None:
        self._lake, self._schema = lake, schema
        self._files = lake.files(schema)

    def of(self, chunk: Chunk) -> pl.DataFrame:
        """All rows of a chunk's keys and times, in the order in which they were made known."""
        schema = self._schema
        found = self._lake.read(schema, start=chunk.since, end=chunk.until + 1, files=self._files)
        found = found.join(chunk.keys.lazy(), on=list(schema.key), how="semi")
        return found.sort(*schema.key, *STAMPS).collect()


def settled(schema: Schema, frame: pl.DataFrame, have: pl.DataFrame, now: int) -> Settled:
    """What is to stand, of computed rows and stored ones.

    A row that the lake does not have counts as known at its time: it is a function of the events up to then. What
    takes another row's place is known from now on, so that history tells both.
    """
    if not have.height:
        rows = frame.with_columns(pl.col("ts").alias("created"))
        rows = rows.select(*schema.key, *STAMPS, *schema.names)
        return Settled(rows, rows, rows.height, 0, 0, 0)
    spot = [*schema.key, "ts"]
    names = [*schema.key, *STAMPS, *schema.names, _KIND]
    stands = have.unique(spot, keep="last", maintain_order=True)
    both = frame.join(stands, on=spot, how="left", suffix=OLD, maintain_order="left")
    other = pl.any_horizontal(differs(name) for name in schema.names)
    fresh = pl.col("created").is_null()
    both = both.with_columns(
        pl.when(fresh).then(_FRESH).when(other).then(_CHANGED).otherwise(_SAME).alias(_KIND)
    )
    later = pl.max_horizontal(pl.lit(now, pl.Int64), pl.col("created") + 1)
    created = pl.when(fresh).then("ts").when(pl.col(_KIND) == _CHANGED).then(later)
    computed = both.with_columns(created.otherwise("created").alias("created")).select(names)
    gone = (
        stands.join(frame, on=spot, how="anti")
        .filter(~pl.all_horizontal(pl.col(name).is_nan() for name in schema.names))
        .with_columns(
            later.alias("created"),
            pl.lit(_CHANGED).alias(_KIND),
            *(pl.lit(float("nan")).alias(name) for name in schema.names),
        )
    )
    rows = pl.concat([computed, gone.select(names)])
    fresh_rows, same, changed = (
        int((computed[_KIND] == kind).sum()) for kind in (_FRESH, _SAME, _CHANGED)
    )
    write = rows.filter(pl.col(_KIND) != _SAME).drop(_KIND)
    return Settled(rows.drop(_KIND), write, fresh_rows, same, changed, gone.height)


def differs(name: str) -> pl.Expr:
    """Whether a column's computed and stored cells are other bits."""
    return bits(pl.col(name)).ne(bits(pl.col(f"{name}{OLD}")))


def bits(column: pl.Expr) -> pl.Expr:
    """The bits of floats, one NaN for all and for null; -0.0 equals 0.0 but is not the same bits."""
    missing = column.is_nan() | column.is_null()
    return pl.when(missing).then(float("nan")).otherwise(column).reinterpret(dtype=pl.UInt64)
