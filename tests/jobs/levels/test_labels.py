"""What came after a touch, on paths made by hand."""

import numpy as np
import pytest

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.labels import labels

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
CLOSE = NOW + 3_600 * SECOND


def of(
    path: list[tuple[int, float]],
    *,
    spot: float,
    level: float = 100.0,
    way: int = 1,
    close: int = CLOSE,
    **changed,
):
    """The labels of one touch, after which the price goes along a path of (second, price)."""
    times = np.array([NOW, *(NOW + second * SECOND for second, _ in path)])
    prices = np.array([spot, *(price for _, price in path)])
    rows = {
        "ts": np.array([NOW]),
        "trades": np.array([1.0]),
        "level_price": np.array([level]),
        "spot": np.array([spot]),
        "direction": np.array([float(way)]),
    }
    return labels(rows, times, prices, Parameters(**changed), close).row(0, named=True)


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ([(1, 100.1), (2, 100.2)], "BREAK"),
        ([(1, 99.8), (2, 100.5)], "BREAK"),  # a bounce is from the price, 99.95, not from the level
        ([(1, 99.75), (2, 100.5)], "BOUNCE"),
        ([(1, 100.19), (2, 99.76)], "CHOP"),
        ([(300, 100.2)], "BREAK"),  # the horizon's end is within it
        ([(301, 100.2)], "CHOP"),
        ([], "CHOP"),
    ],
)
def test_the_first_barrier_that_is_passed_decides(path, outcome):
    assert of(path, spot=99.95)["outcome"] == outcome


def test_a_touch_from_above_breaks_downwards():
    assert of([(1, 99.8)], spot=100.05, way=-1)["outcome"] == "BREAK"
    assert of([(1, 100.25)], spot=100.05, way=-1)["outcome"] == "BOUNCE"


def test_the_literal_rule_bounces_from_the_level():
    assert of([(1, 99.8), (2, 100.5)], spot=99.95, labels="seed_literal")["outcome"] == "BOUNCE"


def test_a_price_that_is_beyond_the_barrier_already_has_no_outcome():
    assert of([(1, 99.0)], spot=100.2)["outcome"] is None


def test_a_session_that_ends_before_the_horizon_leaves_all_unknown():
    found = of([(1, 101.0)], spot=99.95, close=NOW + 299 * SECOND)
    assert found["outcome"] is None
    assert np.isnan(
        [found["future_price_5min"], found["excursion_max"], found["excursion_min"]]
    ).all()


def test_excursions_and_the_price_after_are_of_the_trades_after_the_touch():
    found = of([(10, 100.3), (20, 99.6), (290, 100.1)], spot=99.95)
    assert found["excursion_max"] == pytest.approx(0.3)
    assert found["excursion_min"] == pytest.approx(0.4)
    assert found["future_price_5min"] == 100.1


def test_a_price_that_is_too_old_is_no_price_after():
    assert np.isnan(of([(10, 100.3)], spot=99.95)["future_price_5min"])


def test_about_as_many_break_as_bounce_where_the_price_has_no_drift():
    rng = np.random.default_rng(7)
    outcomes = []
    for _ in range(400):
        steps = 100.0 + np.cumsum(rng.choice([-0.02, 0.02], 3_000))
        path = [(k // 10 + 1, float(p)) for k, p in enumerate(steps)]
        outcomes.append(of(path, spot=100.0)["outcome"])
    broken, bounced = outcomes.count("BREAK"), outcomes.count("BOUNCE")
    assert abs(broken - bounced) < 4 * np.sqrt(broken + bounced)  # four deviations of a fair coin
    assert broken + bounced > 300
