"""DuckDB's own as-of join of entities with history, both in Parquet."""

import json
import sys
import time

import duckdb

QUERY = """
    SELECT h.* FROM read_parquet('{entities}') AS e ASOF LEFT JOIN read_parquet('{history}') AS h
    ON e.driver = h.driver AND e.at >= h.ts"""

if __name__ == "__main__":
    entities, history, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
    spent, rows = [], 0
    with duckdb.connect() as db:
        for _ in range(repeats):
            start = time.perf_counter()
            rows = (
                db.execute(QUERY.format(entities=entities, history=history))
                .to_arrow_table()
                .num_rows
            )
            spent.append(time.perf_counter() - start)
    print(json.dumps({"seconds": min(spent), "rows": rows, "version": duckdb.__version__}))  # noqa: T201
