"""Inputs that break running sums, what statistics of them are in exact arithmetic, and errors.

Sums of distances to a window's first value, in long double: 64 bits of mantissa, and distances of
doubles that are near each other have no rounding at all. Rows are 50 ms apart, so that 5 s hold
100 of them and windows of time and of rows have the same exact values.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

WINDOW, WIDTH = 100, "5s"
SPAN = 20
SHORT, LONG = 3_000, 10_000_000
SPIKE, AFTER = 500, 600  # windows that end at AFTER or later are judged: the spike has left them
Exact = np.ndarray  # of long doubles


@dataclass(frozen=True, slots=True)
class Series:
    """Two columns and the sizes that the first one was traded in."""

    name: str
    x: np.ndarray
    y: np.ndarray
    size: np.ndarray

    @property
    def tail(self) -> slice:
        """The rows whose windows are judged."""
        return slice(max(AFTER, len(self.x) - SHORT + AFTER), None)


def walk(count: int, rng: np.random.Generator) -> np.ndarray:
    """A price that walks from 100 in steps of a cent."""
    return 100.0 + np.cumsum(rng.normal(0.0, 0.01, count))


def noise(level: float, rng: np.random.Generator) -> np.ndarray:
    """A level, and noise of 1e-3 on it."""
    return level + rng.normal(0.0, 1e-3, SHORT)


def inputs(long: int = LONG) -> Iterator[Series]:
    """The inputs, one at a time: the last is of millions of rows."""
    rng = np.random.default_rng(20)
    size = rng.integers(1, 200, SHORT).astype(float)
    x, y = walk(SHORT, rng), walk(SHORT, rng)
    spike = x.copy()
    spike[SPIKE] = 1e9
    yield Series("walk", x, y, size)
    yield Series("spike", spike, y, size)
    yield Series("flat", np.full(SHORT, 123.456), y, size)
    yield Series("noise_1e6", noise(1e6, rng), noise(1e6, rng), size)
    yield Series("level_1e9", noise(1e9, rng), noise(1e9, rng), size)
    sizes = rng.integers(1, 200, long).astype(float)
    yield Series("ten_million", walk(long, rng), walk(long, rng), sizes)


def windows(values: np.ndarray, tail: slice) -> Exact:
    """The windows that end in the tail, one a row."""
    start = (tail.start or 0) - WINDOW + 1
    return sliding_window_view(values[start:], WINDOW).astype(np.longdouble)


def centred(values: Exact) -> Exact:
    """Distances to the mean of each window."""
    distance = values - values[:, :1]
    return distance - distance.mean(axis=1, keepdims=True)


def mean(values: Exact) -> Exact:
    """Means of windows."""
    return values[:, 0] + (values - values[:, :1]).mean(axis=1)


def std(series: Series) -> Exact:
    """Sample standard deviations."""
    d = centred(windows(series.x, series.tail))
    return np.sqrt((d * d).sum(axis=1) / (WINDOW - 1))


def shape(series: Series, power: int) -> Exact:
    """A standardised central moment; NaN where the window is flat."""
    x = windows(series.x, series.tail)
    d = np.where((x == x[:, :1]).all(axis=1, keepdims=True), 0.0, centred(x))
    return (d**power).mean(axis=1) / (d * d).mean(axis=1) ** (np.longdouble(power) / 2)


def skew(series: Series) -> Exact:
    """Adjusted skewness."""
    w = np.longdouble(WINDOW)
    return shape(series, 3) * np.sqrt(w * (w - 1)) / (w - 2)


def kurtosis(series: Series) -> Exact:
    """Adjusted excess kurtosis."""
    w = np.longdouble(WINDOW)
    return (w - 1) / ((w - 2) * (w - 3)) * ((w + 1) * shape(series, 4) - 3 * (w - 1))


def products(series: Series) -> tuple[Exact, Exact, Exact]:
    """Sums of products of distances to the means: xx, yy and xy; 0 where a side is flat."""
    a, b = (windows(v, series.tail) for v in (series.x, series.y))
    a, b = (np.where((v == v[:, :1]).all(axis=1, keepdims=True), 0.0, centred(v)) for v in (a, b))
    return (a * a).sum(axis=1), (b * b).sum(axis=1), (a * b).sum(axis=1)


def correlation(series: Series) -> Exact:
    """Correlations of x and y."""
    xx, yy, xy = products(series)
    return xy / np.sqrt(xx * yy)


def slope(series: Series) -> Exact:
    """Slopes of y on x."""
    xx, _, xy = products(series)
    return xy / xx


def ema(series: Series) -> Exact:
    """Exponential averages; of a long series from where the weight of what was before is below 1e-20."""
    start = (series.tail.start or 0) - AFTER
    share, average = np.longdouble(2) / (SPAN + 1), np.longdouble(series.x[start])
    found = []
    for value in series.x[start:].astype(np.longdouble):
        average += share * (value - average)
        found.append(average)
    return np.array(found[AFTER:])


def vwap(series: Series) -> Exact:
    """Prices per unit traded."""
    p, q = (windows(v, series.tail) for v in (series.x, series.size))
    return p[:, 0] + ((p - p[:, :1]) * q).sum(axis=1) / q.sum(axis=1)


def moving_mean(series: Series) -> Exact:
    """Means of x."""
    return mean(windows(series.x, series.tail))


def total(series: Series) -> Exact:
    """Sums of x."""
    return moving_mean(series) * WINDOW


def places() -> Exact:
    """The rows of a window, counted from its middle."""
    return np.arange(WINDOW) - np.longdouble(WINDOW - 1) / 2


def trend(series: Series) -> Exact:
    """Slopes of x on the row."""
    return (centred(windows(series.x, series.tail)) * places()).sum(axis=1) / (places() ** 2).sum()


def trend_error(series: Series) -> Exact:
    """Standard errors of the slopes of x on the row."""
    rest = centred(windows(series.x, series.tail)) - trend(series)[:, None] * places()
    return np.sqrt((rest * rest).sum(axis=1) / (WINDOW - 2) / (places() ** 2).sum())


def autocovariance(series: Series) -> Exact:
    """Products of the distances to the mean of a row and of the one before."""
    d = centred(windows(series.x, series.tail))
    return (d[:, 1:] * d[:, :-1]).sum(axis=1) / WINDOW


def autocorrelation(series: Series) -> Exact:
    """Autocovariances by the variance; NaN where the window is flat."""
    x = windows(series.x, series.tail)
    d = np.where((x == x[:, :1]).all(axis=1, keepdims=True), 0.0, centred(x))
    return (d[:, 1:] * d[:, :-1]).sum(axis=1) / (d * d).sum(axis=1)


def mean_abs_dev(series: Series) -> Exact:
    """Mean distances to the mean."""
    return abs(centred(windows(series.x, series.tail))).mean(axis=1)


def weighted_mean(series: Series) -> Exact:
    """Means with weights that rise from 1 to the width of the window."""
    x, weights = windows(series.x, series.tail), np.arange(1, WINDOW + 1).astype(np.longdouble)
    return x[:, 0] + ((x - x[:, :1]) * weights).sum(axis=1) / weights.sum()


def upper_band(series: Series) -> Exact:
    """Two standard deviations above the mean."""
    d = centred(windows(series.x, series.tail))
    return moving_mean(series) + 2 * np.sqrt((d * d).mean(axis=1))


# the exact values, and the size below which an error is judged as if the value had that size
STATISTICS: dict[str, tuple[Callable[[Series], Exact], float]] = {
    "mean": (moving_mean, 0.0),
    "sum": (total, 0.0),
    "std": (std, 0.0),
    "skew": (skew, 1.0),
    "kurtosis": (kurtosis, 1.0),
    "correlation": (correlation, 1.0),
    "slope": (slope, 1.0),
    "ema": (ema, 0.0),
    "trend": (trend, 0.0),
    "trend_error": (trend_error, 0.0),
    "autocovariance": (autocovariance, 0.0),
    "autocorrelation": (autocorrelation, 1.0),
    "mean_abs_dev": (mean_abs_dev, 0.0),
    "weighted_mean": (weighted_mean, 0.0),
    "upper_band": (upper_band, 0.0),
    "window_mean": (moving_mean, 0.0),
    "window_std": (std, 0.0),
    "window_vwap": (vwap, 0.0),
}


def exact(statistic: str, series: Series) -> Exact:
    """The exact values of a statistic in the rows that are judged."""
    with np.errstate(all="ignore"):
        return STATISTICS[statistic][0](series)


def scale(statistic: str, values: Exact) -> float:
    """The size of exact values, which a relative bound is taken of."""
    known = abs(values[np.isfinite(values)])
    return max(float(np.median(known)) if known.size else 0.0, STATISTICS[statistic][1])


def worst(found: np.ndarray, wanted: Exact) -> float | str:
    """The largest absolute error, or in words that there is no number where one is due, or one too many."""
    due, given = np.isfinite(wanted), np.isfinite(found)
    if (due & ~given).any():
        return "not a number where one is due"
    if (given & ~due).any():
        return "a number where none is due"
    return float(abs(found[due] - wanted[due]).max(initial=0.0))
