"""The real hour of futures around Christmas: what is found, carried and shown, from either kind of book."""

import datetime as dt

import databento_dbn as dbn
import polars as pl
import pytest
import zstandard
from tests.events.dbn_files import shared

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import contract, daily
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.state import state

DAY = dt.date(2023, 12, 25)
ALL_DAY = Parameters(calendar="24/7@America/New_York", ratio="static")
START = 1_703_545_200_000_000_000  # 18:00 in New York, when trading begins
MINUTE = 60_000_000_000


@pytest.fixture(scope="module")
def folder():
    return shared("futures_dbn/esh4-glbx-mdp3-20231225.mbo.dbn.zst").parent


def of_day(folder, book):
    (inputs,) = (each for each in find(folder, book=book) if each.date == DAY)
    return inputs


def test_the_day_has_both_books_and_its_trades(folder):
    inputs = of_day(folder, None)
    assert (inputs.kind, len(inputs.trades), len(inputs.books)) == ("mbp-10", 1, 1)
    assert [path.name for path, _ in inputs.unused] == ["esh4-glbx-mdp3-20231225.mbo.dbn.zst"]
    assert contract(inputs, ALL_DAY) == "ESH4"


def test_the_bars_it_leaves_are_the_last_trades_of_two_minutes(folder):
    inputs = of_day(folder, None)
    left = daily(inputs, ALL_DAY)
    decoder = dbn.DBNDecoder()
    with zstandard.open(inputs.trades[0]) as file:
        decoder.write(file.read())
    last: dict[int, float] = {}
    for record in decoder.decode():
        if isinstance(record, dbn.TradeMsg):
            last[(record.ts_recv - START) // (2 * MINUTE)] = record.price / 1e9
    inside = [price for bar, price in sorted(last.items()) if 0 <= bar < 60]  # until 20:00
    assert left.trades["price"].to_list() == inside
    assert len(inside) >= 28


@pytest.mark.parametrize("minute", [5, 31, 58])
def test_both_kinds_of_book_show_the_same_zone(folder, minute):
    at = START + minute * MINUTE
    shown = [state([of_day(folder, book)], at, ALL_DAY) for book in ("mbo", "mbp-10")]
    assert shown[0].spot == shown[1].spot
    assert shown[0].zone.equals(shown[1].zone)
    assert shown[0].zone.filter("visible").height >= 10
    assert shown[0].zone["bid_size"].sum() > 0
    assert isinstance(shown[0].strikes, pl.DataFrame)
