"""Simulated dates are read back as real ones are, and run end to end."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from penstock.events import Book, Quarantine, Trade
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import run_day
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.simulated import simulate_dates
from penstock.jobs.levels.sources import frames

DATES = (dt.date(2025, 12, 16), dt.date(2025, 12, 17))
SIZES = {"trades": 6_000, "books": 50_000, "options": 4_000}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulated")
    simulate_dates(out, DATES, seed=3, **SIZES)
    return out


def test_the_files_are_those_of_dates(folder):
    found = find(folder)
    assert [each.date for each in found] == list(DATES)
    for each in found:
        assert [len(p) for p in (each.trades, each.books, each.options, each.spy_quotes)] == [1] * 4


def test_a_trade_takes_from_the_best_price_of_the_book_before_it(folder):
    first = find(folder)[0]
    trades = pl.concat(frames(first.trades, Trade, Quarantine()))
    books = pl.concat(frames(first.books, Book, Quarantine()))
    assert abs(trades.height / SIZES["trades"] - 1) < 0.05
    assert books.height == SIZES["books"]
    place = np.searchsorted(books["time"].to_numpy(), trades["time"].to_numpy()) - 1
    known = place >= 0
    best = {
        side: books[name].to_numpy()[place]
        for side, name in ((1, "ask_price_0"), (-1, "bid_price_0"))
    }
    side = trades["side"].to_numpy()
    hit = np.where(side > 0, best[1], best[-1])
    assert (trades["price"].to_numpy()[known] == hit[known]).all()


def test_a_seed_gives_the_same_files_again(folder, tmp_path):
    again = simulate_dates(tmp_path, DATES[:1], seed=3, **SIZES)
    for path in again:
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_a_date_goes_on_from_the_one_before(folder):
    ends, starts = [], []
    for each in find(folder):
        trades = pl.concat(frames(each.trades, Trade, Quarantine()))["price"]
        starts.append(trades[0])
        ends.append(trades[-1])
    assert abs(starts[1] - ends[0]) < 2.0


def test_a_date_runs_from_its_files_to_gold(folder):
    day = run_day(find(folder)[0], Parameters(), Carry())
    assert day.signals.height == day.labels.height > 10
    assert day.signals["level_kind"].n_unique() > 4
    assert day.signals["fuel_call_gamma"].fill_nan(None).drop_nulls().len() > 0
    hours = pl.from_epoch(day.signals["ts_event_ns"], time_unit="ns").dt.replace_time_zone("UTC")
    local = hours.dt.convert_time_zone("America/New_York").dt.time()
    assert (local >= dt.time(9, 30)).all()
    assert (local < dt.time(16)).all()


def test_options_have_middles_that_their_volatilities_are_read_from(folder, tmp_path):
    whole = find(folder)[0]
    frame = pl.read_parquet(whole.options[0])
    apart = (frame["price"] - frame["mid"]).abs()
    assert ((apart - 0.01).abs() < 1e-9).mean() > 0.5  # at the bid or the ask
    path = tmp_path / whole.options[0].name
    frame.drop("mid").write_parquet(path)
    days = [
        run_day(each, Parameters(), Carry()) for each in (whole, replace(whole, options=(path,)))
    ]
    with_middles, without = (day.signals["fuel_put_gamma"].drop_nulls() for day in days)
    assert abs(with_middles.mean() / without.mean() - 1.0) > 1e-3
