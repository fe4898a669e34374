"""DuckDB's own as-of join of entities with history, both in Parquet, within some memory where that is said."""

import json
import sys
import tempfile
import time

import duckdb

from penstock.bench.memory import peak_bytes

QUERY = """
    SELECT h.* FROM read_parquet('{entities}') AS e ASOF LEFT JOIN read_parquet('{history}') AS h
    ON e.driver = h.driver AND e.at >= h.ts"""

if __name__ == "__main__":
    entities, history, repeats, *limit = sys.argv[1:]
    spent, rows = [], 0
    with tempfile.TemporaryDirectory() as spill, duckdb.connect() as db:
        if limit:
            db.execute(f"SET memory_limit = '{limit[0]}'; SET temp_directory = '{spill}'")
        for _ in range(int(repeats)):
            start = time.perf_counter()
            rows = (
                db.execute(QUERY.format(entities=entities, history=history))
                .to_arrow_table()
                .num_rows
            )
            spent.append(time.perf_counter() - start)
    told = {
        "seconds": min(spent),
        "peak_bytes": peak_bytes(),
        "rows": rows,
        "version": duckdb.__version__,
    }
    print(json.dumps(told))  # noqa: T201
