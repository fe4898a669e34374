"""The state of a moment, worked out by hand; and on real option minutes against sums over all of them."""

import datetime as dt

import polars as pl
import pytest
from scipy.optimize import brentq
from tests.jobs.levels.market import at, es_books, es_trades, options, spy_quotes

from penstock.core import black_scholes as model
from penstock.core.errors import DataError
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.state import state, write_state

DAY = dt.date(2025, 12, 16)
EXPIRY = at(DAY, "16:00:00")


@pytest.fixture
def day(tmp_path):
    es_trades(tmp_path, DAY, [("10:00:00", 6000), ("10:01:00", 6001), ("10:02:00", 7000)])
    es_books(
        tmp_path,
        DAY,
        [("10:00:00", 5999.75, 6000.25), ("10:01:00", 6000.75, 6001), ("10:02:00", 1, 2)],
    )
    rows = [
        ("10:00:00", 600, 1, 1, None, 3, 2.0), ("10:00:30", 600, 1, 1, None, 1, 2.5),
        ("10:00:40", 600, 1, -1, None, 5, 2.4), ("10:01:00", 599, -1, 0, None, 7, 1.0),
        ("10:01:01", 599, -1, 0, None, 9, 9.0),
    ]  # fmt: skip
    options(tmp_path, DAY, rows)
    return tmp_path


def test_what_traded_at_each_strike_up_to_the_time(day):
    found = state(find(day), at(DAY, "10:01:00"), Parameters(ratio="static"))
    assert found.strikes.drop("judged", "delta", "gamma").rows() == [
        (599.0, "put", "unknown", 1, 7.0, 700.0, 1.0),
        (600.0, "call", "buyer", 2, 4.0, 850.0, 2.5),
        (600.0, "call", "seller", 1, 5.0, 1200.0, 2.4),
    ]


def test_delta_and_gamma_are_those_of_the_moments_of_the_trades(day):
    found = state(find(day), at(DAY, "10:01:00"), Parameters(ratio="static")).strikes
    rates = Parameters().rate, Parameters().dividend
    year = 365 * 86_400 * 1e9

    def greeks(clock, spot, strike, right, price):
        years = (EXPIRY - at(DAY, clock)) / year
        sigma = brentq(
            lambda s: model.price(spot, strike, years, s, *rates, right) - price,
            1e-4,
            20,
            xtol=1e-14,
        )
        terms = (spot, strike, years, sigma, *rates)
        return model.delta(*terms, right), model.gamma(*terms)

    bought = [greeks("10:00:00", 600.0, 600.0, 1, 2.0), greeks("10:00:30", 600.0, 600.0, 1, 2.5)]
    row = found.row(1, named=True)
    assert row["delta"] == pytest.approx(100 * (3 * bought[0][0] + bought[1][0]), rel=1e-9)
    assert row["gamma"] == pytest.approx(100 * (3 * bought[0][1] + bought[1][1]), rel=1e-9)
    put = greeks("10:01:00", 600.1, 599.0, -1, 1.0)
    assert found["delta"][0] == pytest.approx(700 * put[0], rel=1e-9)
    assert put[0] < 0.0
    assert found["judged"].to_list() == [1, 2, 1]


def test_the_book_around_the_price_and_what_it_does_not_reach(day):
    found = state(find(day), at(DAY, "10:01:00"), Parameters(ratio="static", zone_ticks=2))
    assert (found.spot, found.ratio) == (600.1, 10.0)
    assert found.zone.rows() == [
        (6000.5, 600.05, -2, None, None, False),
        (6000.75, 600.075, -1, 10.0, None, True),
        (6001.0, 600.1, 0, None, 10.0, True),
        (6001.25, 600.125, 1, None, None, False),
        (6001.5, 600.15, 2, None, None, False),
    ]


def test_the_ratio_is_that_of_both_books(day):
    spy_quotes(day, DAY, [("10:00:59", 600, 600.5), ("10:01:30", 1, 2)])
    found = state(find(day), at(DAY, "10:01:00"), Parameters(), level=600.0)
    assert found.ratio == (6000.75 + 6001) / (600 + 600.5)
    middle = 600.0 * found.ratio
    reached = [tick / 4 for tick in range(20_000, 28_000) if abs(tick / 4 - middle) <= 2.0]
    assert found.zone["price"].to_list() == reached


def test_options_alone_have_a_state(day):
    for path in day.glob("es*"):
        path.unlink()
    found = state(find(day), at(DAY, "10:00:00"), Parameters())
    assert found.strikes.select("judged", "delta", "gamma").rows() == [
        (0, None, None)
    ]  # of what price?
    assert found.zone.height == 0


def test_both_tables_can_be_written(day, tmp_path):
    found = state(find(day), at(DAY, "10:01:00"), Parameters())
    strikes, zone = write_state(tmp_path / "state", found)
    assert pl.read_parquet(strikes).equals(found.strikes)
    assert pl.read_parquet(zone).equals(found.zone)


def test_a_day_without_files_is_said(day):
    with pytest.raises(DataError, match="2025-12-17: files of this day are needed"):
        state(find(day), at(dt.date(2025, 12, 17), "10:00:00"), Parameters())
