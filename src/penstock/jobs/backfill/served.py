"""What a store served, against a replay of the events, in bits."""

import os
import threading
from dataclasses import dataclass, field

import polars as pl

from penstock.core.time import iso_text
from penstock.declare import Schema, View
from penstock.events.quarantine import Quarantine
from penstock.jobs.backfill.backfill import SHARDS
from penstock.jobs.backfill.computing import Chunk, compute
from penstock.jobs.backfill.inputs import read_inputs
from penstock.jobs.backfill.registered import own_judge, registered
from penstock.jobs.backfill.standing import OLD, Stored, differs
from penstock.jobs.feature_store import FeatureStore
from penstock.jobs.feature_store.reading import packer_of
from penstock.jobs.feature_store.tables import Table
from penstock.jobs.feature_store.writing import BOTH
from penstock.jobs.wiring import Sources, plan_of
from penstock.store.entity import encode_key
from penstock.store.online.memory import Entry
from penstock.store.online.packed import is_deleted

SHOWN = 20  # differences of a column that are kept

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A value that was served and that a replay computes in other bits; NaN where one side has no such row.

    Attributes
    ----------
    where
        ``history`` or ``online``.
    corrected
        Whether history has a later row of the same key and time that says what the replay says.
    """

    where: str
    column: str
    key: tuple[str, ...]
    ts: int
    served: float
    computed: float
    corrected: bool = False

    def __str__(self) -> str:
        since = ", corrected since" if self.corrected else ""
        return (
            f"{self.column} of {', '.join(self.key)} at {iso_text(self.ts)}: {self.where} says {self.served!r}, "
            f"a replay {self.computed!r}{since}"
        )


@dataclass(slots=True)
class ServedParity:
    """What a comparison found; true where what was served, or what has been put in its place, equals the replay.

    Attributes
    ----------
    view
        The version.
    computed
        Rows that a replay gives.
    history, online
        Rows of the time of the sources that were compared.
    missing
        Rows that the replay gives and history does not have: it may have begun later.
    differing, extra, corrected
        Rows in other bits, rows that no replay gives, and rows of both kinds in whose place history has a right one.
    mismatches
        The first of each column.
    """

    view: str
    computed: int = 0
    history: int = 0
    online: int = 0
    missing: int = 0
    differing: int = 0
    extra: int = 0
    corrected: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not (self.differing or self.extra)

    def __str__(self) -> str:
        says = "bits equal" if self else "bits differ"
        return (
            f"{self.view}: {says}: {self.history:,} rows of history and {self.online:,} online against "
            f"{self.computed:,} computed; {self.differing:,} differ, {self.extra:,} that no replay gives, "
            f"{self.corrected:,} corrected since, {self.missing:,} that history does not have"
        )


def served_parity(
    store: FeatureStore,
    view: View,
    sources: Sources,
    *,
    end: int | None = None,
    threads: int | None = None,
    quarantine: Quarantine | None = None,
) -> ServedParity:
    """Compare what a store has of a view, in history and online, with a replay of its events.

    Parameters
    ----------
    store, view, sources, end, threads, quarantine
        As for `backfill`.
    """
    schema = registered(store, view)
    shards = 1 if view.routes else SHARDS
    plan, ranked = plan_of(view, sources)
    store.flush()
    inputs = read_inputs(
        schema, ranked, plan.streams, quarantine or Quarantine(), to=BOTH,
        shards=shards, end=end,
    )  # fmt: skip
    check = _Check(store, schema, ServedParity(schema.id))
    compute(
        view, plan, ranked, inputs, [(0, None)] * shards, check.take,
        threads=threads or min(shards, os.cpu_count() or 1),
    )  # fmt: skip
    return check.found


class _Check:
    """Takes chunks, from several threads, and compares."""

    def __init__(self, store: FeatureStore, schema: Schema, found: ServedParity) -> None:
        self.store, self.schema, self.found = store, schema, found
        self.have = Stored(store.inner.lake, schema)
        self.judged = own_judge(store)
        self._lock = threading.Lock()
        self._shown: dict[str, int] = {}
        self._latest: dict[int, dict[tuple[str, ...], Entry]] = {}  # by shard and key, read once

    def take(self, chunk: Chunk) -> None:
        """Compare a chunk with what the store has of its keys and times."""
        schema = self.schema
        judging = chunk.frame.with_columns(pl.col("ts").alias("created"))
        kept = self.judged(schema, Table(judging, {}))[0].drop("created")
        have = self.have.of(chunk)
        online = self._online(chunk)
        spot = [*schema.key, "ts"]
        with self._lock:
            found = self.found
            found.computed += kept.height
            found.history += have.height
            found.online += online.height
            found.missing += kept.join(have, on=spot, how="anti").height
            self._compare("history", kept, have)
            self._compare("online", kept, online)

    def _online(self, chunk: Chunk) -> pl.DataFrame:
        """The latest rows of the chunk's keys, where they are of its times."""
        schema, packer = self.schema, packer_of(self.schema)
        known = self._latest.setdefault(chunk.shard, {})
        new = [name for name in chunk.keys.rows() if name not in known]
        entries = self.store.read_entries(schema, [encode_key(name) for name in new])
        known |= zip(new, entries, strict=True)
        rows: list[tuple[object, ...]] = []
        for name, entry in known.items():
            ts, created = entry.stamp
            if entry.packed is None or is_deleted(entry.packed):
                continue
            if not chunk.since <= ts <= chunk.until:
                continue
            rows.append((*name, ts, created, *packer.unpack(entry.packed).values()))
        types = dict.fromkeys(schema.key, pl.String) | {"ts": pl.Int64, "created": pl.Int64}
        types |= dict.fromkeys(schema.names, pl.Float64)
        return pl.DataFrame(rows, types, orient="row")

    def _compare(self, where: str, kept: pl.DataFrame, have: pl.DataFrame) -> None:
        schema = self.schema
        spot = [*schema.key, "ts"]
        have = have.with_columns(
            (pl.col("created") == pl.col("created").max().over(spot)).alias("__stands")
        )
        both = have.rename({name: f"{name}{OLD}" for name in schema.names}).join(
            kept.with_columns(pl.lit(value=True).alias("__computed")), on=spot, how="left"
        )
        # a null row in place of one that no replay gives is right
        given = pl.col("__computed").is_not_null()
        empty = pl.all_horizontal(
            pl.col(f"{name}{OLD}").is_nan() | pl.col(f"{name}{OLD}").is_null()
            for name in schema.names
        )
        wrong = pl.any_horizontal(differs(name) for name in schema.names) | (~given & ~empty)
        both = both.with_columns(wrong.alias("__wrong"), given.alias("__given"))
        right = both.filter(pl.col("__stands") & ~pl.col("__wrong")).select(spot)
        bad = both.filter("__wrong").join(
            right.with_columns(pl.lit(value=True).alias("__right")), on=spot, how="left"
        )
        corrected = pl.col("__right").is_not_null()
        found = self.found
        found.corrected += bad.filter(corrected).height
        found.differing += bad.filter(~corrected & pl.col("__given")).height
        found.extra += bad.filter(~corrected & ~pl.col("__given")).height
        for name in schema.names:
            room = SHOWN - self._shown.get(name, 0)
            other = bad.filter(differs(name)).head(room) if room > 0 else bad.head(0)
            self._shown[name] = self._shown.get(name, 0) + other.height
            for row in other.iter_rows(named=True):
                key = tuple(row[column] for column in schema.key)
                served, computed = row[f"{name}{OLD}"], row[name]
                found.mismatches.append(
                    Mismatch(
                        where, name, key, row["ts"], _NAN if served is None else served,
                        _NAN if computed is None else computed, row["__right"] is not None,
                    )
                )  # fmt: skip
