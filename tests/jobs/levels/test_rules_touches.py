"""Touches, rule by rule, on trades written by hand: when one is made, of which level, and from which side."""

import hashlib
import math

import pytest
from tests.jobs.levels.script import DATE, TEN, Script, row, stamp, touched

from penstock.formulas.levels.parameters import Parameters

BARS = Parameters(ratio="static", mode="bar")


def of(day, level_id):
    """The touches of one level: when, and from which side."""
    return [(clock, way) for clock, name, way in touched(day) if name == level_id]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    script = Script()
    script.trade("09:31:00", 550.5, 1e6)  # the session's mean price stays here, far from all
    script.path(
        ("10:00:00", 598.5), ("10:01:00", 599.89), ("10:01:01", 599.9), ("10:01:02", 600.0), ("10:01:04", 600.5),
        ("10:01:30", 600.05), ("10:02:10", 600.25), ("10:03:05", 600.1),
        # 0.15 away in between is within twice the tolerance; after that a bar of 1.5 away
        ("10:10:00", 589.5), ("10:11:00", 589.95), ("10:12:00", 590.15), ("10:13:00", 589.95), ("10:14:00", 588.5),
        ("10:15:00", 589.95),
        # from 579.5 over the level at once
        ("10:20:00", 579.5), ("10:21:00", 580.05),
        *((f"10:{minute}:00", 579.85) for minute in range(22, 31)),
        ("10:30:59.9", 579.95), ("10:31:00", 579.85), ("10:31:01", 579.95),
    )  # fmt: skip
    return script.day(tmp_path_factory.mktemp("touches"))


def test_an_episode_makes_one_touch_and_a_full_bar_away_ends_it(day):
    # 0.11 away is no touch, 0.10 is; what follows within the episode is none, 10:01:30 included (E3-10). The minute
    # of 10:02 stays 0.25 away, more than twice 0.10: the level is idle again
    assert of(day, "ROUND_600") == [("10:01:01", "UP"), ("10:03:05", "DOWN")]
    assert row(day, "10:01:01")["distance"] == pytest.approx(0.1)
    again = row(day, "10:03:05")
    assert again["prior_touch_count"] == 1
    assert again["time_since_last_touch"] == pytest.approx(
        95.0
    )  # from 10:01:30, the last price within


def test_a_bar_within_twice_the_tolerance_does_not_end_an_episode(day):
    assert of(day, "ROUND_590") == [("10:11:00", "UP"), ("10:15:00", "UP")]


def test_an_episode_ends_ten_minutes_after_it_began_once_the_price_is_outside(day):
    # every minute was 0.15 away. At 10:30:59.9 it is 599.9 s old; at 10:31:00 600 s, outside: idle
    assert of(day, "ROUND_580") == [("10:21:00", "UP"), ("10:31:01", "UP")]


def test_the_side_is_the_one_the_price_came_from(day):
    # E3-09: at the touch the price is above the level, but it came from below
    found = row(day, "10:21:00")
    assert found["spot"] > found["level_price"]
    assert found["direction"] == "UP"


def test_a_touch_is_named_by_what_it_is(day):
    ts = stamp("10:01:01")
    text = f"{DATE}|SPY|ROUND_600|{ts}|UP"
    found = row(day, "10:01:01")
    assert (found["ts_event_ns"], found["date"], found["symbol"]) == (ts, "2025-12-16", "SPY")
    assert found["event_id"] == hashlib.sha1(text.encode()).hexdigest()[:16]  # noqa: S324


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    script = Script()
    script.path(
        ("08:00:00", 600.01), ("08:01:00", 590.075), ("09:31:00", 594.45),
        # the premarket's high 600.01 and the round 600, 0.01 apart, are one level: first the round one is within
        # reach, at 599.905, and the other, a trade later, joins it
        ("10:00:00", 599.905), ("10:00:01", 599.92), ("10:02:00", 598.45),
        # and where both are, the first by priority has it
        ("10:04:00", 599.92), ("10:06:00", 598.45),
        # 590.075, 590 and the strike 590 are two prices: 0.075 apart
        ("10:08:00", 591.3), ("10:10:00", 590.16), ("10:10:01", 590.09),
        ("10:20:00", 586.3), ("10:20:01", 585.55),
    )  # fmt: skip
    script.option("10:07:00", 590, 1, 100)
    script.option("10:19:00", 585.5, 1, 100)
    return script.day(tmp_path_factory.mktemp("merged"))


def test_levels_of_one_price_make_one_touch_of_the_first_kind(merged):
    two = [one for one in touched(merged) if "10:00" <= one[0] < "10:06"]
    assert two == [("10:00:00", "ROUND_600", "UP"), ("10:04:00", "PM_HIGH", "UP")]
    assert row(merged, "10:04:00")["level_confluence_count"] == 2


def test_kinds_near_a_level_are_counted_also_where_they_are_apart(merged):
    found = [one for one in touched(merged) if one[0][:5] == "10:10"]
    # E3-16: the strike and the round number are one touch, the premarket's low is another
    assert found == [("10:10:00", "PM_LOW", "DOWN"), ("10:10:01", "STRIKE_590", "DOWN")]
    assert row(merged, "10:10:00")["level_confluence_count"] == 3
    assert row(merged, "10:10:01")["level_confluence_count"] == 3


def test_a_strike_between_whole_dollars_keeps_its_name(merged):
    assert row(merged, "10:20:01")["level_id"] == "STRIKE_585.5"  # E3-29: not STRIKE_585


@pytest.mark.parametrize(("before", "made"), [(598.0, [("09:30:00", "UP")]), (604.45, [])])
def test_without_an_outside_price_the_side_is_that_of_the_last_close(before, made, tmp_path):
    # the mean price of the session begins at its first trade, which touches it; from an equal close it has no side
    script = Script()
    script.path(("09:29:30", before), ("09:30:00", 604.45))
    assert of(script.day(tmp_path), "VWAP") == made


def test_features_end_with_the_touch_and_labels_begin_after_it(tmp_path):
    script = Script()
    script.path(("10:00:00", 598.5), ("10:00:55", 599.6))
    script.trade("10:00:55.000000001", 599.7, 2)
    script.trade("10:01:00", 599.9, 3)
    script.trade("10:01:00", 600.2, 7)  # of the same nanosecond, but after the touch
    script.path(("10:05:30", 600.3), ("10:06:00", 599.0), ("10:06:00.000000001", 610.0))
    day = script.day(tmp_path)
    found, after = (
        row(day, "10:01:00"),
        day.labels.filter(day.labels["event_id"] == row(day, "10:01:00")["event_id"]),
    )
    # (t - 5 s, t] in the order of events: 2 and 3, neither the one at t - 5 s nor the one after
    assert (found["tape_buy_vol"], found["tape_sell_vol"]) == (5, 0)
    assert found["tape_velocity"] == pytest.approx(2 / 5)
    assert after["outcome"].item() == "BREAK"  # by the trade of the same nanosecond
    # (t, t + 300 s]: the one at 10:06:00 is the last
    assert after["future_price_5min"].item() == 599.0
    assert after["excursion_max"].item() == pytest.approx(0.3)
    assert after["excursion_min"].item() == pytest.approx(1.0)


@pytest.fixture(scope="module")
def bars(tmp_path_factory):
    script = Script()
    script.path(
        ("10:00:30", 598.8), ("10:00:59", 599.3),
        # the minute of 10:01 goes from 599.5 to 600.4 and ends at 599.65
        ("10:01:00", 599.5), ("10:01:30", 600.4), ("10:01:57", 599.65),
        # the first trade of the next minute is no part of the one before
        ("10:02:00", 600.2), ("10:02:30", 600.05),
        # from a close within 0.10 of the level the next minute touches nothing
        ("10:03:30", 600.3),
        # and where the bar ends beyond the break of 605.2 there is nothing left to wait for
        ("10:20:30", 603.6), ("10:21:10", 604.6), ("10:21:30", 605.3),
    )  # fmt: skip
    return script.day(tmp_path_factory.mktemp("bars"), BARS)


def test_by_bar_the_decision_is_the_end_and_its_range_counts(bars):
    assert of(bars, "ROUND_600") == [("10:02:00", "UP")]
    found = row(bars, "10:02:00", "ROUND_600")
    assert (found["spot"], found["distance"]) == (599.65, pytest.approx(0.35))


def test_by_bar_windows_are_the_minute_before_and_labels_begin_at_its_end(bars):
    # E3-08: [10:01:00, 10:02:00) holds 599.5, 600.4 and 599.65; the trade at 10:02:00 is the first of the labels
    found = row(bars, "10:02:00", "ROUND_600")
    assert found["tape_buy_vol"] == 3
    outcome = bars.labels.filter(bars.labels["event_id"] == found["event_id"])
    assert outcome["outcome"].item() == "BREAK"
    assert outcome["excursion_max"].item() == pytest.approx(0.3)


def test_by_bar_the_tape_is_of_the_minute_and_a_score_begins_when_the_price_is_near(bars):
    # the last trade is half a minute old; the level was far away until this bar, so nothing is smoothed
    found = row(bars, "10:22:00", "ROUND_605")
    assert found["tape_score"] == 75.0  # all bought near it, and no slope within three seconds
    assert found["break_score_smooth"] == found["break_score_raw"] == 75.0


def test_by_bar_a_close_beyond_the_break_has_no_outcome(bars):
    found = row(bars, "10:22:00", "ROUND_605")
    assert (
        bars.labels.filter(bars.labels["event_id"] == found["event_id"])["outcome"].item() is None
    )


def test_what_came_after_is_the_first_barrier_that_was_passed(tmp_path):
    script = Script()
    script.trade("09:31:00", 550.5, 1e6)
    paths = {
        # 0.10 below: a break is at 0.20 above the level, a bounce 0.20 below the price
        600: ((60, -0.29), (120, 0.2), (150, -0.9)),
        602: ((60, 0.19), (120, -0.3), (150, 0.9)),
        604: ((60, 0.19), (120, -0.29)),
        # E3-06: 0.25 below the level is no bounce where the price was 0.10 below it already
        606: ((1, -0.25), (280, 0.2)),
        608: ((300, 0.2),),
        610: ((300.000000001, 0.2),),
    }  # fmt: skip
    for number, (level, path) in enumerate(paths.items()):
        start = stamp("10:00:00") + number * 600 * 10**9
        for second, price in ((-30, -0.6), (0, -0.1), *path):
            script.trades.append(
                (start + round(second * 1e9), "ESH6", 10 * (level + price), 1.0, 1)
            )
    day = script.day(tmp_path)
    named = dict(zip(day.signals["level_id"], day.labels.rows(named=True), strict=True))
    outcomes = [named[f"ROUND_{level}"]["outcome"] for level in paths]
    assert outcomes == ["BREAK", "BOUNCE", "CHOP", "BREAK", "BREAK", "CHOP"]
    assert math.isnan(
        named["ROUND_604"]["future_price_5min"]
    )  # the last trade is 180 s old (E3-12)
    assert named["ROUND_606"]["future_price_5min"] == pytest.approx(606.2)
    assert named["ROUND_600"]["excursion_min"] == pytest.approx(0.9)


@pytest.mark.parametrize(("clock", "known"), [("15:55:00", True), ("15:55:00.000000001", False)])
def test_what_the_close_cuts_off_has_no_outcome(clock, known, tmp_path):
    script = Script()
    script.path(("15:50:00", 599.4), (clock, 599.9), ("15:58:00", 600.25), ("15:59:30", 600.1))
    labels = script.day(tmp_path, TEN).labels.row(0, named=True)
    assert labels["outcome"] == ("BREAK" if known else None)
    assert labels["future_price_5min"] == pytest.approx(600.1 if known else math.nan, nan_ok=True)
