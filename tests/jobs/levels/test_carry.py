"""What a date leaves to the next ones, worked out by hand."""

import datetime as dt

import polars as pl
import pytest
from tests.jobs.levels.market import at, es_books, es_trades, spy_quotes

from penstock.core.errors import DataError
from penstock.jobs.levels import facts as kept
from penstock.jobs.levels.carry import MOST, Carry, before, carry, contract, daily
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.parameters import Parameters

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
    assert found.lacking == []
    assert carry([]).lacking == Carry().lacking
    assert [lack[:9] for lack in Carry().lacking] == ["0 of 200 ", "0 of 400 "]


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
