"""A Parquet or a CSV file read by polars into a frame: its columns as they are, nothing checked."""

import json
import sys
from pathlib import Path

import polars as pl

from penstock.bench.timing import figures, median, wall_seconds

REPEATS = 5


def measure(path: Path) -> dict[str, float]:
    """Rows a second, with all the threads that polars takes."""
    read = pl.read_parquet if path.suffix == ".parquet" else pl.read_csv
    rows = read(path).height
    spent = median([wall_seconds(lambda: read(path)) for _ in range(REPEATS)])
    return {"polars_rows_per_s": figures(rows / spent), "polars_threads": pl.thread_pool_size()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]))))
