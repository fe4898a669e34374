"""A real day of SPY's own trades alone, tick by tick: levels, touches and labels by brute force over all of them."""

import datetime as dt
import zipfile
from collections import Counter

import numpy as np
import polars as pl
import pytest
from tests.events.dbn_files import shared
from tests.jobs.levels.market import at

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import run_day
from penstock.jobs.levels.inputs import Inputs

DAY = dt.date(2013, 10, 7)
SINGLE = ("level_pm_high", "level_pm_low", "level_or_high", "level_or_low", "level_vwap")
OPEN, RANGE, CLOSE = (at(DAY, clock) for clock in ("09:30:00", "09:45:00", "16:00:00"))
HORIZON, THETA = 300 * 10**9, 0.20


@pytest.fixture(scope="module")
def ticks():
    """Time, price and size of each trade that is not suspicious."""
    with zipfile.ZipFile(shared("equity_ticks/spy_20131007_trade.zip")) as archive:
        rows = [line.split(",") for line in archive.read(archive.namelist()[0]).decode().split()]
    start = at(DAY, "00:00:00")
    kept = [(start + int(r[0]) * 10**6, int(r[1]) / 1e4, float(r[2])) for r in rows if r[5] == "0"]
    times, prices, sizes = (np.array(column) for column in zip(*kept, strict=True))
    return times.astype(np.int64), prices, sizes


@pytest.fixture(scope="module")
def day(ticks, tmp_path_factory):
    times, prices, sizes = ticks
    path = tmp_path_factory.mktemp("spy") / f"spy_trades_{DAY}.parquet"
    side = np.zeros(times.size, np.int64)
    columns = {
        "ts": times,
        "symbol": ["SPY"] * times.size,
        "price": prices,
        "size": sizes,
        "side": side,
    }
    pl.DataFrame(columns).write_parquet(path)
    return run_day(Inputs(DAY, spy_trades=(path,)), Parameters(), Carry())


def test_every_trade_of_the_day_is_read(day, ticks):
    assert day.counts["events"]["trades"] == ticks[0].size > 240_000
    assert day.counts["quarantined"] == {}


def test_levels_are_the_extremes_and_means_of_all_trades_before_a_touch(day, ticks):
    times, prices, sizes = ticks
    early = prices[times < OPEN]
    first = prices[(times >= OPEN) & (times < RANGE)]
    for row in day.signals.iter_rows(named=True):
        ts = row["ts_event_ns"]
        assert (row["level_pm_high"], row["level_pm_low"]) == (early.max(), early.min())
        opened = (first.max(), first.min()) if ts >= RANGE else (None, None)
        assert (row["level_or_high"], row["level_or_low"]) == opened
        # several trades share a millisecond: the mean is that of one of them
        last = np.flatnonzero(times <= ts)
        since = last[times[last] >= OPEN]
        paid, traded = np.cumsum(prices[since] * sizes[since]), np.cumsum(sizes[since])
        same = times[since] == ts
        assert np.isclose(row["level_vwap"], (paid / traded)[same], rtol=1e-12, atol=0).any()


def test_the_mean_is_of_the_last_closes_of_two_minutes(day, ticks):
    times, prices, _ = ticks
    bars = times // (120 * 10**9)
    last = np.flatnonzero(np.append(bars[1:] != bars[:-1], True))
    ends, closes = (bars[last] + 1) * 120 * 10**9, prices[last]
    known = 0
    for row in day.signals.iter_rows(named=True):
        ended = closes[ends <= row["ts_event_ns"]]
        if ended.size < 200:
            assert row["level_sma_200"] is None
        else:
            assert row["level_sma_200"] == pytest.approx(ended[-200:].mean(), rel=1e-12)
            known += 1
    assert 0 < known < day.signals.height


def test_each_touch_lies_within_the_band_and_comes_from_outside(day, ticks):
    times, prices, _ = ticks
    signals = day.signals
    assert signals.height > 50
    assert (abs(signals["spot"] - signals["level_price"]) <= 0.10 + 1e-9).all()
    assert signals["ts_event_ns"].is_between(OPEN, CLOSE).all()
    kinds = Counter(signals["level_kind"])
    assert {"ROUND", "VWAP", "SESSION_HIGH", "OR_HIGH", "SMA_200"} <= set(kinds)
    for row in signals.filter(pl.col("level_kind") == "ROUND").iter_rows(named=True):
        before = prices[times < row["ts_event_ns"]]
        outside = before[abs(before - row["level_price"]) > 0.10 + 1e-9][-1]
        assert row["direction"] == ("UP" if outside < row["level_price"] else "DOWN")


def test_labels_are_the_first_passage_over_all_later_trades(day, ticks):
    times, prices, _ = ticks
    told = Counter()
    for row, label in zip(
        day.signals.iter_rows(named=True),
        day.labels.fill_nan(None).iter_rows(named=True),
        strict=True,
    ):
        ts, level, spot = row["ts_event_ns"], row["level_price"], row["spot"]
        if ts + HORIZON > CLOSE:
            assert label["outcome"] is None
            continue
        d = 1.0 if row["direction"] == "UP" else -1.0
        # the touch is one of the trades of its millisecond: what came after it begins behind one of them
        starts = np.flatnonzero((times == ts) & (prices == spot)) + 1
        back = level if d * spot > d * level else spot
        possible = set()
        for start in starts:
            after = prices[start : np.searchsorted(times, ts + HORIZON, "right")]
            broke = np.flatnonzero(d * (after - level) >= THETA - 1e-9)
            bounced = np.flatnonzero(d * (after - back) <= -THETA + 1e-9)
            ends = (
                broke[0] if broke.size else after.size,
                bounced[0] if bounced.size else after.size,
            )
            possible.add(
                "CHOP" if ends[0] == ends[1] else "BREAK" if ends[0] < ends[1] else "BOUNCE"
            )
        if d * (spot - level) >= THETA - 1e-9:
            possible = {None}
        assert label["outcome"] in possible
        told[label["outcome"]] += 1
    assert set(told) == {"BREAK", "BOUNCE", "CHOP"}


def test_what_is_of_futures_and_options_is_null(day):
    empty = [
        name for name in day.signals.columns if day.signals[name].null_count() == day.signals.height
    ]
    assert {"barrier_state", "tape_imbalance", "tape_velocity", "wall_ratio", "gamma_exposure", "fuel_effect",
            "break_score_raw", "level_call_wall"} <= set(empty)  # fmt: skip
    assert not {
        *SINGLE,
        "spot",
        "session_position",
        "approach_velocity",
        "level_session_high",
    } & set(empty)
