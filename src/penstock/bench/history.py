"""History: rows written into the lake, and what entities had at their times; part of the suite ``store``.

A row is a key, its time, when it was known, and features of 8 bytes. Reads are timed on the wall, from files that the
system has in memory, as are those of the peers.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from penstock.bench.child import child
from penstock.bench.memory import peak_bytes
from penstock.bench.timing import figures, median, wall_seconds
from penstock.declare import Field, Pushed, Schema, schema_of
from penstock.store.offline.history import AT, Wanted, read_history
from penstock.store.offline.lake import Lake

Result = dict[str, Any]

START, DAY = 1_700_006_400_000_000_000, 86_400_000_000_000  # midnight
LATE = 1_000_000_000  # ns after its time a row is known
FEATURES, FEW, KEYS = 50, 4, 10_000
BLOCK = 1_000_000  # rows that are made and written at one time


def schema(features: int) -> Schema:
    """A view of so many features of a driver."""
    fields = tuple(Field(f"f{i}") for i in range(features))
    return schema_of(Pushed("bench", fields, key=("driver",)))


def rows(count: int, features: int, days: int, seed: int = 1) -> pl.DataFrame:
    """Rows of random drivers over some days."""
    random = np.random.default_rng(seed)
    ts = START + random.integers(days * DAY, size=count)
    values = random.standard_normal((count, features))
    frame = pl.DataFrame(values, schema=[f"f{i}" for i in range(features)])
    drivers = random.integers(KEYS, size=count).astype("U8")
    head = {"driver": drivers, "ts": ts, "created": ts + LATE}
    return pl.DataFrame(head).hstack(frame)


def asked(count: int, days: int) -> pl.DataFrame:
    """Drivers, and times at which their features are asked for."""
    random = np.random.default_rng(9)
    drivers = random.integers(KEYS, size=count).astype("U8")
    return pl.DataFrame({"driver": drivers, AT: START + random.integers(days * DAY, size=count)})


def wanted(view: Schema) -> Wanted:
    """All features of a view."""
    return Wanted((view,), view.names, view.names, None)


def measure_history(*, quick: bool) -> list[Result]:
    """Writes into the lake, and reads at points in time beside the peers'."""
    with tempfile.TemporaryDirectory() as place:
        count, entities = (2_000, 100) if quick else (500_000, 20_000)
        lake, view = Lake(Path(place) / "lake"), schema(FEATURES)
        frame = rows(count, FEATURES, days=4)
        spent = wall_seconds(lambda: lake.write(view, frame))
        size = sum(file.stat().st_size for file in lake.place(view).rglob("*.parquet"))
        write = {
            "case": "parquet_write",
            "rows": count,
            "features": FEATURES,
            "rows_per_second": figures(count / spent),
            "bytes_per_value": figures(size / (count * FEATURES)),
        }
        join = _join(lake, view, frame, asked(entities, days=4), Path(place), 1 if quick else 5)
    return [write, join, *_out_of_core(quick=quick)]


def _join(
    lake: Lake, view: Schema, frame: pl.DataFrame, entities: pl.DataFrame, place: Path, repeats: int
) -> Result:
    """The features of entities at their times, ours and the peers'; all from Parquet."""
    one_feature = Wanted((view,), view.names[:1], view.names[:1], None)

    def ours(what: Wanted) -> float:
        return median(
            [wall_seconds(lambda: read_history(lake, entities, [what])) for _ in range(repeats)]
        )

    one, other = place / "entities.parquet", place / "history.parquet"
    entities.rename({AT: "at"}).write_parquet(one)
    frame.write_parquet(other)

    def with_polars() -> None:
        left = pl.scan_parquet(one).sort("at")
        right = pl.scan_parquet(other).sort("ts")
        left.join_asof(
            right, left_on="at", right_on="ts", by="driver", check_sortedness=False
        ).collect()

    theirs = [wall_seconds(with_polars) for _ in range(repeats)]
    return {
        "case": "history_join",
        "entities": entities.height,
        "rows": frame.height,
        "features": FEATURES,
        "seconds": figures(ours(wanted(view))),
        "seconds_of_one_feature": figures(ours(one_feature)),
        "peers": {
            "polars": {"seconds": figures(median(theirs)), "version": pl.__version__},
            "duckdb": child("peers.duckdb_asof", str(one), str(other), str(repeats)),
        },
    }


def _out_of_core(*, quick: bool) -> Iterator[Result]:
    """A read of more history than fits in memory, in processes that say how much they took; DuckDB may have 3 GB."""
    count, entities, days = (4_000, 500, 3) if quick else (50_000_000, 1_000_000, 30)
    with tempfile.TemporaryDirectory() as place:
        lake, view = Lake(Path(place)), schema(FEW)
        for seed, at in enumerate(range(0, count, BLOCK)):
            lake.write(view, rows(min(BLOCK, count - at), FEW, days, seed))
        told = child("history", place, str(entities), str(days))
        one = f"{place}/entities.parquet"
        asked(entities, days).rename({AT: "at"}).write_parquet(one)
        every = f"{lake.place(view)}/*/*.parquet"
        peers = {
            "duckdb": child("peers.duckdb_asof", one, every, "1", "3GB"),
            "polars": child("peers.polars_asof", one, every, "1"),
        }
    yield {
        "case": "history_out_of_core",
        "entities": entities,
        "rows": count,
        "features": FEW,
        **told,
        "peers": peers,
    }


if __name__ == "__main__":
    asking = asked(int(sys.argv[2]), int(sys.argv[3]))
    lasted = wall_seconds(
        lambda: read_history(Lake(Path(sys.argv[1])), asking, [wanted(schema(FEW))])
    )
    print(json.dumps({"seconds": figures(lasted), "peak_bytes": peak_bytes()}))  # noqa: T201
