"""The barrier, rule by rule, on books written by hand: what each scene comes to is worked out beside it.

A level of $600 lies at 6000 points, its zone at 5998 to 6002: 17 prices. A price from below meets asks, ten of
them from 5998.75 to 6001: with the three below, where there are none, 13 of 17 prices are known.
"""

from dataclasses import replace

import pytest
from tests.jobs.levels.script import TEN, Script, ladder, row

# Each scene is a touch from below of its own level, at its own time T. Steps are (seconds before T, what): the
# sizes of asks from 1.25 points below the level on, 30 where none is named; or a trade (number of the ask, size, side).
SCENES = {
    # 10 asks fall from 30 to 10: C = 200, A = F = 0, delta = -200 <= -100, R = 0 < 0.3, C >= F
    "pulled": ([(5, {}), (4, 10.0)], (0, 200, 0), "VACUUM"),
    # the best ask of 200 is hit for 150 and falls to 50: dq + X = -150 + 150 = 0, so F = 150 and nothing else
    "eaten": ([(5, {0: 200}), (4, (0, 150, 1)), (3, {0: 50})], (0, 0, 150), "CONSUMED"),
    # hit for 150 and as large as before: dq + X = 150 is added behind the prints, R = 150 / 150 >= 1 (an iceberg)
    "refilled": ([(5, {0: 200}), (4, (0, 150, 1)), (3, {0: 200})], (150, 0, 150), "ABSORPTION"),
    # 10 asks grow from 30 to 60 without a print: A = 300, delta = 300 >= 100, R = min(10, 300 / max(1, 0)) = 10
    "built": ([(5, {}), (4, 60.0)], (300, 0, 0), "WALL"),
    # A = 20, C = 10: delta = 10, nothing is met
    "quiet": ([(5, {}), (4, {0: 50, 1: 20})], (20, 10, 0), "NEUTRAL"),
    # C = F = 100, A = 0: pulled before eaten, since C >= F
    "pulled and eaten": (
        [(5, {0: 200}), (4, (0, 100, 1)), (3, {0: 0.5, 1: 29.5})], (0, 100, 100), "VACUUM"
    ),
    # C = 150, F = 50, A = 80: R = 80 / 200 = 0.4 is no vacuum, F < C is not eaten, F < 100 is no absorption
    "pulled and replaced": (
        [(5, {0: 200, 1: 200, 2: 10}), (4, (0, 50, 1)), (3, {0: 150, 1: 50, 2: 90})], (80, 150, 50), "NEUTRAL",
    ),
    # F = 100, A = 300: delta = 200 and R = 3 are a wall too, but absorption comes first
    "absorbed and built": (
        [(5, {0: 200}), (4, (0, 100, 1)), (3, {0: 400})], (300, 0, 100), "ABSORPTION"
    ),
    # F = 120, A = 20: delta = -100 <= -100, F > C: eaten, though something came back
    "eaten to the mark": (
        [(5, {0: 200}), (4, (0, 120, 1)), (3, {0: 80, 1: 50})], (20, 0, 120), "CONSUMED"
    ),
    # delta = -99 is not enough
    "almost eaten": ([(5, {0: 200}), (4, (0, 99, 1)), (3, {0: 101})], (0, 0, 99), "NEUTRAL"),
    # a sale at the price of an ask takes nothing of it: what went was cancelled
    "sold": ([(5, {0: 200}), (4, (0, 150, -1)), (3, {0: 50})], (0, 150, 0), "VACUUM"),
    # one trade, then three books: it is counted once. The first takes 150 of 200, the others change nothing
    "counted once": (
        [(5, {0: 200}), (4, (0, 150, 1)), (3, {0: 50}), (2, {0: 50}), (1, {0: 50})], (0, 0, 150), "CONSUMED",
    ),
    # a trade at the very time of a book belongs to the span that ends with it: (t_k-1, t_k]
    "at the book's time": (
        [(5, {0: 200}), (4, (0, 150, 1)), (4, {0: 50})], (0, 0, 150), "CONSUMED"
    ),
    # a trade after the last book is in no pair of books
    "after the last book": ([(5, {0: 200}), (4, {0: 200}), (3, (0, 150, 1))], (0, 0, 0), "NEUTRAL"),
    # the window is (T - 10 s, T]: a fall of 200 at T - 10 s is out, one of 110 a nanosecond later is in
    "at the window's edge": (
        [(20, 50.0), (10, {}), (9.999999999, 19.0), (1, 19.0)], (0, 110, 0), "VACUUM"
    ),
    # one book in the window is too few, whatever it changed
    "one book": ([(20, {}), (4, 10.0)], (0, 200, 0), "NEUTRAL"),
}  # fmt: skip


def seconds(minute: int, before: float) -> str:
    """The clock so many seconds before a minute of 10:00 on."""
    total = (600 + minute) * 60_000_000_000 - round(before * 1e9)
    whole, part = divmod(total, 1_000_000_000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{part:09}"


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    script = Script()
    script.trade(
        "09:31:00", 550.5
    )  # far from all, so that the mean price of the session stays there
    script.trade("09:31:00", 550.5, 1e6)
    for number, (steps, *_) in enumerate(SCENES.values()):
        level, minute = 600.0 + 2 * number, 3 * number
        best = level * 10 - 1.25
        script.trade(seconds(minute, 30), level - 0.6)
        for before, what in steps:
            if isinstance(what, tuple):
                ask, size, side = what
                script.trade(seconds(minute, before), (best + 0.25 * ask) / 10, size, side)
                continue
            script.book(seconds(minute, before), ladder(best - 0.25, 10, -0.25), ladder(best, what))
        script.trade(seconds(minute, 0), level - 0.1)
    return script.day(tmp_path_factory.mktemp("barrier"))


@pytest.mark.parametrize("name", SCENES)
def test_a_state_is_the_first_that_holds(day, name):
    number = list(SCENES).index(name)
    _, (added, cancelled, filled), state = SCENES[name]
    level = 600 + 2 * number
    found = day.signals.filter(day.signals["level_id"] == f"ROUND_{level}").row(0, named=True)
    assert found["direction"] == "UP"
    got = tuple(found[f"barrier_{what}"] for what in ("added", "canceled", "filled"))
    assert got == (added, cancelled, filled)
    assert found["barrier_delta_liq"] == added - cancelled - filled
    assert found["churn"] == added + cancelled + filled
    ratio = min(10.0, added / max(1.0, cancelled + filled))
    assert found["barrier_replenishment_ratio"] == pytest.approx(ratio)
    assert found["barrier_zone_coverage"] == pytest.approx(13 / 17)
    assert found["barrier_state"] == state
    # a state that goes by nothing is no part of the score
    assert (found["liquidity_score"] is None) == (name == "one book")


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A book of 10 a price from 10:00 to 10:09:20 and of 25 from then on, and what came later."""
    script = Script()
    script.trade("09:31:00", 550.5, 1e6)
    script.trade("10:00:00", 607.5)
    script.book("10:00:00", ladder(6078.5, 10, -0.25), ladder(6078.75, 10))
    script.trade("10:04:00", 607.9)  # four minutes of books are too few to say what is usual
    script.trade("10:09:00", 609.5)
    for clock in ("10:09:20", "10:09:52", "10:09:55"):
        script.book(clock, ladder(6098.5, 10, -0.25), ladder(6098.75, 25))
    script.trade("10:10:00", 609.9)
    # a touch from above meets bids: 200 of them are pulled, while the asks grow
    script.trade("10:20:00", 612.5)
    script.book("10:19:50", ladder(6121.25, 30, -0.25), ladder(6121.5, 10))
    script.book("10:20:01", ladder(6121.25, 30, -0.25), ladder(6121.5, 10))
    script.book("10:20:02", ladder(6121.25, 10, -0.25), ladder(6121.5, 50))
    script.trade("10:20:03", 612.1)
    # asks of 6136 to 6138.25: of the zone of 614 only 6138 and 6138.25 are known, 2 of 17
    script.trade("10:30:00", 613.5)
    script.book("10:30:01", ladder(6135.75, 30, -0.25), ladder(6136, 30))
    script.book("10:30:02", ladder(6135.75, 30, -0.25), ladder(6136, 10))
    script.trade("10:30:03", 613.9)
    # a hundred books, a second apart, of 90 or 110 contracts in the zone; the last is of 90
    for level, minute, small in ((616, 40, 18), (618, 50, 19)):
        script.trade(seconds(minute, 101), level - 0.4)
        best = level * 10 - 1.25
        for second in range(100):
            size = 9 if second < small or second == 99 else 11
            bids, asks = ladder(best - 0.25, 10, -0.25), ladder(best, size)
            script.book(seconds(minute, 100 - second), bids, asks)
        script.trade(seconds(minute, 0), level - 0.1)
    return script, script.day(tmp_path_factory.mktemp("long"))


def test_the_wall_ratio_is_of_what_was_usual_before_the_window(long):
    early, late = (
        row(long[1], clock, f"ROUND_{k}") for clock, k in (("10:04:00", 608), ("10:10:00", 610))
    )
    assert early["wall_ratio"] is None  # less than 300 s
    # 25 a price now; until 10:09:50, where the window begins, 560 s of 10 and 30 s of 25 (E3-20: not a day's mean)
    assert late["wall_ratio"] == pytest.approx(25 / ((560 * 10 + 30 * 25) / 590))
    assert late["depth_in_zone"] == 250
    assert (late["barrier_state"], late["barrier_delta_liq"]) == ("WALL", 0)  # by the ratio alone


def test_a_touch_from_above_looks_at_bids(long):
    found = row(long[1], "10:20:03", "ROUND_612")
    assert (found["direction"], found["barrier_state"]) == ("DOWN", "VACUUM")
    assert (found["barrier_added"], found["barrier_canceled"]) == (0, 200)


def test_a_zone_that_is_hardly_seen_says_nothing(long):
    found = row(long[1], "10:30:03", "ROUND_614")
    assert found["barrier_zone_coverage"] == pytest.approx(2 / 17)
    assert (found["depth_in_zone"], found["wall_ratio"]) == (None, None)
    assert (found["barrier_state"], found["liquidity_score"], found["confidence"]) == (
        "NEUTRAL",
        None,
        "LOW",
    )


def test_weak_is_below_a_fifth_of_the_last_half_hour(long):
    # of 100 samples 19 are 90 and 81 are 110: the fifth is 110, and 90 is below it; with 20 of 90 it is 90 itself
    assert row(long[1], "10:40:00", "ROUND_616")["barrier_state"] == "WEAK"
    assert row(long[1], "10:50:00", "ROUND_618")["barrier_state"] == "NEUTRAL"


def test_the_least_flow_may_go_by_what_is_usual(long, tmp_path):
    # bids were about 10 a price, of 17 prices: twice that is 340, more than the 200 that were pulled
    relative = replace(TEN, flow_threshold="relative", flow_share=2.0)
    found = row(long[0].day(tmp_path, relative), "10:20:03", "ROUND_612")
    assert (found["barrier_canceled"], found["barrier_state"]) == (200, "NEUTRAL")
