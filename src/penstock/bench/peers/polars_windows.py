"""Windows of time in polars, over the day in one thread."""

import json
import sys

import polars as pl

from penstock.bench.peers.measure import batch
from penstock.bench.windows import EVENTS, WIDTHS, day


def measure() -> dict[str, dict[str, float]]:
    """Nanoseconds of an event of each."""
    columns = day(EVENTS).columns
    frame = pl.DataFrame({name: columns[name] for name in ("time", "price", "size")})
    frame = frame.with_columns(at=pl.col("time").cast(pl.Datetime("ns")))
    found = {}
    for width, _, _ in WIDTHS:
        price, size = pl.col("price"), pl.col("size")
        notional, volume = ((x).rolling_sum_by("at", width) for x in (price * size, size))
        asked = {
            "sum": size.rolling_sum_by("at", width),
            "mean": price.rolling_mean_by("at", width),
            "vwap": notional / volume,
            "std": price.rolling_std_by("at", width),
            "min": price.rolling_min_by("at", width),
            "max": price.rolling_max_by("at", width),
        }
        for name, expr in asked.items():
            spent = batch(lambda expr=expr: frame.select(expr.alias("y")), EVENTS, repeats=2)
            found[f"{name}_{width}"] = {"ns_block": spent}
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
