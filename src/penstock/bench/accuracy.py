"""The suite ``accuracy``: errors against exact arithmetic, ours in the engine and the peers'.

The bound of a case is the better error of TA-Lib and polars, or 1e-12 of the statistic's size where
that is more.
"""

from typing import Any

import numpy as np

from penstock.bench.child import child
from penstock.bench.exact import (
    LONG,
    SHORT,
    SPAN,
    WIDTH,
    WINDOW,
    Series,
    exact,
    inputs,
    scale,
    worst,
)
from penstock.bench.series import GAP, START
from penstock.bench.timing import figures
from penstock.core.schema import EventType, Field
from penstock.engine import Engine
from penstock.events import Block
from penstock.expr import Column, Expr
from penstock.ops.ema import Ema
from penstock.ops.indicator.rolling_bands import RollingBands
from penstock.ops.rolling.rolling_autocorrelation import RollingAutocorrelation
from penstock.ops.rolling.rolling_mean_abs_dev import RollingMeanAbsDev
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.rolling.rolling_trend import RollingTrend
from penstock.ops.rolling.rolling_weighted_mean import RollingWeightedMean
from penstock.ops.window.window_mean import WindowMean
from penstock.ops.window.window_moments import WindowMoments
from penstock.ops.window.window_vwap import WindowVwap
from penstock.plan import build
from penstock.streams import Stream

RELATIVE = 1e-12
BEST = ("talib", "polars")  # the bound is the better of these
PEERS = (*BEST, "pandas", "csp", "screamer")
CHUNK = 65_536
PAIRS = Stream(
    EventType("pairs", "Two columns and a size.", tuple(Field(n, "1") for n in ("x", "y", "size")))
)
Result = dict[str, Any]


def accuracy(*, quick: bool) -> list[Result]:
    """The cases of the suite: every statistic of every input."""
    long = 2 * SHORT if quick else LONG
    told = {n: child(f"peers.{n}_accuracy", str(long)) for n in (BEST if quick else PEERS)}
    found = []
    for series in inputs(long):
        values = ours(series)
        found += [case(name, series, values[name], told) for name in values]
    return sorted(found, key=lambda result: [*statistics()].index(result["statistic"]))


def statistics() -> dict[str, Expr]:
    """Our columns."""
    x, y, size = (Column(PAIRS, name) for name in ("x", "y", "size"))
    moments, line = RollingMoments(x, window=WINDOW), RollingRegression(x, y, window=WINDOW)
    through, lagged = RollingTrend(x, window=WINDOW), RollingAutocorrelation(x, window=WINDOW)
    return {
        "mean": moments["mean"],
        "sum": RollingSum(x, window=WINDOW),
        "std": moments["std"],
        "skew": moments["skew"],
        "kurtosis": moments["kurtosis"],
        "correlation": line["correlation"],
        "slope": line["slope"],
        "ema": Ema(x, span=float(SPAN)),
        "trend": through["slope"],
        "trend_error": through["stderr"],
        "autocovariance": lagged["covariance"],
        "autocorrelation": lagged["correlation"],
        "mean_abs_dev": RollingMeanAbsDev(x, window=WINDOW),
        "weighted_mean": RollingWeightedMean(x, window=WINDOW),
        "upper_band": RollingBands(x, window=WINDOW)["upper"],
        "window_mean": WindowMean(x, width=WIDTH),
        "window_std": WindowMoments(x, width=WIDTH)["std"],
        "window_vwap": WindowVwap(x, size, width=WIDTH),
    }


def ours(series: Series) -> dict[str, np.ndarray]:
    """The rows that are judged, from an engine that ran over the whole input."""
    columns, judged = statistics(), range(len(series.x))[series.tail]
    engine = Engine(build(columns, PAIRS, (PAIRS,)), capacity=1_024)
    kept = []
    for start in range(0, len(series.x), CHUNK):
        part = slice(start, start + CHUNK)
        rows = engine.push_block(
            Block.of(
                PAIRS.type,
                time=START + GAP * np.arange(len(series.x))[part],
                x=series.x[part],
                y=series.y[part],
                size=series.size[part],
            )
        )
        if start + CHUNK > judged.start:
            kept.append(rows.values())
    values = np.concatenate(kept)[-len(judged) :]
    return dict(zip(columns, values.T, strict=True))


def case(statistic: str, series: Series, values: np.ndarray, told: dict[str, Result]) -> Result:
    """One statistic of one input: our error, its bound, the peers' errors."""
    wanted = exact(statistic, series)
    error = worst(values, wanted)
    peers = {name: error_of(found, statistic, series.name) for name, found in told.items()}
    best = [error for n, error in peers.items() if n in BEST and isinstance(error, float)]
    size = scale(statistic, wanted)
    bound = max(min(best, default=0.0), RELATIVE * size)
    return {
        "case": f"{statistic} {series.name}",
        "statistic": statistic,
        "input": series.name,
        "rows": len(series.x),
        "max_error": shown(error),
        "bound": figures(bound),
        "within": isinstance(error, float) and error <= bound,
        # a bound that a peer's large error makes says little: whether ours needs it
        "within_relative": isinstance(error, float) and error <= RELATIVE * size,
        "peers": {name: shown(value) for name, value in peers.items() if value is not None},
    }


def error_of(found: Result, statistic: str, given: str) -> float | str | None:
    """A peer's error; None where it has no such statistic."""
    return found.get("absent") or found.get(statistic, {}).get(given)


def shown(error: float | str | None) -> float | str | None:
    """An error with the digits that mean something."""
    return figures(error) if isinstance(error, float) else error
