"""Polars' own as-of join of entities with history, both in Parquet, on its streaming engine."""

import json
import sys
import time

import polars as pl

from penstock.bench.memory import peak_bytes

if __name__ == "__main__":
    entities, history, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
    spent, rows = [], 0
    for _ in range(repeats):
        start = time.perf_counter()
        left = pl.scan_parquet(entities).sort("at")
        right = pl.scan_parquet(history, hive_partitioning=False).sort("ts")
        joined = left.join_asof(
            right, left_on="at", right_on="ts", by="driver", check_sortedness=False
        )
        rows = joined.collect(engine="streaming").height
        spent.append(time.perf_counter() - start)
    told = {
        "seconds": min(spent),
        "peak_bytes": peak_bytes(),
        "rows": rows,
        "version": pl.__version__,
    }
    print(json.dumps(told))  # noqa: T201
