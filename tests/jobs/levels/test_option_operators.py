"""Operators of options against a library's roots, on prices that markets have."""

import numpy as np
import pytest

from penstock.core.native import compiled
from penstock.ops import GammaFlip, OptionGreeks
from penstock.ops.harness import run
from penstock.ops.laws.cases import Case, expected

HOUR = 3_600_000_000_000


def near(node, columns, **clock):
    size = len(next(iter(columns.values())))
    ts = clock.get("ts", np.arange(size) * 1_000_000_000)
    times = {"ts": ts, "at": ts, "upto": np.arange(1, size + 1), "before": np.zeros(size, int)}
    case = Case(columns, times, np.random.default_rng(0))
    got = run(node, columns, kernel=compiled(type(node).kernel), **case.clock)
    for name, wanted in expected(node, case).items():
        np.testing.assert_allclose(got[name], wanted, rtol=1e-7, atol=1e-9, err_msg=name)
    return got


def test_volatility_delta_and_gamma_are_the_librarys():
    rng, size = np.random.default_rng(1), 400
    ts = 1_700_000_000_000_000_000 + np.arange(size) * 1_000_000
    spot = 600.0 + rng.normal(0, 2, size)
    years = rng.uniform(0.02, 6.5, size) / 24 / 365
    strike = np.round(spot * (1 + rng.normal(0, 1, size) * 0.2 * np.sqrt(years)))
    right = rng.choice([-1, 1], size)
    given = OptionGreeks(**OptionGreeks.example)
    columns = {
        "price": rng.uniform(0.05, 3.0, size), "strike": strike, "right": right,
        "expiry": ts + (years * 365 * 24 * HOUR).astype(np.int64), "iv": np.full(size, np.nan), "spot": spot,
    }  # fmt: skip
    columns["price"] += np.maximum(right * (spot - strike), 0.0)
    columns["mid"] = np.where(rng.random(size) < 0.5, columns["price"] * 0.98, np.nan)
    got = near(given, columns, ts=ts)
    assert np.isfinite(got["gamma"]).mean() > 0.9
    assert got["live"].all()


def test_a_trade_with_a_volatility_keeps_it_and_one_of_another_day_is_not_live():
    columns = {
        "price": [1.0, 1.0], "strike": [600.0, 600.0], "right": np.array([1, 1]),
        "expiry": np.array([HOUR, 30 * HOUR]), "iv": [0.2, np.nan], "mid": [0.9, np.nan], "spot": [600.0, 600.0],
    }  # fmt: skip
    columns = {name: np.array(x) for name, x in columns.items()}
    got = near(OptionGreeks(**OptionGreeks.example), columns, ts=np.array([0, 0]))
    assert got["sigma"][0] == 0.2
    assert got["live"].tolist() == [1.0, 0.0]


def test_the_middle_says_the_volatility_and_the_price_only_where_the_middle_says_none():
    size = 4
    columns = {
        "price": np.full(size, 1.0), "strike": np.full(size, 600.0), "right": np.ones(size, int),
        "expiry": np.full(size, HOUR), "iv": np.array([np.nan, np.nan, np.nan, 0.0]),
        "mid": np.array([0.95, np.nan, 1e-9, 0.95]), "spot": np.full(size, 600.2),
    }  # fmt: skip
    sigma = near(OptionGreeks(**OptionGreeks.example), columns, ts=np.zeros(size, int))["sigma"]
    assert sigma[0] < sigma[1]
    assert sigma.tolist() == [sigma[0], sigma[1], sigma[1], sigma[0]]


@pytest.mark.parametrize("seed", range(5))
def test_the_flip_is_the_librarys_root(seed):
    rng, size = np.random.default_rng(seed), 20
    spot = 600.0 + rng.normal(0, 1, size)
    strikes = np.tile(np.arange(592.0, 610.0, 2.0), (size, 1))
    tilt = rng.normal(0, 200, (size, 9)) + 300 * np.sign(
        strikes - 600.0 - rng.normal(0, 2, (size, 1))
    )
    columns = {
        "strikes": strikes, "positions": tilt, "sigmas": rng.uniform(0.1, 0.3, (size, 9)), "spot": spot,
        "years": rng.uniform(1, 6, size) / 24 / 365,
    }  # fmt: skip
    got = near(GammaFlip(**GammaFlip.example), columns)
    assert np.isfinite(got["out"]).any()
