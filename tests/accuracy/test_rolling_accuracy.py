"""Errors against exact arithmetic, on the inputs that break running sums.

An error is taken relative to the exact value or to the natural size of the statistic, whichever is
larger; the bound is 1e-12 everywhere.
"""

from fractions import Fraction
from math import fsum, isnan

import mpmath
import numpy as np
import pytest

from penstock.core import native
from penstock.ops.expanding.ew_moments import EwMoments
from penstock.ops.expanding.expanding_moments import ExpandingMoments
from penstock.ops.expanding.reservoir_median import ReservoirMedian
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.expanding.t_digest import TDigest
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.harness import Harness, X, Y, run
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_quantile import RollingQuantile
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.rolling.rolling_sum import RollingSum

BOUND = 1e-12
WINDOW = 100
SIZE = 1_200
SPIKE = 500
TICKS = tuple(range(SPIKE + WINDOW, SPIKE + WINDOW + 20)) + tuple(range(640, SIZE, 29))
LONG = 10_000_000 if native.available() else 5_000


def series() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(20)
    walk = 100.0 + np.cumsum(rng.normal(0.0, 0.01, SIZE))
    spike = walk.copy()
    spike[SPIKE] = 1e9
    return {
        "walk": walk,
        "a spike of 1e9 that has left": spike,
        "flat": np.full(SIZE, 123.456),
        "1e6 and noise of 1e-3": 1e6 + rng.normal(0.0, 1e-3, SIZE),
        "1e9 and noise of 1e-3": 1e9 + rng.normal(0.0, 1e-3, SIZE),
    }


SERIES = series()
every_series = pytest.mark.parametrize("name", SERIES)
every_level = pytest.mark.parametrize(("level", "scale"), [(1.0, 1.0), (6e4, 0.01), (1e9, 1e-3)])


def compute(node, columns):
    return run(node, columns, kernel=native.compiled(type(node).kernel))


def fractions(values) -> list[Fraction]:
    return [Fraction(float(value)) for value in values]


def powers(values, k: int) -> Fraction:
    """The k-th central moment."""
    mean = sum(values) / len(values)
    return sum((value - mean) ** k for value in values) / len(values)


def real(value: Fraction) -> mpmath.mpf:
    return mpmath.mpf(value.numerator) / value.denominator


def exact_moments(values) -> dict[str, float]:
    w, exact = len(values), fractions(values)
    m2, m3, m4 = (powers(exact, k) for k in (2, 3, 4))
    found = {"mean": sum(exact) / w, "variance": m2 * w / (w - 1)}
    with mpmath.workdps(40):
        found["std"] = mpmath.sqrt(real(found["variance"]))
        if m2 > 0:
            factor = mpmath.sqrt(w * (w - 1)) / (w - 2)
            found["skew"] = factor * real(m3) / real(m2) ** 1.5
            found["kurtosis"] = Fraction(w - 1, (w - 2) * (w - 3)) * (
                (w + 1) * m4 / m2**2 - 3 * (w - 1)
            )
    return {name: float(value) for name, value in found.items()}


def exact_line(x, y) -> dict[str, float]:
    a, b = fractions(x), fractions(y)
    w, mean_a, mean_b = len(a), sum(a) / len(a), sum(b) / len(b)
    xx, yy = powers(a, 2) * w, powers(b, 2) * w
    xy = sum((p - mean_a) * (q - mean_b) for p, q in zip(a, b, strict=True))
    with mpmath.workdps(40):
        correlation = real(xy) / mpmath.sqrt(real(xx * yy))
    found = {"covariance": xy / (w - 1), "slope": xy / xx, "intercept": mean_b - xy / xx * mean_a}
    return {name: float(value) for name, value in found.items()} | {
        "correlation": float(correlation)
    }


def assert_near(got: float, exact: float, size: float) -> None:
    assert abs(got - exact) <= BOUND * max(abs(exact), size), (got, exact)


@every_series
def test_moments_are_exact_to_the_bound(name):
    x = SERIES[name]
    got = compute(RollingMoments(X, window=WINDOW), {"x": x})
    for t in TICKS:
        exact = exact_moments(x[t - WINDOW + 1 : t + 1])
        for output, value in exact.items():
            size = 1.0 if output in ("skew", "kurtosis") else 0.0
            assert_near(got[output][t], value, size)


def test_a_flat_window_has_no_variance_and_no_shape():
    x = np.concatenate([SERIES["walk"], SERIES["flat"]])
    got = compute(RollingMoments(X, window=WINDOW), {"x": x})
    flat = slice(SIZE + WINDOW - 1, None)
    assert (got["variance"][flat] == 0.0).all()
    assert (got["std"][flat] == 0.0).all()
    assert (got["mean"][flat] == 123.456).all()
    assert np.isnan(got["skew"][flat]).all()
    assert np.isnan(got["kurtosis"][flat]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_a_bad_tick_leaves_no_trace_in_bits(bad):
    x = SERIES["walk"].copy()
    nodes = [RollingMoments(X, window=WINDOW), RollingSum(X, window=WINDOW)]
    clean = [compute(node, {"x": x}) for node in nodes]
    x[SPIKE] = bad
    for node, before in zip(nodes, clean, strict=True):
        after = compute(node, {"x": x})
        for output in node.outputs:
            since = slice(SPIKE + WINDOW, None)
            np.testing.assert_array_equal(after[output][since], before[output][since])


@every_series
def test_sums_are_exact_to_the_bound(name):
    x = SERIES[name] - SERIES[name][0]
    got = compute(RollingSum(X, window=WINDOW), {"x": x})["out"]
    for t in TICKS:
        values = x[t - WINDOW + 1 : t + 1]
        assert_near(got[t], fsum(values), fsum(abs(values)))


@every_series
def test_lines_are_exact_to_the_bound(name):
    x = SERIES[name]
    noise = np.random.default_rng(21).normal(0.0, 0.5 * max(np.std(x[-WINDOW:]), 1e-3), SIZE)
    y = 50.0 + 0.5 * (x - x[0]) + noise
    got = compute(RollingRegression(X, Y, window=WINDOW), {"x": x, "y": y})
    for t in TICKS:
        here = slice(t - WINDOW + 1, t + 1)
        if name == "flat":
            assert got["covariance"][t] == 0.0
            assert all(isnan(got[output][t]) for output in ("correlation", "slope", "intercept"))
            continue
        spread = float(np.std(x[here]) * np.std(y[here]))
        sizes = {"covariance": spread, "slope": np.std(y[here]) / np.std(x[here])}
        sizes |= {"correlation": 1.0, "intercept": sizes["slope"] * x[t]}
        for output, value in exact_line(x[here], y[here]).items():
            assert_near(got[output][t], value, sizes[output])


@every_series
def test_quantiles_are_those_of_the_sorted_window(name):
    x = SERIES[name]
    got = compute(RollingQuantile(X, window=WINDOW, q=0.25), {"x": x})["out"]
    for t in TICKS:
        ordered = fractions(np.sort(x[t - WINDOW + 1 : t + 1]))
        at = Fraction(WINDOW - 1, 4)
        low, high = ordered[int(at)], ordered[int(at) + 1]
        assert_near(got[t], float(low + (at - int(at)) * (high - low)), 0.0)


@every_level
def test_ten_million_events_do_not_wear_a_window_out(level, scale):
    x = level + np.random.default_rng(22).normal(0.0, scale, LONG)
    nodes = [RollingMoments(X, window=WINDOW), RollingSum(X, window=WINDOW)]
    harnesses = [Harness(node, {"x": x}, {}, native.compiled(type(node).kernel)) for node in nodes]
    last: list[dict[str, np.ndarray]] = [{}, {}]
    for start in range(0, LONG, 65_536):
        last = [harness.block(min(65_536, LONG - start)) for harness in harnesses]
    exact = exact_moments(x[-WINDOW:])
    for output, value in exact.items():
        size = 1.0 if output in ("skew", "kurtosis") else 0.0
        assert_near(last[0][output][-1], value, size)
    assert_near(last[1]["out"][-1], fsum(x[-WINDOW:]), 0.0)


@every_level
def test_ten_million_events_do_not_wear_averages_of_everything_out(level, scale):
    x = level + np.random.default_rng(23).normal(0.0, scale, LONG)
    harness = Harness(ExpandingMoments(X), {"x": x}, {}, native.compiled(ExpandingMoments.kernel))
    last: dict[str, np.ndarray] = {}
    for start in range(0, LONG, 65_536):
        last = harness.block(min(65_536, LONG - start))
    d = x - x[0]  # exact: the values are within a factor of two, or small
    d -= float(d.mean(dtype=np.longdouble))
    m2, m3, m4 = (float(p.mean(dtype=np.longdouble)) for p in (d * d, d * d * d, (d * d) ** 2))
    assert_near(last["variance"][-1], m2 * LONG / (LONG - 1), 0.0)
    assert_near(last["skew"][-1], m3 / m2**1.5, 1.0)
    assert_near(last["kurtosis"][-1], m4 / m2**2 - 3.0, 1.0)


@every_level
def test_an_exponential_variance_keeps_its_digits_at_every_level(level, scale):
    x = level + np.random.default_rng(24).normal(0.0, scale, 2_000)
    got = compute(EwMoments(X, halflife=20.0), {"x": x})
    alpha = Fraction(EwMoments(X, halflife=20.0).alpha)
    with mpmath.workdps(60):
        keep, mean, variance = real(1 - alpha), mpmath.mpf(float(x[0])), mpmath.mpf(0)
        for value in x[1:]:
            d = mpmath.mpf(float(value)) - mean
            mean, variance = mean + real(alpha) * d, keep * (variance + real(alpha) * d * d)
    assert_near(got["mean"][-1], float(mean), 0.0)
    assert_near(got["variance"][-1], float(variance), 0.0)


def test_seeded_averages_are_those_of_talib():
    talib = pytest.importorskip("talib")
    x = SERIES["walk"]
    ema = compute(SmaSeededEma(X, window=20), {"x": x})["out"]
    np.testing.assert_allclose(ema, talib.EMA(x, 20), BOUND)
    change, wilder = np.diff(x), Wilder(X, window=14)
    up, down = (compute(wilder, {"x": np.maximum(sign * change, 0.0)})["out"] for sign in (1, -1))
    np.testing.assert_allclose(100.0 * up / (up + down), talib.RSI(x, 14)[1:], BOUND)
    high, low = x + 0.05, x - 0.07
    ranges = talib.TRANGE(high, low, x)[1:]
    atr = compute(wilder, {"x": ranges})["out"]
    np.testing.assert_allclose(atr, talib.ATR(high, low, x, 14)[1:], BOUND)


@pytest.mark.parametrize("q", [0.01, 0.25, 0.5, 0.99])
def test_a_digest_is_near_in_rank_and_nearest_in_the_tails(q):
    x = np.random.default_rng(25).lognormal(2.0, 1.2, min(LONG, 100_000))
    got = compute(TDigest(X, q=q, compression=100.0), {"x": x})["out"]
    for n in (1_000, x.size // 2, x.size):
        rank = np.mean(x[:n] <= got[n - 1])
        half = np.pi / 100.0 * np.sqrt(q * (1.0 - q))  # of the widest centroid there
        assert abs(rank - q) <= half + 1.0 / n


def test_a_reservoir_is_a_uniform_sample():
    x = np.random.default_rng(26).normal(size=4_000)
    seeds = 60 if native.available() else 15
    ranks = [
        np.mean(x <= compute(ReservoirMedian(X, size=100, seed=seed), {"x": x})["out"][-1])
        for seed in range(seeds)
    ]
    error = 0.05 / np.sqrt(seeds)  # of the mean of the ranks, for a uniform sample of 100
    assert abs(np.mean(ranks) - 0.5) <= 4.0 * error
    assert 0.5 * 0.05 <= np.std(ranks) <= 1.5 * 0.05
