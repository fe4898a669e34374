"""Sweeps that are large beside the runs of the last while: on trades written by hand."""

from dataclasses import replace

import pytest
from tests.jobs.levels.script import SECOND, TEN, Script, stamp

from penstock.core.errors import DefinitionError
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.live import LiveDay

# the middle one of at least five runs that ended in the last minute; with fewer, 10 million dollars: 34 contracts
MIDDLE = replace(
    TEN, sweep_quantile=0.5, sweep_baseline="60s", sweep_runs=5, sweep_prints=2, tape_window="5s"
)
FIVE = [(50, 1, 1), (49, 2, -1), (48, 3, 1), (47, 4, -1), (46, 5, 1)]
FOUR = [(50, 1, 1), (49, 2, -1), (48, 3, 1), (47, 4, -1)]
PAIR = [(48, 2, -1), (47, 3, 1), (46, 4, -1)]
TICK = 1e-9
# Each scene ends with a buyer's contract at T, 0.10 below its own level. Before it: runs that are too far from the
# level to be a sweep there (seconds before T, contracts, side), then contracts bought near it, to which T belongs where
# they are within 100 ms. What follows is how many contracts the sweep has; none is no sweep.
SCENES = {
    # T ends it: 1 2 3 4 5 and its own 4 have the middle 3.5
    "larger": (FIVE, [(1.0, 2), (0.9, 2)], 4),
    # and its own 2 the middle 2.5
    "smaller": (FIVE, [(1.0, 1), (0.9, 1)], 0),
    # 1 2 3 4 5 have the middle 3, at a lower price than T's own three
    "still growing": (FIVE, [(0.15, 1), (0.05, 1)], 3),
    # four have ended and T's own run has not: too few to say
    "few": (FOUR, [(0.15, 2), (0.05, 2)], 0),
    # and has, as T comes later
    "enough with its own": (FOUR, [(1.0, 2), (0.9, 2)], 4),
    # with few 10 million dollars hold: 36 contracts
    "few but large": (FOUR, [(0.15, 18), (0.05, 17)], 36),
    # the first run was ended a minute ago, and is no more in the window
    "old": ([(65, 1, 1), (60, 2, -1), *FIVE[2:]], [(0.15, 2), (0.05, 2)], 0),
    "not yet old": ([(65, 1, 1), (60 - TICK, 2, -1), *FIVE[2:]], [(0.15, 2), (0.05, 2)], 5),
    # one side within 100 ms is one run, though a trade without a side is between
    "together": ([(50, 1, 1), (49.9, 1, 1), *PAIR], [(0.15, 2), (0.05, 2)], 0),
    "no side between": ([(50, 1, 1), (49.95, 9, 0), (49.9, 1, 1), *PAIR], [(0.15, 2), (0.05, 2)], 0),
    "apart": ([(50, 1, 1), (49.9 - TICK, 1, 1), *PAIR], [(0.15, 2), (0.05, 2)], 5),
}  # fmt: skip


def scripted() -> Script:
    script = Script()
    script.trade("09:31:00", 550.5, 1e6)
    for number, (far, near, _) in enumerate(SCENES.values()):
        level, end = 600 + 2 * number, stamp("10:00:00") + number * 300 * SECOND
        # of the run that is ended after more than a minute of silence nothing is known
        prints = [(150, -0.6, 1, 1)]
        prints += [(before, -1.5, size, side) for before, size, side in far]
        prints += [(before, -0.3 + 0.025 * i, size, 1) for i, (before, size) in enumerate(near)]
        for before, away, size, side in (*prints, (0, -0.1, 1, 1)):
            time = end - round(before * SECOND)
            script.trades.append((time, "ESH6", 10 * (level + away), float(size), side))
    return script


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return scripted().day(tmp_path_factory.mktemp("runs"), MIDDLE)


def of_scene(day, name):
    level = 600 + 2 * list(SCENES).index(name)
    return day.signals.filter(day.signals["level_id"] == f"ROUND_{level}").row(0, named=True), level


@pytest.mark.parametrize("name", SCENES)
def test_a_sweep_is_large_beside_the_runs_that_have_ended(day, name):
    found, level = of_scene(day, name)
    _, near, contracts = SCENES[name]
    assert found["tape_sweep_detected"] == (contracts > 0)
    own = [(-0.3 + 0.025 * i, size) for i, (_, size) in enumerate(near)]
    own += [(-0.1, 1)] if near[-1][0] <= 0.1 else []
    assert contracts in (0, sum(size for _, size in own))
    notional = sum(50 * 10 * (level + away) * size for away, size in own) if contracts else 0.0
    assert found["tape_sweep_notional"] == pytest.approx(notional)


def test_without_a_quantile_the_notional_alone_says_it(tmp_path):
    day = scripted().day(tmp_path, replace(MIDDLE, sweep_quantile=None))
    seen = {name for name in SCENES if of_scene(day, name)[0]["tape_sweep_detected"]}
    assert seen == {"few but large"}


def test_event_by_event_gives_the_same_bits(day, tmp_path):
    inputs = scripted().inputs(tmp_path)
    events = LiveDay(inputs, MIDDLE, Carry(), clock=lambda: 0).events()
    rows = [touch for said in events for _, touch in said]
    for name in ("event_id", "tape_sweep_detected", "tape_sweep_notional", "tape_score"):
        assert [touch[name] for touch in rows] == day.signals[name].to_list()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sweep_quantile": 1.5}, "sweep_quantile must be from 0 to 1, got 1.5"),
        ({"sweep_runs": 0}, "sweep_runs must be at least 1, got 0"),
        ({"sweep_baseline": "0s"}, "sweep_baseline must be above 0, got '0s'"),
    ],
)
def test_a_threshold_that_cannot_be_is_refused(changed, said):
    with pytest.raises(DefinitionError, match=said):
        Parameters(**changed)
