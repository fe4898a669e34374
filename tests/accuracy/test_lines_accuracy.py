"""Errors of lines, lags and distances against exact arithmetic, on the inputs that break running sums."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from tests.accuracy.test_rolling_accuracy import (
    SERIES,
    TICKS,
    WINDOW,
    X,
    assert_near,
    compute,
    every_series,
    fractions,
    powers,
    real,
)

from penstock.ops.indicator.rolling_bands import RollingBands
from penstock.ops.rolling.rolling_autocorrelation import RollingAutocorrelation
from penstock.ops.rolling.rolling_mean_abs_dev import RollingMeanAbsDev
from penstock.ops.rolling.rolling_trend import RollingTrend
from penstock.ops.rolling.rolling_weighted_mean import RollingWeightedMean

LAG = 3
PLACES = [Fraction(2 * j - WINDOW + 1, 2) for j in range(WINDOW)]
SPREAD = sum(place * place for place in PLACES)


def windows(name):
    """The windows that are judged, exact, with the standard deviation of each."""
    for t in TICKS:
        values = fractions(SERIES[name][t - WINDOW + 1 : t + 1])
        yield t, values, float(mpmath.sqrt(real(powers(values, 2))))


@every_series
def test_a_trend_is_exact_to_the_bound(name):
    got = compute(RollingTrend(X, window=WINDOW), {"x": SERIES[name]})
    for t, values, size in windows(name):
        mean = sum(values) / WINDOW
        slope = sum(p * v for p, v in zip(PLACES, values, strict=True)) / SPREAD
        rest = [v - mean - slope * p for p, v in zip(PLACES, values, strict=True)]
        error = sum(r * r for r in rest) / (WINDOW - 2) / SPREAD
        step = size / float(SPREAD / WINDOW) ** 0.5  # what a slope of this spread may be
        assert_near(got["slope"][t], float(slope), step)
        assert_near(got["end"][t], float(mean + slope * PLACES[-1]), size)
        assert_near(got["stderr"][t], float(mpmath.sqrt(real(error))), step)
        if size:
            total = sum((v - mean) ** 2 for v in values)
            assert_near(got["r2"][t], float(1 - sum(r * r for r in rest) / total), 1.0)


@every_series
def test_an_autocorrelation_is_exact_to_the_bound(name):
    got = compute(RollingAutocorrelation(X, window=WINDOW, lag=LAG), {"x": SERIES[name]})
    for t, values, size in windows(name):
        mean = sum(values) / WINDOW
        away = [value - mean for value in values]
        product = sum(a * b for a, b in zip(away[LAG:], away[:-LAG], strict=True))
        assert_near(got["covariance"][t], float(product / WINDOW), size * size)
        if size:
            assert_near(got["correlation"][t], float(product / sum(a * a for a in away)), 1.0)


@every_series
def test_weighted_means_bands_and_distances_are_exact_to_the_bound(name):
    columns = {"x": SERIES[name]}
    weighted = compute(RollingWeightedMean(X, window=WINDOW), columns)["out"]
    distance = compute(RollingMeanAbsDev(X, window=WINDOW), columns)["out"]
    bands = compute(RollingBands(X, window=WINDOW), columns)
    for t, values, size in windows(name):
        mean = sum(values) / WINDOW
        exact = sum((j + 1) * v for j, v in enumerate(values)) * 2 / (WINDOW * (WINDOW + 1))
        assert_near(weighted[t], float(exact), 0.0)
        assert_near(distance[t], float(sum(abs(v - mean) for v in values) / WINDOW), size)
        reach = 2 * real(powers(values, 2)) ** mpmath.mpf("0.5")
        assert_near(bands["upper"][t], float(real(mean) + reach), 0.0)


def test_what_has_left_the_window_leaves_no_trace_of_a_line():
    spike = SERIES["a spike of 1e9 that has left"]
    clean = SERIES["walk"]
    for node in (RollingTrend(X, window=WINDOW), RollingAutocorrelation(X, window=WINDOW)):
        got, wanted = (compute(node, {"x": x}) for x in (spike, clean))
        for output in node.outputs:
            later = slice(600, None)
            np.testing.assert_allclose(got[output][later], wanted[output][later], 1e-9, 1e-12)


def test_a_flat_window_has_a_level_line():
    got = compute(RollingTrend(X, window=WINDOW), {"x": SERIES["flat"]})
    assert got["slope"][-1] == 0.0
    assert got["stderr"][-1] == 0.0
    assert got["end"][-1] == pytest.approx(123.456, rel=1e-15)
    assert np.isnan(got["r2"][-1])
