"""The levels, kind by kind, on a few trades written by hand: what each is, and from when on."""

import datetime as dt
import math

import polars as pl
import pytest
from tests.jobs.levels.script import SECOND, TEN, Script, gamma, row, stamp, touched

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry

BASE = 600.3  # where the price waits between touches


@pytest.fixture(scope="module")
def opening(tmp_path_factory):
    """Trades before the market opens and in its first quarter of an hour, one contract each but for one."""
    script = Script()
    script.path(
        ("03:59:59", 606.0),  # before 04:00: not of the premarket
        ("04:00:00", 600.6),
        ("08:00:00", 597.4),
        ("09:29:59.9", 598.95),  # near 599, but the market is closed
        ("09:30:00", 604.0),  # of the session: no premarket any more
        ("09:36:00", 603.3),
        ("09:40:59.999", 603.95),
        ("09:41:00", 605.05),
        ("09:44:59.999", 602.95),
        ("09:45:00", 601.95),  # not of the opening range
    )
    script.trade("09:35:00", 605.5, size=3.0)
    return script.day(tmp_path_factory.mktemp("opening"))


def test_nothing_is_touched_before_the_market_opens(opening):
    assert touched(opening)[0][0] == "09:30:00"


def test_premarket_levels_are_of_four_to_half_past_nine(opening):
    first = row(opening, "09:30:00")
    assert (first["level_pm_high"], first["level_pm_low"]) == (600.6, 597.4)


def test_the_opening_range_is_not_known_before_it_ends(opening):
    before, after = row(opening, "09:44:59.999"), row(opening, "09:45:00", "ROUND_602")
    assert (before["level_or_high"], before["level_or_low"]) == (None, None)
    assert (after["level_or_high"], after["level_or_low"]) == (605.5, 602.95)
    flags = "is_first_15m", "is_opening_range"
    assert [before[name] for name in flags] == [True, True]
    assert [after[name] for name in flags] == [False, False]


def test_session_extremes_are_of_finished_minutes_and_have_stood_for_five(opening):
    # 605.5 is of the minute that ends at 09:36:00, 603.3 of the one that ends at 09:37:00
    early, high, both = (
        row(opening, clock, f"ROUND_{k}")
        for clock, k in (("09:40:59.999", 604), ("09:41:00", 605), ("09:44:59.999", 603))
    )
    names = "level_session_high", "level_session_low"
    assert [early[name] for name in names] == [None, None]  # 299.999 s
    assert [high[name] for name in names] == [605.5, None]  # 300 s and 240 s
    # the trade itself, 602.95, is lower: its minute is not over, so it does not touch itself
    assert [both[name] for name in names] == [605.5, 603.3]
    assert (
        both["session_position"] == 0.0
    )  # which is of the range up to now: (602.95 - 602.95) / 2.55
    assert high["session_position"] == pytest.approx((605.05 - 603.3) / (605.5 - 603.3))


def test_the_volume_weighted_mean_is_over_trades_since_the_opening(opening):
    # E3-26: trades, not closes of bars; 605.5 counts three times, what was before 09:30 not at all
    paid = 604.0 + 3 * 605.5 + 603.3 + 603.95 + 605.05 + 602.95 + 601.95
    last = row(opening, "09:45:00", "ROUND_602")
    assert last["level_vwap"] == pytest.approx(paid / 9)
    assert last["dist_to_vwap"] == pytest.approx(601.95 - paid / 9)


@pytest.fixture(scope="module")
def strikes(tmp_path_factory):
    script = Script()
    script.trade("09:40:00", BASE)
    probes = {
        "10:02:00": 600.95, "10:03:00": 601.95, "10:12:00": 602.95, "10:13:00": 603.95,
        "10:16:00": 599.05, "10:24:30": 598.05, "10:25:30": 597.05,
    }  # fmt: skip
    for clock, price in probes.items():
        script.trade(clock, price)
        script.trade(clock[:-2] + "59", BASE)
    script.option("10:00:30", 595, -1, 200)  # 5.3 away, and of little gamma
    script.option("10:01:00", 598, -1, 99)
    script.option("10:02:30", 598, -1, 1)
    large, other = 100 * 150 * gamma(BASE, 603, "10:10:00"), 100 * gamma(BASE, 604, "10:11:00")
    script.option("10:10:00", 603, 1, 150)
    script.option("10:10:00", 599, 1, 1_000)  # a call below the price is no call wall
    script.option("10:10:00", 602, -1, 1_000)  # nor is a put above it a put wall
    script.option("10:11:00", 604, 1, 1.09 * large / other)
    more = 0.03 * large / (100 * gamma(BASE, 604, "10:12:59.5"))
    script.option("10:12:59.5", 604, 1, more)
    script.option("10:15:59.5", 598, -1, 200)
    # customers buy calls of 604 and sell as many puts of 597: dealers are short above and long below
    script.option("10:20:00", 604, 1, 10, side=1)
    script.option("10:20:00", 597, -1, 10, side=-1)
    return script.day(tmp_path_factory.mktemp("strikes"))


def test_a_strike_is_a_level_once_enough_of_it_is_traded_near_the_price(strikes):
    # at 10:02 99 of 598, and 200 of 595, which is more than 5 away; a minute later 100 of 598
    assert row(strikes, "10:02:00", "ROUND_601")["level_strike"] is None
    assert row(strikes, "10:03:00", "ROUND_602")["level_strike"] == 598.0


def test_a_call_wall_is_at_or_above_the_price_and_gives_way_to_a_tenth_more(strikes):
    assert 100 * 150 * gamma(BASE, 603, "10:10:00") > 1_000.0  # enough to be a wall
    assert row(strikes, "10:03:00", "ROUND_602")["level_call_wall"] is None
    assert row(strikes, "10:12:00", "CALL_WALL")["level_price"] == 603.0  # 604 holds 9 % more
    assert (
        row(strikes, "10:13:00", "CALL_WALL")["level_price"] == 604.0
    )  # and then 12 %: another price, at once


def test_a_put_wall_is_at_or_below_the_price_and_holds_enough(strikes):
    # 200 of 595 and 100 of 598 are too little; 300 of 598 are a wall, though 1000 puts of 602 hold more
    small = [100 * 200 * gamma(BASE, 595, "10:00:30"), 100 * 100 * gamma(BASE, 598, "10:01:00")]
    assert max(small) < 1_000.0 < 3 * small[1]
    assert row(strikes, "10:12:00", "CALL_WALL")["level_put_wall"] is None
    assert row(strikes, "10:16:00", "STRIKE_599")["level_put_wall"] == 598.0


def test_the_gamma_flip_is_where_both_strikes_have_the_same_gamma(strikes):
    # equal sizes and volatilities: |d1| is the same at both, so ln F = (ln 604 + ln 597) / 2 - (r - q + v^2 / 2) T,
    # valued at 10:24:00, the last whole minute before the touch
    years = (stamp("16:00:00") - stamp("10:24:00")) / (365 * 86_400 * SECOND)
    flip = math.sqrt(604 * 597) * math.exp(-(0.045 - 0.013 + 0.2**2 / 2) * years)
    found = row(strikes, "10:24:30", "PUT_WALL")
    assert found["fuel_hvl"] == found["level_gamma_flip"] == pytest.approx(flip, abs=1e-9)
    assert (
        row(strikes, "10:16:00", "STRIKE_599")["level_gamma_flip"] is None
    )  # before anyone took a side


def test_round_levels_are_always_there(strikes):
    kinds = strikes.signals.filter(pl.col("ts_event_ns") == stamp("10:02:00"))
    assert kinds.select("level_id", "level_price", "level_round").rows() == [
        ("ROUND_601", 601.0, 601.0)
    ]


def minutes(start: str, count: int, date: dt.date, prices) -> pl.DataFrame:
    """Trades a minute into each of so many bars of two minutes."""
    ts = [stamp(start, date) + (120 * k + 60) * SECOND for k in range(count)]
    rows = {
        "ts": ts,
        "price": [10.0 * p for p in prices],
        "size": [1.0] * count,
        "side": [1] * count,
    }
    return pl.DataFrame(rows)


def test_means_are_over_finished_bars_of_two_minutes_over_days(tmp_path):
    script = Script()
    # 180 bars from 04:00 to 10:00, 600 in the first 90 and 606 in the others; the next bar goes up to 620
    for k in range(180):
        total = 240 + 2 * k + 1
        script.trade(f"{total // 60:02}:{total % 60:02}:00", 600.0 if k < 90 else 606.0)
    script.path(("03:58:30", 900.0), ("10:00:30", 620.0), ("10:01:59", 619.5), ("10:02:00", 618.95))
    yesterday = dt.date(2025, 12, 15)
    carried = Carry(trades=minutes("13:00:00", 210, yesterday, [590.0] * 190 + [596.0] * 20))
    bare = script.day(tmp_path)
    whole = script.day(tmp_path, TEN, carried)
    # alone the date has 181 bars: no mean of 200 (E3-02)
    assert row(bare, "10:02:00", "ROUND_619")["level_sma_200"] is None
    # before 10:02 the bar of 620 is not over (E3-01): 90 of 606, 90 of 600, 20 of 596
    before = row(whole, "10:00:30", "ROUND_620")
    assert before["level_sma_200"] == pytest.approx((90 * 606 + 90 * 600 + 20 * 596) / 200)
    # 390 bars are too few for the other
    assert before["level_sma_400"] is None
    # at 10:02 its close is 619.5, the last trade before (and the night's 900 is never in)
    after = row(whole, "10:02:00", "ROUND_619")
    mean = (619.5 + 90 * 606 + 90 * 600 + 19 * 596) / 200
    assert after["level_sma_200"] == pytest.approx(mean)
    assert after["dist_to_sma_200"] == pytest.approx(618.95 - mean)


def test_four_hundred_closes_reach_into_the_day_before(tmp_path):
    script = Script()
    script.path(("09:31:00", 610.5), ("09:33:00", 610.95))
    yesterday = dt.date(2025, 12, 15)
    carried = Carry(trades=minutes("06:00:00", 399, yesterday, [590.0] * 398 + [599.0]))
    found = row(script.day(tmp_path, TEN, carried), "09:33:00", "ROUND_611")
    assert found["level_sma_400"] == pytest.approx((610.5 + 398 * 590 + 599) / 400)
    assert found["level_sma_200"] == pytest.approx((610.5 + 198 * 590 + 599) / 200)


@pytest.mark.parametrize(
    "date", [dt.date(2025, 7, 15), dt.date(2025, 11, 28)], ids=["summer", "half day"]
)
def test_hours_are_those_of_the_exchange(date, tmp_path):
    script = Script(date)
    script.path(
        ("04:00:00", 600.6), ("08:00:00", 597.4), ("09:30:00", 604.4), ("09:40:00", 603.95), ("12:59:59", 602.05),
        ("13:00:00", 600.95),
    )  # fmt: skip
    day = script.day(tmp_path)
    first = row(day, "09:40:00", "ROUND_604", date)
    assert (first["level_pm_high"], first["level_pm_low"]) == (600.6, 597.4)
    assert first["is_first_15m"]
    late = [one for one in touched(day) if one[0] >= "13:00:00"]
    assert bool(late) == (date.month == 7)  # the day after Thanksgiving closes at 13:00


def test_the_ratio_is_a_mean_of_fresh_quotes_with_a_half_life_of_a_minute(tmp_path):
    script = Script()
    script.trade("09:59:00", 602.0)  # in points, 6020

    def quoted(clock: str, points: float, middle: float) -> None:
        script.book(clock, {points - 0.25: 1}, {points + 0.25: 1})
        script.quote(clock, middle)

    quoted("10:00:00.5", 6018.0, 600.0)  # 10.03, seen at 10:00:01
    quoted("10:00:01.5", 6024.0, 600.0)  # 10.04, seen at 10:00:02; a second later neither is fresh
    script.book("10:00:05.5", {6099.75: 1}, {6100.25: 1})  # a book alone says nothing of the ratio
    script.path(("10:00:30", 600.0), ("10:01:00", 601.8))
    ratio = 10.03 + (1 - 2 ** (-1 / 60)) * (10.04 - 10.03)
    found = row(script.day(tmp_path, Parameters()), "10:01:00", "ROUND_600")
    # 599.99, beside the 601.8 of ten to one (E3-15)
    assert found["spot"] == pytest.approx(6018 / ratio, abs=1e-9)
    assert found["direction"] == "UP"
