"""What a date leaves to the next ones, worked out by hand."""

import datetime as dt

import polars as pl
import pytest
from tests.jobs.levels.market import at, es_books, es_trades, options, spy_quotes

from penstock.core import black_scholes as model
from penstock.core.errors import DataError
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import facts as kept
from penstock.jobs.levels.carry import MOST, Carry, before, carry, contract, daily
from penstock.jobs.levels.inputs import find

TUESDAY, WEDNESDAY, THURSDAY = (dt.date(2025, 12, day) for day in (16, 17, 18))
DEFAULT = Parameters()


def leaves(folder, date=TUESDAY):
    (inputs,) = (each for each in find(folder) if each.date == date)
    return daily(inputs, DEFAULT)


def test_the_last_trade_of_each_bar_of_two_minutes_within_the_extended_hours(tmp_path):
    rows = [
        ("03:59:59", 1), ("04:00:00", 2), ("04:01:59", 3), ("04:02:00", 4), ("09:31:59", 5), ("09:32:00", 6),
        ("09:33:00", 7), ("19:59:59", 8), ("20:00:00", 9),
    ]  # fmt: skip
    es_trades(tmp_path, TUESDAY, rows)
    found = leaves(tmp_path)
    assert found.trades["price"].to_list() == [3.0, 4.0, 5.0, 7.0, 8.0]
    assert found.trades["ts"][0] == at(TUESDAY, "04:01:59")
    assert found.contract == "ESH6"
    assert found.spy.height == found.book_mids.height == 0


def test_bars_follow_the_clocks_of_summer_too(tmp_path):
    july = dt.date(2025, 7, 15)
    es_trades(tmp_path, july, [("03:59:00", 1), ("04:00:00", 2), ("09:31:59", 3), ("09:32:00", 4)])
    assert leaves(tmp_path, july).trades["price"].to_list() == [2.0, 3.0, 4.0]


def test_a_sunday_evening_before_a_monday_does_not_count(tmp_path):
    monday = dt.date(2025, 12, 15)
    path = es_trades(tmp_path, monday, [("10:00:00", 2)])
    sunday = pl.read_parquet(path).with_columns(ts=at(dt.date(2025, 12, 14), "19:30:00"), price=1.0)
    pl.concat([sunday, pl.read_parquet(path)]).write_parquet(path)
    assert leaves(tmp_path, monday).trades["price"].to_list() == [2.0]


def test_the_contract_is_the_one_that_traded_most_before_the_opening(tmp_path):
    rows = [
        ("08:00:00", 1, 5.0, "ESH6"), ("08:30:00", 1, 6.0, "ESM6"), ("09:29:59", 1, 2.0, "ESH6"),
        ("10:00:00", 1, 99.0, "ESM6"),
    ]  # fmt: skip
    es_trades(tmp_path, TUESDAY, rows)
    assert contract(find(tmp_path)[0], DEFAULT) == "ESH6"
    assert leaves(tmp_path).trades["price"].len() == 2
    es_trades(tmp_path, WEDNESDAY, [("10:00:00", 1, 1.0, "ESH6"), ("11:00:00", 1, 9.0, "ESM6")])
    assert contract(find(tmp_path)[1], DEFAULT) == "ESM6"


def test_the_last_ten_minutes_of_quotes_and_books(tmp_path):
    es_trades(tmp_path, TUESDAY, [("10:00:00", 6000)])
    books = [
        ("15:49:58", 1, 2),
        ("15:50:01", 5999, 6001),
        ("15:59:00", 6000, 6001),
        ("16:01:00", 9, 9.5),
    ]
    es_books(tmp_path, TUESDAY, books)
    spy_quotes(
        tmp_path, TUESDAY, [("15:50:00", 598, 599), ("15:50:01", 599, 600), ("16:00:00", 600, 601)]
    )
    found = leaves(tmp_path)
    assert found.spy["bid_price"].to_list() == [599.0, 600.0]
    assert found.book_mids["mid"].to_list() == [6000.0, 6000.5]


def test_a_date_is_given_the_last_bars_of_those_before_it(tmp_path):
    minutes = [(f"{4 + i // 60:02d}:{i % 60:02d}:00", i) for i in range(960)]
    for date in (TUESDAY, WEDNESDAY):
        es_trades(tmp_path, date, minutes)
    days = [leaves(tmp_path, date) for date in (TUESDAY, WEDNESDAY)]
    found = carry(days)
    assert found.trades.height == MOST
    assert found.trades["ts"][-1] == at(WEDNESDAY, "19:59:00")
    assert found.dates == (TUESDAY, WEDNESDAY)
    assert found.lacking(DEFAULT) == []
    assert [lack[:9] for lack in carry([]).lacking(DEFAULT)] == ["0 of 200 ", "0 of 400 "]
    quantile = Parameters(fuel_quantile=0.6)
    assert Carry().lacking(quantile)[2].startswith("0 of 20 sessions before it")


def test_only_trading_days_in_a_row_are_carried(tmp_path):
    monday, friday = dt.date(2025, 12, 15), dt.date(2025, 12, 12)
    for date in (friday, monday, WEDNESDAY):
        es_trades(tmp_path, date, [("10:00:00", 1)])
    found = find(tmp_path)
    chain, hole = before(found, TUESDAY, "XNYS")
    assert [each.date for each in chain] == [friday, monday]  # no trading day lies between
    assert hole == "2025-12-11, a trading day, has no files"
    assert before(found, THURSDAY, "XNYS")[0] == [found[-1]]
    assert before(found, WEDNESDAY, "XNYS") == ([], "2025-12-16, a trading day, has no files")


def test_facts_are_kept_by_what_they_are_made_of(tmp_path):
    es_trades(tmp_path, TUESDAY, [("10:00:00", 6000), ("10:05:00", 6001)])
    spy_quotes(tmp_path, TUESDAY, [("10:00:00", 600, 601)])
    made = leaves(tmp_path)
    kept.keep(tmp_path / "bronze", made, "one")
    read = kept.kept(tmp_path / "bronze", TUESDAY, "one")
    assert read.trades.equals(made.trades)
    assert read.spy.equals(made.spy)
    assert kept.carry_digest(carry([read])) == kept.carry_digest(carry([made]))
    assert kept.kept(tmp_path / "bronze", TUESDAY, "another") is None
    kept.facts_path(tmp_path / "bronze", TUESDAY).write_bytes(b"PAR1 is not all")
    assert kept.kept(tmp_path / "bronze", TUESDAY, "one") is None


def test_a_file_that_is_cut_off_leaves_nothing(tmp_path):
    path = es_trades(tmp_path, TUESDAY, [("10:00:00", 6000)])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="must be a Parquet file"):
        leaves(tmp_path)


def test_the_size_of_dealers_gamma_minute_by_minute_where_a_quantile_of_it_is_asked_for(tmp_path):
    es_trades(tmp_path, TUESDAY, [("08:00:00", 6000), ("12:00:00", 6050)])
    rows = [
        ("09:00:00", 600, 1, 1, 0.2, 99), ("09:31:00", 600, 1, 1, 0.2, 10), ("09:31:30", 603, 1, 1, 0.2, 99),
        ("10:00:00", 601, -1, -1, 0.3, 5), ("10:00:01", 601, 1, 0, 0.3, 99),
    ]  # fmt: skip
    options(tmp_path, TUESDAY, rows)
    (inputs,) = find(tmp_path)
    assert daily(inputs, DEFAULT).gamma.height == 0
    static = Parameters(ratio="static", fuel_quantile=0.6)
    found = daily(inputs, static).gamma["gamma"].to_list()
    assert len(found) == 390
    end, year = at(TUESDAY, "16:00:00"), 365 * 86_400 * 1e9

    def of(clock, strike, sigma, sign, size):
        years = (end - at(TUESDAY, clock)) / year
        return (
            -sign
            * size
            * 100
            * model.gamma(600.0, strike, years, sigma, static.rate, static.dividend)
        )

    bought, sold = of("09:31:00", 600.0, 0.2, 1, 10), of("10:00:00", 601.0, 0.3, -1, 5)
    assert found[0] == pytest.approx(-bought)  # the minute that ends as it trades holds it
    assert found[28] == pytest.approx(-bought)
    assert found[29] == pytest.approx(abs(bought + sold))
    assert found[148] == pytest.approx(abs(bought + sold))
    far = of("09:31:30", 603.0, 0.2, 1, 99)  # at 605 the others are out of reach
    assert found[149] == pytest.approx(-far)
    assert carry([daily(inputs, static)] * 21).gamma == tuple(found * 20)
