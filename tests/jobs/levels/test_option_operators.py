"""Operators of options against a library's roots, on prices that markets have."""

import numpy as np
import pytest

from penstock.core.native import compiled
from penstock.core.schema import EventType, Field
from penstock.expr import Column
from penstock.ops import GammaFlip, InterestAt, InterestBoard, InterestTotals, OptionGreeks
from penstock.ops.harness import run
from penstock.ops.laws.cases import Case, expected
from penstock.ops.laws.check import OF_DATA
from penstock.streams import Stream

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


def boards(rng, size, cells=16):
    """Boards of open interest over time, each strike in its own slot, as `InterestBoard` leaves them."""
    numbers = 592 + np.arange(cells)
    strikes = np.tile(np.roll(numbers, 592 % cells).astype(float), (size, 1))
    strikes[rng.random(strikes.shape) < 0.2] = np.nan
    called, put = (np.floor(rng.exponential(900.0, strikes.shape)) for _ in range(2))
    return {"strikes": strikes, "called": called, "put": put}


@pytest.mark.parametrize("law", OF_DATA, ids=lambda law: law.__name__)
@pytest.mark.parametrize("seed", range(4))
def test_what_is_open_is_found_at_its_strike_while_it_lives(law, seed):
    rng, size, asked = np.random.default_rng(seed), 40, 90
    ts = 1_700_000_000 * 10**9 + np.cumsum(rng.integers(0, 9 * HOUR // 10, size))
    at = np.sort(rng.choice(ts, asked) + rng.choice([-1, 0, 1], asked) * HOUR // 2)
    columns = boards(rng, size)
    ends = (ts // 10**9)[:, None] + rng.choice([1_800, 20_000, 43_200, 90_000], (size, 16))
    columns |= {
        "expiries": ends.astype(float),
        "levels": rng.integers(588, 612, (asked, 5)) + rng.choice([0.0, 0.5], (asked, 5)),
    }
    wide = EventType("board", "A board and levels.", tuple(
        Field(name, "1", width=x.shape[1]) for name, x in columns.items()
    ))  # fmt: skip
    node = InterestAt(**{name: Column(Stream(wide), name) for name in columns})
    clock = {
        "ts": ts,
        "at": at,
        "upto": np.searchsorted(ts, at, "right"),
        "before": np.zeros(asked, int),
    }
    case = Case(columns, clock, rng)
    law(node, case)
    known = np.isfinite(expected(node, case)["calls"])
    assert 0.1 < known.mean() < 0.7


def test_a_strike_holds_the_soonest_expiry_that_has_not_passed():
    strike, right = np.full(6, 600.0), np.array([1, -1, 1, 1, -1, 1])
    columns = {
        "strike": strike, "right": right, "expiry": np.array([20, 20, 10, 20, 10, 20]) * HOUR,
        "contracts": np.array([5.0, 4.0, 3.0, 9.0, 2.0, 7.0]), "spot": strike,
    }  # fmt: skip
    ts = np.array([0, 1, 2, 3, 4, 11]) * HOUR
    got = near(InterestBoard(**InterestBoard.example), columns, ts=ts)
    slot = 600 % 4
    assert got["calls"][:, slot].tolist() == [5.0, 5.0, 3.0, 3.0, 3.0, 7.0]
    assert got["puts"][:, slot].tolist() == [0.0, 4.0, 0.0, 0.0, 2.0, 0.0]
    assert got["expiries"][:, slot].tolist() == [72_000.0] * 2 + [36_000.0] * 3 + [72_000.0]


def test_all_contracts_add_up_until_they_expire():
    rng, size = np.random.default_rng(5), 3_000
    ts = np.cumsum(rng.integers(0, HOUR // 100, size))
    columns = {
        "strike": rng.integers(500, 700, size).astype(float), "right": rng.choice([-1, 1], size),
        "expiry": (ts // (4 * HOUR) + rng.integers(1, 4, size)) * 4 * HOUR,
        "contracts": np.floor(rng.exponential(900.0, size)),
    }  # fmt: skip
    for room in (64, 4_096):  # full, and with room for all
        node = InterestTotals(**InterestTotals.example | {"room": room})
        got = near(node, columns, ts=ts)
        assert got["calls"].max() > 20_000.0
