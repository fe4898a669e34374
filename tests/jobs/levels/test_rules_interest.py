"""Walls and the gamma flip by open interest, on a few contracts written by hand."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest
from tests.jobs.levels.script import SECOND, Script, gamma, row, stamp
from tests.jobs.levels.test_day import played

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import run_day
from penstock.jobs.levels.inputs import Inputs, find
from penstock.jobs.levels.live import LiveDay
from penstock.jobs.levels.live_touches import TOUCH
from penstock.jobs.levels.manifest import run_key
from penstock.jobs.levels.simulated import simulate_dates

BASE = 600.3  # where the price waits between touches
WALLS = Parameters(ratio="static", wall_mode="oi")
FLIP = Parameters(ratio="static", flip_from="oi")
BOTH = Parameters(wall_mode="oi", flip_from="oi")
FRIDAY = dt.date(2025, 12, 19)


def probed(script: Script, **probes: float) -> Script:
    """Trades that touch a level at some minutes, and go back."""
    script.trade("09:40:00", BASE)
    for clock, price in probes.items():
        at = f"{clock[1:3]}:{clock[3:]}"
        script.trade(f"{at}:00", price)
        script.trade(f"{at}:59", BASE)
    return script


def walls(day, clock: str) -> tuple[float | None, float | None]:
    found = day.signals.filter(pl.col("ts_event_ns") == stamp(clock)).row(0, named=True)
    assert (found["fuel_call_wall"], found["fuel_put_wall"]) == (
        found["level_call_wall"],
        found["level_put_wall"],
    )
    return found["level_call_wall"], found["level_put_wall"]


def worth(spot: float, strike: float, contracts: float, clock: str, sigma: float = 0.2) -> float:
    """Dollars that dealers' delta changes by when the price moves by one percent."""
    return contracts * gamma(spot, strike, clock, sigma) * 100 * spot**2 * 0.01


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """Open interest in the morning, volatilities as options trade, and a number that is published late."""
    script = probed(
        Script(), _0950=599.05, _1002=600.95, _1006=601.95, _1014=599.95, _1016=602.95, _1020=603.95, _1030=600.95
    )  # fmt: skip
    for strike, contracts in ((602, 5_000), (603, 9_000), (604, 90_000)):
        script.interest("06:30:00", strike, 1, contracts)
    script.interest("06:30:00", 599, 1, 50_000)  # a call below the price is no call wall
    script.interest("06:30:00", 598, -1, 7_000)
    script.interest("06:30:00", 597, -1, 800_000, expires=FRIDAY)  # of no option of the day
    script.interest("10:15:00", 602, 1, 12_000)
    for strike, right in ((602, 1), (598, -1), (597, -1), (599, 1)):
        script.option("10:00:30", strike, right, 1)
    script.option(
        "10:05:30", 603, -1, 1
    )  # a volatility is that of the strike, whichever right traded
    script.interest("10:19:30", 604, 1, 0)
    script.option("10:19:40", 604, 1, 1)
    return script.day(tmp_path_factory.mktemp("interest"), WALLS)


def test_a_strike_without_a_volatility_does_not_count(day):
    assert walls(day, "09:50:00") == (None, None)  # nothing has traded in options
    assert walls(day, "10:02:00") == (602.0, 598.0)  # 603 and 604 hold more, and have not traded


def test_the_wall_is_where_most_is_open_times_gamma_and_a_day_is_its_own(day):
    # of 602 and 603 the second holds more once it has a volatility; 604 has none yet
    spot = 601.95
    assert worth(spot, 603, 9_000, "10:06:00") > 1.1 * worth(spot, 602, 5_000, "10:06:00")
    # 800,000 puts of 597 expire on another day
    assert walls(day, "10:06:00") == (603.0, 598.0)


def test_a_number_counts_from_when_it_was_published(day):
    assert walls(day, "10:14:00")[0] == 603.0
    spot = 599.95
    assert worth(spot, 602, 12_000, "10:14:00") > 1.1 * worth(spot, 603, 9_000, "10:14:00")
    # from 10:15 602 holds more; at 602.95 it is not on its side
    assert walls(day, "10:16:00")[0] == 603.0
    assert walls(day, "10:30:00")[0] == 602.0


def test_nothing_open_is_no_wall(day):
    assert walls(day, "10:20:00") == (
        None,
        598.0,
    )  # of 604, the last strike above the price, none is open


def test_gamma_is_valued_at_the_price_of_each_trade(tmp_path):
    script = probed(Script(), _1002=600.95, _1006=601.95, _1010=599.95)
    script.interest("06:30:00", 602, 1, 1_000)
    script.interest("06:30:00", 606, 1, 3_000)
    for strike in (602, 606):
        script.option("10:00:30", strike, 1, 1)
    day = script.day(tmp_path, WALLS)
    found = {}
    for clock, spot in (("10:02:00", 600.95), ("10:06:00", 601.95), ("10:10:00", 599.95)):
        held = {k: worth(spot, k, n, clock) for k, n in ((602, 1_000), (606, 3_000))}
        found[clock] = held[606] / held[602]
        assert found[clock] < 1 / 1.1 or found[clock] > 1.1
    # nothing traded in options between these: the price alone moves the wall
    wanted = [606.0 if ratio > 1.0 else 602.0 for ratio in found.values()]
    assert [walls(day, clock)[0] for clock in found] == wanted == [602.0, 606.0, 602.0]


@pytest.mark.parametrize(("more", "wall"), [(1.09, 602.0), (1.11, 603.0)])
def test_a_wall_gives_way_to_a_tenth_more_at_once(more, wall, tmp_path):
    script = probed(Script(), _1002=600.95)
    script.trade("10:01:00", BASE)  # when 602 is the only one
    clock, spot = "10:02:00", 600.95
    share = gamma(spot, 602, clock) / gamma(spot, 603, clock)
    script.interest("06:30:00", 602, 1, 1_000)
    script.interest(clock, 603, 1, 1_000 * share * more)  # at the time of the trade it is known
    for strike in (602, 603):
        script.option("10:00:30", strike, 1, 1)
    assert walls(script.day(tmp_path, WALLS), clock)[0] == wall


def test_a_wall_holds_at_least_what_the_parameter_says(tmp_path):
    clock, spot = "10:02:00", 600.95
    script = probed(Script(), _1002=spot)
    script.interest("06:30:00", 602, 1, 1_000)
    script.option("10:00:30", 602, 1, 1)
    held = worth(spot, 602, 1_000, clock)
    for share, wall in ((1 - 1e-9, 602.0), (1 + 1e-9, None)):
        parameters = Parameters(ratio="static", wall_mode="oi", wall_least=held * share)
        assert walls(script.day(tmp_path, parameters), clock)[0] == wall


def hedged(script: Script) -> Script:
    """As many calls open of 604 as puts of 597, and more of an option that expires later."""
    script.interest("06:30:00", 604, 1, 1_000)
    script.interest("06:30:00", 597, -1, 1_000)
    script.interest("06:30:00", 600, 1, 90_000, expires=FRIDAY)
    for strike in (597, 600, 604):
        script.option("10:20:00", strike, 1, 10)
    return script


def test_the_flip_is_where_calls_and_puts_that_are_open_have_the_same_gamma(tmp_path):
    day = hedged(probed(Script(), _1002=600.95, _1024=599.95)).day(tmp_path, FLIP)
    # as by flow: equal sizes and volatilities; valued at 10:24:00, the whole minute
    years = (stamp("16:00:00") - stamp("10:24:00")) / (365 * 86_400 * SECOND)
    flip = math.sqrt(604 * 597) * math.exp(-(0.045 - 0.013 + 0.2**2 / 2) * years)
    found = row(day, "10:24:00", "ROUND_600")
    assert found["level_gamma_flip"] == found["fuel_hvl"] == pytest.approx(flip, abs=1e-9)
    assert row(day, "10:02:00", "ROUND_601")["level_gamma_flip"] is None  # no volatility yet
    assert found["level_call_wall"] is None  # walls go by what was traded, which is too little


def test_the_sign_from_strike_to_strike_is_that_of_open_interest(tmp_path):
    parameters = Parameters(ratio="static", flip_from="oi", flip_mode="strike_cross")
    day = hedged(probed(Script(), _1024=599.95)).day(tmp_path, parameters)
    below, above = (gamma(BASE, k, "10:24:00") for k in (597, 604))
    wanted = 597 + (604 - 597) * below / (below + above)
    # valued at 10:24:00, before the trade of that time
    assert row(day, "10:24:00", "ROUND_600")["level_gamma_flip"] == pytest.approx(wanted, abs=1e-9)


def test_without_the_file_walls_and_flip_are_null(tmp_path):
    script = probed(Script(), _1002=600.95)
    script.option("10:00:30", 602, 1, 9_000, side=1)
    script.option("10:00:30", 598, -1, 9_000, side=-1)
    by_flow = script.day(tmp_path, Parameters(ratio="static"))
    assert walls(by_flow, "10:02:00") == (602.0, 598.0)
    parameters = Parameters(ratio="static", wall_mode="oi", flip_from="oi")
    bare = script.day(tmp_path, parameters)
    assert walls(bare, "10:02:00") == (None, None)
    assert bare.signals["level_gamma_flip"].null_count() == bare.signals.height


def test_a_date_is_made_again_for_open_interest_only_where_it_is_read():
    def key(parameters: Parameters, contents: str) -> str:
        files = [{"role": "trades", "sha256": "t"}, {"role": "open_interest", "sha256": contents}]
        return run_key(files, parameters, "f", "c")

    assert key(Parameters(), "one") == key(Parameters(), "two")
    for parameters in (WALLS, FLIP):
        assert key(parameters, "one") != key(parameters, "two")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> Inputs:
    """A simulated date."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate_dates(
        folder, [dt.date(2025, 12, 16)], trades=3_000, books=12_000, options=3_000, seed=3
    )
    return find(folder)[0]


def test_a_simulated_date_has_walls_and_a_flip_of_its_own(simulated):
    flow, day = (run_day(simulated, parameters, Carry()) for parameters in (Parameters(), BOTH))
    assert flow.counts["events"]["interest"] == 0  # what nothing reads is not read
    assert day.counts["events"]["interest"] == pl.read_parquet(simulated.open_interest[0]).height
    for name in ("level_call_wall", "level_put_wall", "level_gamma_flip"):
        assert day.signals[name].drop_nulls().len() > 10
    assert set(day.signals["level_call_wall"].drop_nulls()) != set(
        flow.signals["level_call_wall"].drop_nulls()
    )


def test_blocks_and_single_events_give_the_bits_of_history(simulated):
    whole = played(simulated, BOTH, 10_000)
    assert len(whole) > 20
    assert np.array_equal(whole, played(simulated, BOTH, 97, capacity=64))
    for at in (len(whole) // 3, len(whole) - 1):
        cut = played(simulated, BOTH, 10_000, until=int(whole[at, 0]))
        assert len(cut) > at
        assert np.array_equal(cut, whole[: len(cut)])


def test_live_says_the_rows_of_a_run(simulated):
    made = LiveDay(simulated, BOTH, Carry(), lambda: 0)
    said = [row for found in made.events() for kind, row in found if kind == TOUCH]
    assert said == run_day(simulated, BOTH, Carry()).signals.to_dicts()


def test_what_is_published_later_changes_nothing_before(simulated, tmp_path):
    told = pl.read_parquet(simulated.open_interest[0])
    noon = stamp("12:00:00")
    # other numbers at noon, far from those of the morning
    later = told.with_columns(ts=pl.lit(noon), contracts=pl.col("contracts").reverse() * 50.0)
    path = tmp_path / "spy_open_interest_2025-12-16.parquet"
    pl.concat([told, later]).write_parquet(path)
    one, two = (
        run_day(Inputs(simulated.date, simulated.trades, simulated.books, options=simulated.options,
                       open_interest=(source,), spy_quotes=simulated.spy_quotes), BOTH, Carry()).signals
        for source in (simulated.open_interest[0], path)
    )  # fmt: skip
    before = pl.col("ts_event_ns") < noon
    assert one.filter(before).height > 10
    assert one.filter(before).equals(two.filter(before))
    flips = [day.filter(~before).select("ts_event_ns", "level_gamma_flip") for day in (one, two)]
    assert not flips[0].equals(flips[1])
