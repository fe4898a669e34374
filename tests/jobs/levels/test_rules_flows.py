"""The tape and the options near a level, rule by rule, on trades written by hand."""

import pytest
from tests.jobs.levels.script import SECOND, Script, gamma, row, stamp

# Each scene ends with a buyer's contract at T, 0.10 below its own level, which touches it from below; what came before:
# (seconds before T, dollars from the level, contracts, side). A sweep is of 10 million dollars: 34 contracts
# at 6000 points and 50 dollars a point.
SWEEPS = {
    # 12 + 12 + 12 contracts at three prices, 100 ms apart, which is still together
    "bought": ([(1.2, -0.3, 12, 1), (1.1, -0.275, 12, 1), (1.0, -0.25, 12, 1)], 1),
    "sold": ([(1.2, -0.3, 12, -1), (1.1, -0.325, 12, -1), (1.0, -0.35, 12, -1)], -1),
    # a nanosecond more than 100 ms parts the last from the others
    "apart": ([(1.2, -0.3, 20, 1), (1.1, -0.275, 20, 1), (0.999999999, -0.25, 20, 1)], 0),
    "two prints": ([(1.2, -0.3, 30, 1), (1.1, -0.275, 30, 1)], 0),
    "one price": ([(1.2, -0.3, 20, 1), (1.1, -0.3, 20, 1), (1.0, -0.3, 20, 1)], 0),
    # E3-18: 30 contracts are some 9 million
    "small": ([(1.2, -0.3, 10, 1), (1.1, -0.275, 10, 1), (1.0, -0.25, 10, 1)], 0),
    # another aggressor ends a run
    "answered": (
        [(1.2, -0.3, 20, 1), (1.1, -0.275, 20, 1), (1.05, -0.275, 1, -1), (1.0, -0.25, 20, 1)], 0
    ),
    # 0.525 away is out of the band of 0.50: two prints are left
    "outside": ([(1.2, -0.525, 20, 1), (1.1, -0.275, 20, 1), (1.0, -0.25, 20, 1)], 0),
    # the larger of two counts: 3 * 20 sold before 3 * 12 bought
    "larger": (
        [
            (3.2, -0.3, 20, -1), (3.1, -0.325, 20, -1), (3.0, -0.35, 20, -1),
            (1.2, -0.3, 12, 1), (1.1, -0.275, 12, 1), (1.0, -0.25, 12, 1),
        ], -1,
    ),
    # 5 s ago is before the window
    "old": ([(5.1, -0.3, 20, 1), (5.05, -0.275, 20, 1), (5.0, -0.25, 20, 1)], 0),
}  # fmt: skip


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory):
    script = Script()
    script.trade("09:31:00", 550.5, 1e6)
    for number, (prints, _) in enumerate(SWEEPS.values()):
        level, end = 600 + 2 * number, stamp("10:00:00") + number * 180 * SECOND
        for before, away, size, side in ((60, -0.6, 1, 1), *prints, (0, -0.1, 1, 1)):
            time = end - round(before * SECOND)
            script.trades.append((time, "ESH6", 10 * (level + away), float(size), side))
    return script.day(tmp_path_factory.mktemp("sweeps"))


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_is_a_fast_run_of_one_side_that_is_large_enough(sweeps, name):
    number = list(SWEEPS).index(name)
    prints, way = SWEEPS[name]
    level = 600 + 2 * number
    found = sweeps.signals.filter(sweeps.signals["level_id"] == f"ROUND_{level}").row(0, named=True)
    assert found["tape_sweep_detected"] == (way != 0)
    assert found["tape_sweep_direction"] == {1: "UP", -1: "DOWN", 0: "NONE"}[way]
    mine = [p for p in prints if p[3] == way]
    notional = sum(50 * 10 * (level + away) * size for _, away, size, _ in mine)
    assert found["tape_sweep_notional"] == pytest.approx(notional)


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    script = Script()
    script.trade("09:31:00", 550.5, 1e6)
    script.trade("09:59:00", 598.5)
    script.trade("10:00:00", 599.7, 9)  # at T - 5 s: out of the window
    script.trade("10:00:00.000000001", 599.7, 4, -1)
    script.trade("10:00:01", 599.5, 5)  # 0.50 away: in the band
    script.trade("10:00:01.5", 599.475, 100)  # 0.525 away: not, but a trade
    script.book("10:00:02", {5995: 1}, {5997: 1})  # its middle is 5996
    script.trade("10:00:03", 599.7, 7, 0)  # no side: above the middle, bought
    script.trade("10:00:03.5", 599.55, 2, 0)  # below it, sold
    script.trade("10:00:04", 599.6, 50, 0)  # at it, nobody knows
    script.trade("10:00:05", 599.9, 1)
    # three trades a second apart, and one that is three seconds old and so no part of the slope
    script.path(("10:10:00", 603.0), ("10:10:01", 601.6), ("10:10:02", 601.7), ("10:10:03", 601.9))
    return script.day(tmp_path_factory.mktemp("tape"))


def test_what_is_bought_and_sold_is_of_the_band_and_the_window(tape):
    found = row(tape, "10:00:05", "ROUND_600")
    assert (found["tape_buy_vol"], found["tape_sell_vol"]) == (5 + 7 + 1, 4 + 2)
    assert found["tape_imbalance"] == pytest.approx((13 - 6) / (13 + 6))


def test_trades_a_second_are_of_all_prices_and_sides(tape):
    # 10:00:00.000000001 to 10:00:05: seven trades in five seconds
    assert row(tape, "10:00:05", "ROUND_600")["tape_velocity"] == pytest.approx(7 / 5)


def test_the_slope_is_of_least_squares_in_dollars_a_second(tape):
    # E3-21: times -1, 0, 1 and prices 601.6, 601.7, 601.9: (601.9 - 601.6) / 2
    assert row(tape, "10:10:03", "ROUND_602")["tape_price_velocity"] == pytest.approx(0.15)


def test_nothing_on_the_tape_is_zero_and_without_options_nothing_is_known_of_hedging(tmp_path):
    script = Script()
    script.path(("10:00:00", 598.5), ("10:01:00", 599.0))
    script.trade("10:02:00", 599.9, 3, 0)
    found = row(script.day(tmp_path), "10:02:00", "ROUND_600")
    assert [found[f"tape_{name}"] for name in ("buy_vol", "sell_vol", "imbalance")] == [0, 0, 0.0]
    names = "gamma_exposure", "fuel_effect", "fuel_call_gamma", "hedge_score"
    assert [found[name] for name in names] == [None] * 4


BASE = 601.3


@pytest.fixture(scope="module")
def fuel(tmp_path_factory):
    script = Script()
    script.trade("09:31:00", 550.5, 1e6)
    script.trade("09:59:00", BASE)
    script.option("09:00:00", 600, 1, 1e6, side=1)  # the market is closed: not counted
    script.trade("10:01:59", 600.5)
    # customers buy 100 calls of 600, sell 60 puts of 598, and 40 calls of 599 have no side
    script.option("10:02:00", 600, 1, 100, side=1)
    script.option("10:02:00", 598, -1, 60, side=-1)
    script.option("10:02:00", 599, 1, 40, side=0)
    script.option("10:02:00", 602.5, 1, 5_000, side=1)  # 2.5 from 600, 3.5 from 599: not near them
    script.trade("10:03:00", 600.1)
    # the dealers are short 900 calls more at 600, and then long 5000 puts at 599
    script.option("10:04:00", 600, 1, 900, side=1)
    script.trade("10:05:00", 599.1)
    script.trade("10:05:59", 598.5)
    script.option("10:06:00", 599, -1, 5_000, side=-1)
    script.trade("10:07:00", 598.1)
    # half a minute before the end, as if there was a minute
    script.trade("15:58:00", 610.3)
    script.option("15:59:30", 610, 1, 10, side=1)
    script.trade("15:59:45", 610.1)
    return script.day(tmp_path_factory.mktemp("fuel"))


def test_dealers_hold_the_other_side_of_what_customers_do(fuel):
    found = row(fuel, "10:03:00", "STRIKE_600")
    bought, sold, unknown = (100 * gamma(600.5, k, "10:02:00") for k in (600, 598, 599))
    assert found["gamma_exposure"] == pytest.approx(-100 * bought + 60 * sold)
    assert found["fuel_net_dealer_gamma"] == found["gamma_exposure"]  # E3-24: one value, two names
    assert found["fuel_call_gamma"] == pytest.approx(100 * bought + 40 * unknown)
    assert found["fuel_put_gamma"] == pytest.approx(60 * sold)
    assert (found["fuel_effect"], found["hedge_score"]) == ("NEUTRAL", 50.0)  # within 10 000


def test_short_dealers_amplify_and_long_ones_dampen(fuel):
    first = 100 * (-100 * gamma(600.5, 600, "10:02:00") + 60 * gamma(600.5, 598, "10:02:00"))
    second = first - 100 * 900 * gamma(600.1, 600, "10:04:00")
    third = second + 100 * 5_000 * gamma(598.5, 599, "10:06:00")
    assert second < -10_000 < 10_000 < third
    short, long = row(fuel, "10:05:00", "ROUND_599"), row(fuel, "10:07:00", "ROUND_598")
    assert short["gamma_exposure"] == pytest.approx(second)
    assert (short["fuel_effect"], short["hedge_score"]) == ("AMPLIFY", 100.0)
    assert long["gamma_exposure"] == pytest.approx(third)
    assert (long["fuel_effect"], long["hedge_score"]) == ("DAMPEN", 0.0)


def test_an_option_has_at_least_a_minute_left(fuel):
    # E3-28: gamma at the money grows without end as time runs out
    found = row(fuel, "15:59:45", "ROUND_610")
    assert found["fuel_call_gamma"] == pytest.approx(100 * 10 * gamma(610.3, 610, "15:59:00"))
