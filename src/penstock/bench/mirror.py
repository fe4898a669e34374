"""The lake's mirror in PostgreSQL: rows copied in a second, new ones and corrected ones; part of the suite ``store``.

The server is ours, on loopback and on this machine, so that its processor time is in the figures; it does not wait
for the disk. Reading the lake is in them too.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from penstock.bench.history import FEATURES, rows, schema
from penstock.bench.servers import PostgresServer
from penstock.bench.timing import figures, wall_seconds
from penstock.store.offline.lake import Lake
from penstock.store.offline.postgres import Mirror

TARGET = 30_000  # rows/s


def measure_mirror(*, quick: bool) -> list[dict[str, Any]]:
    """Rows into a table that is empty, and the same rows made known anew."""
    count, view = 1_000 if quick else 100_000, schema(FEATURES)
    server = PostgresServer()
    try:
        server.start()
        mirror = Mirror(server.database(), {view.view: "features"})
        with tempfile.TemporaryDirectory() as place:
            lake, frame = Lake(Path(place)), rows(count, FEATURES, days=1)
            speeds = list[float]()
            for later in range(2):
                lake.write(view, frame.with_columns(pl.col("created") + later))
                spent = wall_seconds(lambda: asyncio.run(mirror.follow(lake, view)))
                speeds.append(figures(count / spent))
    finally:
        server.close()
    new, corrected = speeds
    return [
        {
            "case": "postgres_history_write",
            "rows": count,
            "features": FEATURES,
            "rows_per_second": new,
            "corrected_rows_per_second": corrected,
            "target": {"rows_per_second": TARGET},
        }
    ]
