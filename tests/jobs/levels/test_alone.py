"""Dates without futures, or without their book: what is known is as with them, and what is theirs is null."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.jobs.levels.hand import touches
from tests.jobs.levels.market import at, es_trades, options, spy_quotes, written
from tests.jobs.levels.script import DATE, Script, gamma, row, stamp, touched

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import gold, manifest
from penstock.jobs.levels.carry import Carry, before, carry, daily
from penstock.jobs.levels.dates import look_ahead, run_dates
from penstock.jobs.levels.day import run_day
from penstock.jobs.levels.inputs import Inputs, find
from penstock.jobs.levels.live import LiveDay
from penstock.jobs.levels.live_touches import TOUCH
from penstock.jobs.levels.run import task
from penstock.jobs.levels.scene import scene
from penstock.jobs.levels.simulated import simulate_dates
from penstock.jobs.levels.state import state

OF_BOOK = (
    "barrier_state", "barrier_delta_liq", "barrier_replenishment_ratio", "barrier_added", "barrier_canceled",
    "barrier_filled", "barrier_zone_coverage", "wall_ratio", "depth_in_zone", "churn", "liquidity_score",
)  # fmt: skip
OF_TAPE = (
    "tape_imbalance", "tape_buy_vol", "tape_sell_vol", "tape_velocity", "tape_price_velocity", "tape_sweep_detected",
    "tape_sweep_direction", "tape_sweep_notional", "tape_score",
)  # fmt: skip
SCORED = ("break_score_raw", "break_score_smooth", "signal", "runway_direction", "runway_next_level_price",
          "runway_distance", "runway_quality")  # fmt: skip
WEDNESDAY = dt.date(2025, 12, 17)


def known(frame: pl.DataFrame, names: tuple[str, ...]) -> list[str]:
    """The columns that hold anything but null."""
    return [name for name in names if frame[name].null_count() < frame.height]


def told(ratio: float) -> Script:
    """A day of a few touches, with options; VWAP and the range of the opening are levels too."""
    script = Script(ratio=ratio)
    script.path(("09:00:00", 598.25), ("09:10:00", 601.75), ("09:31:00", 599.5))
    script.trade("09:40:00", 599.45, 3)
    script.option("09:50:00", 600, 1, 400, side=1)
    script.option("09:50:00", 599, -1, 200, side=-1)
    script.path(
        ("10:00:59", 599.5),
        ("10:01:00", 599.95),
        ("10:01:01", 600.5),
        ("10:02:00", 601.7),
        ("10:05:30", 601.5),
    )
    script.path(("10:20:00", 600.02), ("10:20:30", 599.4))
    return script


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """The day by futures at ten times the price, and by the underlying's own trades."""
    folder = tmp_path_factory.mktemp("told")
    (folder / "own").mkdir()
    (folder / "es").mkdir()
    own = told(1.0).inputs(folder / "own")
    own = replace(own, spy_trades=own.trades, trades=())
    return told(10.0).day(folder / "es"), run_day(own, Parameters(), Carry())


def test_the_underlyings_own_trades_touch_what_futures_at_a_fixed_ratio_touch(days):
    futures, own = (day.signals for day in days)
    assert touched(days[1]) == touched(days[0])
    assert ("10:01:00", "CALL_WALL", "UP") in touched(days[1])
    assert own["event_id"].to_list() == futures["event_id"].to_list()
    of_futures = {*OF_BOOK, *OF_TAPE, *SCORED, "confidence"}
    for name in set(futures.columns) - of_futures:
        if futures.schema[name] == pl.Float64:
            pairs = zip(own[name], futures[name], strict=True)
            assert all(a == b or a == pytest.approx(b, rel=1e-12) for a, b in pairs), name
        else:
            assert own[name].to_list() == futures[name].to_list(), name
    mine, theirs = (day.labels.fill_nan(None) for day in days[::-1])
    assert mine["outcome"].to_list() == theirs["outcome"].to_list()
    assert set(mine["outcome"]) == {"BREAK", "BOUNCE", "CHOP"}
    for name in ("future_price_5min", "excursion_max", "excursion_min"):
        assert mine[name].is_null().equals(theirs[name].is_null())
        values = (frame[name].drop_nulls().to_list() for frame in (mine, theirs))
        assert next(values) == pytest.approx(next(values), rel=1e-9), name
        assert mine[name].null_count() < mine.height


def test_what_is_of_the_futures_is_null_and_the_score_is_that_of_options_alone(days):
    own = days[1].signals
    assert known(own, (*OF_BOOK, *OF_TAPE)) == []
    assert known(days[0].signals, OF_TAPE) == list(OF_TAPE)
    assert set(own["confidence"]) == {"LOW"}
    found = row(days[1], "10:01:00", "CALL_WALL")
    # dealers are short 400 calls and long 200 puts
    calls, puts = gamma(599.45, 600, "09:50:00"), gamma(599.45, 599, "09:50:00")
    assert found["gamma_exposure"] == pytest.approx(100 * (200 * puts - 400 * calls))
    assert found["fuel_effect"] == "NEUTRAL"
    assert (found["hedge_score"], found["break_score_raw"], found["break_score_smooth"]) == (
        50.0,
        50.0,
        50.0,
    )
    assert found["runway_direction"] == "UP"


def test_by_bar_the_same_is_touched_and_the_literal_ratio_is_of_futures_alone(tmp_path):
    (tmp_path / "own").mkdir()
    literal = Parameters.preset("requirement")
    own = told(1.0).inputs(tmp_path / "own")
    alone = run_day(replace(own, spy_trades=own.trades, trades=()), literal, Carry())
    futures = told(10.0).day(tmp_path, literal)
    assert len(touched(alone)) > 3
    assert touched(alone) == touched(futures)
    assert alone.signals["spot"].to_list() == pytest.approx(futures.signals["spot"].to_list())
    assert known(alone.signals, (*OF_BOOK, *OF_TAPE)) == []
    assert known(futures.signals, ("tape_velocity", "tape_score")) == [
        "tape_velocity",
        "tape_score",
    ]


def test_hedging_that_amplifies_is_the_whole_score(tmp_path):
    own = told(1.0).inputs(tmp_path)
    own = replace(own, spy_trades=own.trades, trades=())
    found = row(run_day(own, Parameters(fuel_threshold=1.0), Carry()), "10:01:00", "CALL_WALL")
    assert (found["fuel_effect"], found["hedge_score"], found["break_score_raw"]) == (
        "AMPLIFY",
        100.0,
        100.0,
    )


def test_without_options_nothing_scores_and_levels_are_touched(tmp_path):
    own = told(1.0).inputs(tmp_path)
    day = run_day(replace(own, spy_trades=own.trades, trades=(), options=()), Parameters(), Carry())
    assert ("10:01:00", "ROUND_600", "UP") in touched(day)
    assert known(day.signals, ("break_score_raw", "break_score_smooth", "hedge_score")) == []
    assert set(day.signals["confidence"]) == {"LOW"}


def test_quotes_say_prices_at_their_middle_and_no_volumes(tmp_path):
    script = Script()
    for clock, middle in (
        ("09:40:00", 599.5),
        ("10:00:30", 599.5),
        ("10:01:00", 599.95),
        ("10:02:00", 600.6),
    ):
        script.quote(clock, middle)
    one_sided = (stamp("10:00:45"), "SPY", float("nan"), 0.0, 600.0, 1.0)
    script.quotes.append(one_sided)
    day = run_day(script.inputs(tmp_path), Parameters(), Carry())
    assert touched(day) == [("10:01:00", "ROUND_600", "UP")]
    found = row(day, "10:01:00")
    assert found["spot"] == pytest.approx(599.95)
    assert found["level_vwap"] is None
    assert found["dist_to_vwap"] is None
    assert day.counts["events"]["trades"] == 4  # a quote of one side says no price
    (outcome,) = day.labels.rows(named=True)
    assert (outcome["outcome"], outcome["excursion_max"]) == ("BREAK", pytest.approx(0.6))


def of_options(folder, prices):
    """Option trades with the underlying's price."""
    script = Script()
    for clock, _ in prices:
        script.option(clock, 600, 1, 10)
    inputs = script.inputs(folder)
    frame = pl.read_parquet(inputs.options[0])
    frame.with_columns(underlying=pl.Series([price for _, price in prices])).write_parquet(
        inputs.options[0]
    )
    return inputs


def test_options_say_the_underlyings_price_where_nothing_else_does(tmp_path):
    steps = [
        ("09:40:00", 599.5),
        ("10:00:30", float("nan")),
        ("10:01:00", 599.95),
        ("10:02:00", 600.6),
    ]
    day = run_day(of_options(tmp_path, steps), Parameters(), Carry())
    assert touched(day) == [("10:01:00", "ROUND_600", "UP")]
    assert day.counts["events"]["trades"] == 3
    assert row(day, "10:01:00")["hedge_score"] == 50.0
    assert known(day.signals, (*OF_BOOK, *OF_TAPE)) == []


def test_options_that_say_no_price_touch_nothing_and_the_manifest_says_why(tmp_path):
    raw, out = tmp_path / "raw", tmp_path / "out"
    options(raw, DATE, [("10:00:00", 600, 1, 1, 0.2, 3), ("10:30:00", 601, -1, -1, 0.2, 4)])
    asked = task(raw, out, Parameters())
    (ahead,) = look_ahead(asked)
    assert ahead.is_well
    said = [note for note in ahead.notes if note.startswith("no futures")]
    assert said[0].startswith("no futures: barrier and tape are null")
    (made,) = run_dates(asked, lambda *_: None)
    assert (made.status, made.rows) == ("made", 0)
    assert made.notes[-1] == "no touches: no file says a price of the underlying"
    signals, labels = gold.read_date(out, DATE)
    assert (signals.height, labels.height) == (0, 0)
    assert signals.columns == touches(0).columns
    written_ = manifest.read_manifest(out, DATE)
    assert written_["notes"] == list(made.notes)
    assert (written_["book"], written_["parameters"]["spot_source"]) == (None, "own")
    assert (written_["asked"]["spot_source"], written_["parameters"]["ratio_static"]) == ("es", 1.0)
    strikes = state(find(raw), at(DATE, "12:00:00"), Parameters()).strikes
    assert strikes.select("strike", "volume").rows() == [(600.0, 3.0), (601.0, 4.0)]


def test_the_state_has_the_underlyings_own_price(tmp_path):
    spy_quotes(tmp_path, DATE, [("10:00:00", 599.9, 600.1), ("10:05:00", 601.9, 602.1)])
    options(tmp_path, DATE, [("10:01:00", 600, 1, 1, 0.2, 3)])
    found = state(find(tmp_path), at(DATE, "10:02:00"), Parameters())
    assert (found.spot, found.ratio, found.zone.height) == (600.0, 1.0, 0)
    assert found.strikes["gamma"].item() == pytest.approx(3 * 100 * gamma(600.0, 600, "10:01:00"))


def test_futures_without_a_book_have_a_tape_and_no_barrier(tmp_path):
    script = told(10.0)
    day = script.day(tmp_path, Parameters())  # quotes there are none either
    assert known(day.signals, OF_BOOK) == []
    assert known(day.signals, OF_TAPE) == list(OF_TAPE)
    found = row(day, "10:01:00", "CALL_WALL")
    # weights of the two that are known: 0.35 and 0.20
    whole = (0.35 * found["hedge_score"] + 0.20 * found["tape_score"]) / 0.55
    assert found["break_score_raw"] == pytest.approx(whole)
    assert found["confidence"] == "LOW"


def test_futures_without_a_book_run_and_the_ratio_is_the_static_one(tmp_path):
    raw, out = tmp_path / "raw", tmp_path / "out"
    es_trades(raw, DATE, [("10:00:30", 5995), ("10:01:00", 5999.5), ("10:02:00", 6005)])
    spy_quotes(raw, DATE, [("10:00:00", 500.0, 500.1)])  # the ratio of nobody knows which book
    (made,) = run_dates(task(raw, out, Parameters()), lambda *_: None)
    assert made.status == "made"
    assert "no order book: the barrier is null, and the ratio is the static one" in made.notes
    signals, _ = gold.read_date(out, DATE)
    assert signals.select("spot", "level_id").rows() == [(599.95, "ROUND_600")]
    assert scene(out, signals["event_id"].item()).trades["price"].to_list() == [
        599.5,
        599.95,
        600.5,
    ]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Two simulated dates, and the same without the futures' files."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate_dates(
        folder / "raw", (DATE, WEDNESDAY), trades=2_000, books=8_000, options=1_000, seed=5
    )
    for path in (folder / "raw").iterdir():
        if "spy" in path.name:
            (folder / "alone").mkdir(exist_ok=True)
            (folder / "alone" / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def runs(simulated):
    """The second date, warmed up by the first, from quotes and options alone; and what it was made of."""
    first, second = find(simulated / "alone")
    carried = carry([daily(first, Parameters())])
    return second, carried, run_day(second, Parameters(), carried)


def test_a_date_is_warmed_up_by_one_that_has_no_futures_either(runs, simulated):
    _, carried, day = runs
    assert carried.trades.height > 150
    assert (carried.contract, carried.spy.height, carried.book_mids.height) == ("", 0, 0)
    quotes = pl.read_parquet(find(simulated / "alone")[0].spy_quotes[0])
    last = quotes.select((pl.col("bid_price") + pl.col("ask_price")) / 2)[-1].item()
    assert carried.trades["price"][-1] == pytest.approx(last, abs=0.05)
    assert day.signals["level_sma_200"].null_count() < day.signals.height
    assert day.signals.height > 10
    assert known(day.signals, (*OF_BOOK, *OF_TAPE, "level_vwap")) == []
    assert known(day.signals, SCORED) == list(SCORED)


def test_dealers_gamma_of_a_date_without_futures_is_near_its_own_prices(simulated):
    quantile = Parameters(fuel_quantile=0.6)
    (alone, _), (both, _) = find(simulated / "alone"), find(simulated / "raw")
    own, futures = daily(alone, quantile).gamma["gamma"], daily(both, quantile).gamma["gamma"]
    assert own.len() == futures.len() == 390
    assert own[-1] > 0.0
    # the future over the ratio of the day's end lies some cents from the underlying
    assert np.corrcoef(own.to_numpy(), futures.to_numpy())[0, 1] > 0.9


def said(inputs: Inputs, carried: Carry, until: int | None = None) -> list[dict]:
    """The touches of a date as they happen."""
    made = LiveDay(inputs, Parameters(), carried, lambda: 0)
    return [row for found in made.events(until) for kind, row in found if kind == TOUCH]


@pytest.mark.slow
def test_live_says_the_rows_of_history_and_nothing_of_the_future(runs):
    second, carried, day = runs
    rows = day.signals.rows(named=True)
    assert said(second, carried) == rows
    cut = day.signals["ts_event_ns"][day.signals.height // 2]
    assert said(second, carried, cut) == [each for each in rows if each["ts_event_ns"] <= cut]


def test_files_that_end_earlier_give_the_same_rows_up_to_there(runs, tmp_path):
    second, carried, day = runs
    cut = day.signals["ts_event_ns"][day.signals.height // 2]
    whole = {"options": second.options, "spy_quotes": second.spy_quotes}
    for role, (path,) in whole.items():
        frame = pl.read_parquet(path).filter(pl.col("ts") <= cut)
        whole[role] = (written(tmp_path / path.name, frame),)
    less = run_day(replace(second, **whole), Parameters(), carried)
    assert less.signals.equals(day.signals.filter(pl.col("ts_event_ns") <= cut), null_equal=True)
    assert 5 < less.signals.height < day.signals.height


def test_own_prices_can_be_asked_for_though_there_are_futures(runs, simulated):
    _, carried, day = runs
    both = find(simulated / "raw")[1]
    own = run_day(both, Parameters(spot_source="own"), carried)
    assert own.signals.equals(day.signals, null_equal=True)
    assert own.counts["events"] == day.counts["events"]


def test_closes_of_futures_and_of_the_underlying_are_not_mixed(simulated):
    alone, raw = find(simulated / "alone"), find(simulated / "raw")
    chain, why = before([raw[0], alone[1]], WEDNESDAY, "XNYS")
    assert (chain, why) == (
        [],
        f"{DATE} has futures, and this date has none: their closes are not of one price",
    )
    chain, why = before([alone[0], raw[1]], WEDNESDAY, "XNYS")
    assert (chain, why) == (
        [],
        f"{DATE} has no futures, and this date has them: their closes are not of one price",
    )
    assert before(alone, WEDNESDAY, "XNYS")[0] == [alone[0]]
