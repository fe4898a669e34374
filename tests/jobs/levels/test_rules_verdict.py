"""What barrier, tape and options come to, how sure that is, and how far the way is: on days written by hand."""

import pytest
from tests.jobs.levels.script import Script, gamma, ladder, row

# Each scene touches its own level from below at its own minute, with one contract bought. Before: books (seconds
# before, sizes of asks from 1.25 points below the level on), trades there (seconds before, contracts), and options
# that customers buy at the level (contracts).
SCENES = {
    "pulled": ([(5, {}), (4, 10.0)], None, 1_000),
    "eaten": ([(5, {0: 200}), (3, {0: 50})], (4, 150), 0),
    "eaten before": ([(9, {0: 200}), (7, {0: 50})], (8, 150), 0),
    "eaten to the mark": ([(5, {0: 200}), (3, {0: 80, 1: 50})], (4, 120), 0),
    "one book": ([(20, {}), (4, 10.0)], None, 0),
    "busy": ([(5, {0: 600}), (3, {0: 100})], (4, 500), 150),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    script = Script()
    script.trade("09:31:00", 550.5, 1e6)
    script.option(
        "10:00:00", 540, 1, 1
    )  # an option has traded: near the others it is known that none has
    for number, (books, hit, options) in enumerate(SCENES.values()):
        level, minute = 600.0 + 6 * number, f"10:{10 * number + 4:02}"
        best = level * 10 - 1.25
        script.trade(f"{minute}:00", level - 0.6)
        if options:
            script.option(f"{minute}:10", level, 1, options, side=1)
        for before, sizes in books:
            script.book(
                f"{minute}:{40 - before:02}", ladder(best - 0.25, 10, -0.25), ladder(best, sizes)
            )
        if hit is not None:
            script.trade(f"{minute}:{40 - hit[0]:02}", best / 10, hit[1])
        script.trade(f"{minute}:40", level - 0.1)
    return script.day(tmp_path_factory.mktemp("verdicts"))


def verdict(day, name):
    level = 600 + 6 * list(SCENES).index(name)
    return next(one for one in day.signals.rows(named=True) if one["level_price"] == level)


def parts(found):
    return [found[f"{name}_score"] for name in ("liquidity", "hedge", "tape")]


def test_the_score_weighs_its_three_parts(verdicts):
    # vacuum 100; dealers are short 1000 calls, some 12 000 shares a dollar: amplified, 100; all bought, no slope: 75
    found = verdict(verdicts, "pulled")
    assert found["gamma_exposure"] == pytest.approx(-1_000 * 100 * gamma(599.4, 600, "10:04:10"))
    assert parts(found) == [100.0, 100.0, 75.0]
    assert found["break_score_raw"] == pytest.approx(0.45 * 100 + 0.35 * 100 + 0.20 * 75)
    # consumed 60; nothing near in options: 50
    found = verdict(verdicts, "eaten")
    assert parts(found) == [60.0, 50.0, 75.0]
    assert found["break_score_raw"] == pytest.approx(0.45 * 60 + 0.35 * 50 + 0.20 * 75)


def test_what_was_eaten_to_the_mark_was_eaten(verdicts):
    # delta = 20 - 120 = -100: the score of 50 is for more than -100
    assert verdict(verdicts, "eaten to the mark")["liquidity_score"] == 60.0


def test_a_part_that_is_not_known_leaves_its_weight_to_the_others(verdicts):
    found = verdict(verdicts, "one book")
    assert parts(found) == [None, 50.0, 75.0]
    assert found["break_score_raw"] == pytest.approx((0.35 * 50 + 0.20 * 75) / 0.55)
    assert found["confidence"] == "LOW"


def test_a_level_that_is_eaten_in_a_busy_market_is_contested(verdicts):
    # 151 contracts in 5 s are 1812 a minute, more than 500; where the 150 were 8 s before, 1 is 12
    found, quiet = verdict(verdicts, "eaten"), verdict(verdicts, "eaten before")
    for one in (found, quiet):
        assert one["barrier_state"] == "CONSUMED"
        assert 30.0 <= one["break_score_smooth"] <= 70.0
    assert (found["signal"], quiet["signal"]) == (
        "CONTESTED",
        "NEUTRAL",
    )  # E3-23: contracts, not shares


def test_confidence_is_how_much_there_was_to_judge_by(verdicts):
    # (500 / 500 + 501 / 500 capped at 1 + 150 / 1000) / 3 = 0.717, at least 0.7
    assert verdict(verdicts, "busy")["confidence"] == "HIGH"
    # (200 / 500 + 1 / 500 + 1000 / 1000) / 3 = 0.467, at least 0.4
    assert verdict(verdicts, "pulled")["confidence"] == "MEDIUM"
    # (150 / 500 + 151 / 500 + 0) / 3 = 0.2
    assert verdict(verdicts, "eaten")["confidence"] == "LOW"


@pytest.fixture(scope="module")
def runways(tmp_path_factory):
    """Strong levels at 594.05 and 606.1 (premarket) and 603.1 (the opening range, the session, its mean price)."""
    script = Script()
    script.path(("08:00:00", 606.1), ("08:01:00", 594.05))
    script.trade("09:31:00", 603.1, 1e6)
    script.path(
        ("10:00:00", 599.0), ("10:01:00", 599.9), ("10:02:00", 602.4), ("10:03:00", 602.9), ("10:06:00", 604.5),
        ("10:10:00", 605.4), ("10:11:00", 605.9), ("10:20:00", 595.6),
    )  # fmt: skip
    # from above: sold, which is with the break
    script.trade("10:21:00", 595.1, 1, -1)
    script.trade("10:30:00", 597.4)
    # from below, but all sold: the score is below 50
    script.trade("10:31:00", 597.9, 5, -1)
    # 598 holds most; 602, between 600 and 603.1, two fifths of that and then more than half
    script.trade("10:40:00", 599.4)
    script.option("10:40:10", 598, -1, 20)
    equal = 20 * gamma(599.4, 598, "10:40:10") / gamma(599.4, 602, "10:40:10")
    script.option("10:40:10", 602, 1, 0.4 * equal)
    script.trade("10:41:00", 599.9)
    script.path(("10:42:30", 599.4), ("10:43:30", 599.4))
    script.option("10:43:30", 602, 1, 0.2 * equal)
    script.trade("10:44:00", 599.9)
    return script.day(tmp_path_factory.mktemp("runways"))


def runway(day, clock, level):
    found = row(day, clock, f"ROUND_{level}")
    return tuple(
        found[f"runway_{name}"] for name in ("direction", "next_level_price", "distance", "quality")
    )


def test_the_runway_ends_at_the_next_strong_level(runways):
    # E3-16 and E3-17: not at the next round number, a dollar on
    assert runway(runways, "10:01:00", 600) == (
        "UP",
        pytest.approx(603.1, abs=1e-4),
        pytest.approx(3.1, abs=1e-4),
        "CLEAR",
    )


def test_a_level_within_the_least_separation_is_not_the_next(runways):
    # 603.1 is 0.10 beyond 603, which is not more than 0.10
    assert runway(runways, "10:03:00", 603) == ("UP", 606.1, pytest.approx(3.1, abs=1e-4), "CLEAR")


def test_nothing_ahead_is_clear(runways):
    assert runway(runways, "10:11:00", 606) == ("UP", None, None, "CLEAR")


def test_a_short_runway_is_obstructed(runways):
    assert runway(runways, "10:21:00", 595) == ("DOWN", 594.05, pytest.approx(0.95), "OBSTRUCTED")


def test_a_score_below_fifty_turns_the_runway(runways):
    # downwards lies the session's low of ten minutes ago
    assert runway(runways, "10:31:00", 598) == ("DOWN", 595.1, pytest.approx(2.9), "CLEAR")
    assert row(runways, "10:31:00", "ROUND_598")["direction"] == "UP"


def test_a_strike_of_half_the_most_gamma_obstructs(runways):
    assert runway(runways, "10:41:00", 600)[3] == "CLEAR"
    assert runway(runways, "10:44:00", 600)[3] == "OBSTRUCTED"
