"""How exact polars is."""

import numpy as np
import polars as pl

from penstock.bench.exact import SPAN, WIDTH, WINDOW, Series
from penstock.bench.peers.errors import Calls, tell
from penstock.bench.series import GAP, START

X, Y, SIZE = pl.col("x"), pl.col("y"), pl.col("size")


def column(series: Series, expr: pl.Expr) -> np.ndarray:
    """A column of a frame of the series."""
    time = pl.Series(START + GAP * np.arange(len(series.x))).cast(pl.Datetime("ns"))
    data = {"at": time, "x": series.x, "y": series.y, "size": series.size}
    return pl.DataFrame(data).select(expr.fill_null(float("nan"))).to_series().to_numpy()


COVARIANCE = pl.rolling_cov(X, Y, window_size=WINDOW)
EXPRESSIONS = {
    "mean": X.rolling_mean(WINDOW),
    "sum": X.rolling_sum(WINDOW),
    "std": X.rolling_std(WINDOW),
    "skew": X.rolling_skew(WINDOW, bias=False),
    "kurtosis": X.rolling_kurtosis(WINDOW, bias=False),
    "correlation": pl.rolling_corr(X, Y, window_size=WINDOW),
    "slope": COVARIANCE / X.rolling_var(WINDOW),
    "ema": X.ewm_mean(span=SPAN, adjust=False),
    "window_mean": X.rolling_mean_by("at", WIDTH),
    "window_std": X.rolling_std_by("at", WIDTH),
    "window_vwap": (X * SIZE).rolling_sum_by("at", WIDTH) / SIZE.rolling_sum_by("at", WIDTH),
}
CALLS: Calls = {name: lambda s, expr=expr: column(s, expr) for name, expr in EXPRESSIONS.items()}

if __name__ == "__main__":
    tell(CALLS)
