"""The score, its signals and its confidence, rule by rule, on trades, books and options written by hand."""

import math

import polars as pl
import pytest
from tests.jobs.levels.script import Script, row

from penstock.formulas.levels.parameters import Parameters

SLOW = Parameters(
    ratio="static", score_tau="60s"
)  # of a minute, so that what is left of a score shows


def far(script: Script) -> Script:
    """The session's mean price stays far away."""
    script.trade("09:31:00", 550.5, 1e6)
    return script


@pytest.fixture(scope="module")
def smooth(tmp_path_factory):
    """Nothing but trades: the score is the tape's part, 50 + 25 clip(v / 0.05) + 25 I."""
    script = far(Script())
    script.trade("10:00:30", 598.5)
    script.trade("10:01:00", 599.6, 10)  # alone: no slope, I = 1: 75
    script.trade("10:01:01", 599.6, 30, -1)  # no slope, I = (10 - 30) / 40: 37.5
    script.trade("10:01:02", 599.9, 20)  # slope (599.9 - 599.6) / 2 is above 0.05, I = 0: 75
    # from above, 50 s and then 61 s away, each time back with a sale: -1 times no slope, -1 times I = -1: 75
    script.trade("10:09:50", 603.5)
    script.trade("10:10:01", 602.4, 10)  # a buyer against the break: 25
    script.trade("10:10:02", 603.5)
    script.trade("10:10:51", 602.1, 1, -1)
    script.trade("10:19:50", 605.5)
    script.trade("10:20:01", 604.4, 10)
    script.trade("10:20:02", 605.5)
    script.trade("10:21:01.000000001", 604.1, 1, -1)
    return script, script.day(tmp_path_factory.mktemp("smooth"), SLOW)


def test_without_book_and_options_the_tape_is_all_and_nobody_is_sure(smooth):
    found = row(smooth[1], "10:01:02", "ROUND_600")
    assert (found["liquidity_score"], found["hedge_score"], found["tape_score"]) == (
        None,
        None,
        75.0,
    )
    assert found["break_score_raw"] == 75.0
    assert found["confidence"] == "LOW"


def test_the_smooth_score_goes_to_the_raw_one_by_a_time_constant(smooth):
    # E3-22: after a second of a minute's constant 1 - exp(-1/60) of the way is made, not 1 - 2^(-1/60)
    step = 1 - math.exp(-1 / 60)
    second = 75.0 + step * (37.5 - 75.0)
    third = second + step * (75.0 - second)
    assert row(smooth[1], "10:01:02", "ROUND_600")["break_score_smooth"] == pytest.approx(third)


def test_a_score_is_kept_for_a_minute_outside_and_then_forgotten(smooth):
    # 10:10:01 to 10:10:51 are 50 s; from 10:20:01 a minute and a nanosecond
    kept = 25.0 + (1 - math.exp(-50 / 60)) * (75.0 - 25.0)
    assert row(smooth[1], "10:10:51", "ROUND_602")["break_score_smooth"] == pytest.approx(kept)
    later = row(smooth[1], "10:21:01.000000001", "ROUND_604")
    assert later["break_score_smooth"] == pytest.approx(75.0)


def test_the_literal_tape_scores_nothing_for_what_is_against_the_break(smooth, tmp_path):
    literal = Parameters(ratio="static", tape_mode="plan_v1")
    day = smooth[0].day(tmp_path, literal)
    # 25 for the slope with the break, 25 |I| = 0 for an imbalance of nothing
    assert row(day, "10:01:02", "ROUND_600")["tape_score"] == 25.0
    # no slope; all sold, with the break: 25
    assert row(day, "10:10:51", "ROUND_602")["tape_score"] == 25.0


def climb(script: Script, start: int, level: float, prices: list[float], side: int = 1) -> None:
    """A trade every half second from so many seconds after ten."""
    for k, price in enumerate(prices):
        total = 36_000_000 + start * 1000 + 500 * k
        clock = f"{total // 3_600_000:02}:{total // 60_000 % 60:02}:{total // 1000 % 60:02}.{total % 1000:03}"
        script.trade(clock, level + price, 1.0, side)


@pytest.fixture(scope="module")
def signals(tmp_path_factory):
    script = far(Script())
    # up by 0.03 every half second, all bought: 0.06 $/s is above 0.05, so the tape's part is 100 from the second trade
    # on (75 at the first): x goes 75, 80.5, 84.8, ... above 80 from half a second on
    script.trade("09:59:00", 598.5)
    climb(
        script, 0, 600.0, [-0.35, -0.32, -0.29, -0.26, -0.23, -0.20, -0.17, -0.14, -0.10]
    )  # 3.5 s above
    script.trade("10:04:00", 600.5)
    climb(
        script, 300, 602.0, [-0.32, -0.29, -0.26, -0.23, -0.20, -0.17, -0.14, -0.10]
    )  # 3.0 s above
    script.trade("10:09:00", 602.5)
    climb(script, 600, 604.0, [-0.29, -0.26, -0.23, -0.20, -0.17, -0.14, -0.10])  # 2.5 s above
    # held by 6 s of climbing; then sales of ten take the score down at the touch a while later
    slow = [-0.49 + 0.03 * k for k in range(13)]
    for start, level, wait in ((900, 606.0, 1.2), (1200, 608.0, 2.0)):
        climb(script, start, level, slow)
        total = 36_000.0 + start + 6.0
        for k in range(5):
            script.trade(clock(total + wait * (k + 1) / 6), level - 0.13, 40.0, -1)
        script.trade(clock(total + wait), level - 0.10, 1.0, -1)
    # down and all sold near a level from below: 0 from the second trade on, until a sale within 0.10
    down = [-0.12 - 0.03 * k for k in range(12)]
    for start, level, length in ((1500, 610.0, 12), (1800, 612.0, 5)):
        script.trade(clock(36_000.0 + start - 60), level - 0.7)
        climb(script, start, level, down[:length], side=-1)
        script.trade(clock(36_000.0 + start + 0.5 * length), level - 0.10, 1.0, -1)
    return script.day(tmp_path_factory.mktemp("signals"))


def clock(total: float) -> str:
    """Seconds of the day as text."""
    whole = round(total * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"


def signal(day, level: int):
    return day.signals.filter(pl.col("level_id") == f"ROUND_{level}").row(0, named=True)


def test_a_break_is_signalled_once_it_has_stood_for_three_seconds(signals):
    assert [signal(signals, level)["signal"] for level in (600, 602, 604)] == [
        "BREAK",
        "BREAK",
        "NEUTRAL",
    ]
    assert signal(signals, 604)["break_score_smooth"] > 80.0
    assert signal(signals, 600)["runway_direction"] == "UP"


def test_a_break_stands_until_the_score_is_below_seventy(signals):
    for level, low, high, word in ((606, 70.0, 80.0, "BREAK"), (608, 30.0, 70.0, "NEUTRAL")):
        found = signal(signals, level)
        assert low < found["break_score_smooth"] < high
        assert found["signal"] == word


def test_a_rejection_is_signalled_at_the_level_once_it_has_stood(signals):
    held, short = signal(signals, 610), signal(signals, 612)
    assert max(held["break_score_smooth"], short["break_score_smooth"]) < 20.0
    assert (held["signal"], short["signal"]) == ("REJECT", "NEUTRAL")
    assert (held["direction"], held["runway_direction"]) == ("UP", "DOWN")
