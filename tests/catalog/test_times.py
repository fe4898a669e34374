"""Time: days on which clocks are set, half days, seasons in any blocks, schedules, and what a typo gets."""

import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from tests.catalog import market
from tests.catalog.compute import compute
from tests.catalog.market import DATA, SECOND, Market
from tests.catalog.oracles import times

from penstock.catalog import find
from penstock.core.errors import DefinitionError
from penstock.ops import DayTable, LocalTime, Scheduled, SeasonalMean, SeasonalStrength
from penstock.ops.harness import X, evaluate, run

HOUR, DAY = 3_600 * SECOND, 86_400 * SECOND


def instants(*texts: str) -> np.ndarray:
    return np.array([pd.Timestamp(text).value for text in texts])


def trades(at: np.ndarray) -> Market:
    ones = np.ones(len(at))
    return Market("trades", trade={"time": at, "price": ones, "size": ones, "side": at * 0})


@pytest.mark.parametrize(
    "zone",
    [
        "America/New_York",
        "Europe/London",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Pacific/Apia",
    ],
)
def test_every_quarter_of_an_hour_about_every_change_is_that_of_the_zone(zone: str) -> None:
    node = LocalTime(zone=zone)
    changes = node.starts[1:][node.starts[1:] > instants("2005-01-01")[0]]
    at = (changes[:, None] + np.arange(-8, 9) * HOUR // 4 + [[-1], [0]][0]).ravel()
    at = np.unique(np.concatenate([at, at - 1]))
    got = run(node, {}, ts=at)
    local = pd.DatetimeIndex([datetime.fromtimestamp(t // SECOND, UTC) for t in at]).tz_convert(
        ZoneInfo(zone)
    )
    np.testing.assert_array_equal(
        got["second_of_day"] // 60, local.hour.to_numpy() * 60 + local.minute.to_numpy()
    )
    np.testing.assert_array_equal(got["day_of_month"], local.day)
    np.testing.assert_array_equal(got["month"], local.month)
    np.testing.assert_array_equal(got["summer"], [bool(when.dst()) for when in local])


def test_the_hour_that_comes_twice_and_the_hour_that_does_not_come() -> None:
    at = instants(
        "2013-03-10T06:59:59Z", "2013-03-10T07:00Z", "2013-11-03T05:30Z", "2013-11-03T06:30Z", "2013-11-03T07:30Z"
    )  # fmt: skip
    _, got = compute(
        trades(at), ("time.hour_of_day(tz=America/New_York)", "time.dst_active"), "trade"
    )
    hour, summer = got.values()
    assert hour.tolist() == [1, 3, 1, 1, 2]
    assert summer.tolist() == [0, 1, 1, 0, 0]


def test_sessions_know_summer_time_and_half_days() -> None:
    at = instants(
        "2013-03-08T14:30Z",  # opens, winter
        "2013-03-11T13:30Z",  # opens, summer
        "2013-11-29T18:00Z",  # closes at 13:00 after Thanksgiving
        "2013-11-29T18:00:01Z",
        "2013-11-28T16:00Z",  # Thanksgiving
        "2013-11-27T15:00Z",
    )
    names = (
        "minutes_since_open", "minutes_to_close", "session_fraction", "is_early_close", "days_to_next_holiday",
        "is_holiday",
    )  # fmt: skip
    at = np.sort(at)
    _, got = compute(trades(at), tuple(f"time.{name}" for name in names), "trade")
    nan = np.nan
    wanted = [
        [0.0, 0.0, 30.0, nan, 210.0, nan],
        [390.0, 390.0, 360.0, nan, 0.0, nan],
        [0.0, 0.0, 1 / 13, nan, 1.0, nan],
        [0, 0, 0, 0, 1, 1],
        [15, 14, 1, 0, 18, 18],
        [0, 0, 0, 1, 0, 0],
    ]
    for name, column, values in zip(names, got.values(), wanted, strict=True):
        np.testing.assert_allclose(column, values, err_msg=name)


def test_a_turn_of_the_month_spans_it() -> None:
    at = instants(
        *(f"2024-{day}T15:00Z" for day in ("05-30", "05-31", "06-01", "06-03", "06-05", "06-06"))
    )
    _, got = compute(trades(at), ("time.turn_of_month", "time.is_month_end"), "trade")
    turn, end = got.values()
    assert turn.tolist() == [0, 1, 0, 1, 1, 0]
    assert end.tolist() == [0, 1, 0, 0, 0, 0]


def test_a_day_has_a_session_or_none() -> None:
    days = (
        "24",
        "25",
        "26",
        "27",
        "28",
        "29",
    )  # a half day, Christmas, a Friday, a weekend, a Monday
    at = instants(*(f"2025-12-{day}T15:00Z" for day in days))
    node = DayTable(calendar="XNYS", field="session")
    assert evaluate(node, clock={"ts": at}) == [1.0, 0.0, 1.0, 0.0, 0.0, 1.0]
    late = instants("2025-12-26T04:59:59Z", "2025-12-26T05:00Z")  # midnight in New York
    assert evaluate(node, clock={"ts": late}) == [0.0, 1.0]


def test_of_days_that_a_calendar_does_not_know_nothing_is_said() -> None:
    at = instants("2049-12-31T12:00Z", "2050-01-01T12:00Z")
    _, got = compute(trades(at), ("time.is_month_end(cal=24/7)", "time.is_holiday"), "trade")
    np.testing.assert_array_equal(list(got.values()), [[1.0, np.nan], [1.0, np.nan]])


@pytest.mark.parametrize(
    "node",
    [
        SeasonalMean(X, slot="day_of_week", weeks=3, zone="America/New_York"),
        SeasonalMean(X, slot="hour_of_day", weeks=1),
        SeasonalStrength(X, slot="hour_of_day", days=5, zone="America/New_York"),
        SeasonalStrength(X, slot="day_of_week", days=20),
    ],
    ids=lambda node: node.text,
)
def test_a_season_has_the_same_bits_in_any_blocks_and_leaves_out_what_is_not_finite(node) -> None:
    rng = np.random.default_rng(3)
    ts = instants("2013-01-01")[0] + np.cumsum(rng.choice([0, 1, 5, 9, 70], 900) * HOUR)
    x = np.where(rng.random(900) < 0.05, np.nan, rng.normal(size=900))
    x[400] = np.inf
    sizes = rng.integers(0, 20, 80)
    sizes = [*sizes.tolist(), 900 - int(sizes.sum())] if sizes.sum() < 900 else [900]
    got = run(node, {"x": x}, ts=ts)["out"]
    assert np.isfinite(got).sum() > 200
    np.testing.assert_array_equal(got, run(node, {"x": x}, ts=ts, splits=sizes)["out"])
    names = ("starts", "offsets", "length", "count")
    given = {name: getattr(node, name) for name in names}
    back = {"cycles": node.cycles} if isinstance(node, SeasonalMean) else {"days": node.days}
    wanted = type(node).oracle(x=x, at=ts, **given, **back)
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)


def test_equal_values_have_no_season() -> None:
    ts = instants("2013-01-01")[0] + np.arange(400) * HOUR
    got = run(SeasonalStrength(X, days=5), {"x": np.full(400, 0.1)}, ts=ts)["out"]
    assert np.isnan(got).all()


def test_a_schedule_is_read_from_a_file_whose_content_belongs_to_the_definition(tmp_path) -> None:
    path = tmp_path / "fomc.txt"
    path.write_text("2024-01-31T19:00Z  # January\n\n2024-03-20T14:00-04:00\n")
    node = Scheduled(schedule=str(path))
    assert node.times.tolist() == instants("2024-01-31T19:00Z", "2024-03-20T18:00Z").tolist()
    path.write_text("2024-05-01T18:00Z\n")
    assert Scheduled(schedule=str(path)).fingerprint != node.fingerprint
    path.write_text("soon\n")
    with pytest.raises(DefinitionError, match="one time a line, got"):
        Scheduled(schedule=str(path))


@pytest.mark.parametrize(
    ("name", "params", "says"),
    [
        ("time.hour_of_day", {"tz": "Europe/Berln"}, "a time zone must exist, got 'Europe/Berln'"),
        ("time.minutes_since_open", {"cal": "XNYZ"}, r"got 'XNYZ'; did you mean 'X"),
        ("time.is_holiday", {"country": "USA!"}, "a code such as US or DE, got 'USA!'"),
        ("time.seconds_to_event", {"cal": "no such file"}, "or a file of them is needed, got 'no such file'"),
        ("time.options_expiration_week", {"rule": "third Friday"}, "got 'third Friday'"),
        ("time.trading_session_id", {"EU": "16-7"}, r"trading_session_id\(EU\): .* got '16-7'"),
        ("time.seasonality_strength", {"slot": "hour"}, "must be one of minute_of_day, hour_of_day"),
        ("time.turn_of_month", {"before": -1}, "before must not be negative, got -1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name_when_it_is_defined(name, params, says) -> None:
    with pytest.raises(DefinitionError, match=says):
        find(name).expr(**params)


def test_to_list_the_catalogue_needs_none_of_the_libraries_of_calendars() -> None:
    code = (
        "import sys; from penstock.catalog import FEATURES; "
        "[x.fingerprint for x in FEATURES if x.family == 'time']; "
        "print(sorted({'pandas', 'exchange_calendars', 'holidays'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.skipif(not DATA.exists(), reason="../shared is absent")
def test_the_sessions_of_real_bars_are_those_of_their_exchange() -> None:
    bars = market.minute_bars()
    at, got = compute(bars, ("time.minutes_since_open",), "bar")
    inside = got["time.minutes_since_open"]
    assert np.nanmin(inside) == 0.0
    assert np.nanmax(inside) == 390.0
    np.testing.assert_allclose(inside, times.minutes_since_open(bars, at))
