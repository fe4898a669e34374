"""A table read by polars into a frame: its columns as they are, nothing checked."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl

from penstock.bench.timing import figures, median, wall_seconds

REPEATS = 5


def reader(path: Path) -> Callable[[Path], pl.DataFrame]:
    """What reads such a file: of LOBSTER's pair the messages beside the books, texts as texts."""
    if "_message_" in path.name:
        return lambda path: pl.concat(
            [
                pl.read_csv(name, has_header=False, new_columns=None)
                for name in (path, path.with_name(path.name.replace("message", "orderbook")))
            ],
            how="horizontal",
        )
    reads = {".parquet": pl.read_parquet, ".arrow": pl.read_ipc, ".jsonl": pl.read_ndjson}
    return reads.get(path.suffix, pl.read_csv)


def measure(path: Path) -> dict[str, float]:
    """Rows a second, with all the threads that polars takes."""
    read = reader(path)
    rows = read(path).height
    spent = median([wall_seconds(lambda: read(path)) for _ in range(REPEATS)])
    return {"polars_rows_per_s": figures(rows / spent), "polars_threads": pl.thread_pool_size()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]))))
