"""Statistics in polars, over whole columns in one thread."""

import json
import sys
from collections.abc import Mapping

import polars as pl

from penstock.bench.peers.measure import batch, series

X, Y, TIME = pl.col("close"), pl.col("volume"), pl.col("time")


def average(name: str, span: float) -> pl.Expr:
    """An exponential average as ours is seeded."""
    return pl.col(name).ewm_mean(span=span, adjust=False)


def expressions() -> Mapping[str, tuple[pl.Expr, ...]]:
    """The indicators, by columns."""
    mean, std = X.rolling_mean(20), X.rolling_std(20)
    line = average("close", 12) - average("close", 26)
    return {
        "SMA20": (mean,),
        "EMA20": (average("close", 20),),
        "MACD": (line, line - line.ewm_mean(span=9, adjust=False)),
        "BB20": (mean - 2.0 * std, mean, mean + 2.0 * std),
        "STD100": (X.rolling_std(100),),
        "MIN100": (X.rolling_min(100),),
        "MAX100": (X.rolling_max(100),),
        "SKEW100": (X.rolling_skew(100, bias=False),),
        "KURT100": (X.rolling_kurtosis(100, bias=False),),
        "CORR100": (pl.rolling_corr(X, Y, window_size=100),),
        "MED100": (X.rolling_median(100),),
        "Q100": (X.rolling_quantile(0.9, interpolation="linear", window_size=100),),
        "VWAP60s": ((X * Y).rolling_sum_by("at", "60s") / Y.rolling_sum_by("at", "60s"),),
    }


def measure() -> dict[str, dict[str, float]]:
    """Nanoseconds a row of each."""
    frame = pl.DataFrame(series()).with_columns(at=TIME.cast(pl.Datetime("ns")))
    found = {}
    for case, columns in expressions().items():
        named = [column.alias(str(place)) for place, column in enumerate(columns)]
        found[case] = {"ns_block": batch(lambda named=named: frame.select(named))}
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
