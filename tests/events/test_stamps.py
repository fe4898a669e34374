"""Stamps of tables against Python's own calendar."""

import datetime as dt
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import DefinitionError
from penstock.events.readers import Time
from penstock.events.readers.stamps import stamps

NANO = 1_000_000_000
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
moments = st.datetimes(dt.datetime(1975, 1, 1), dt.datetime(2035, 1, 1))  # noqa: DTZ001 - naive
zones = st.sampled_from(["UTC", "America/New_York", "Europe/London", "Asia/Kolkata"])


def nanoseconds(moment: dt.datetime) -> int:
    gap = moment.astimezone(dt.UTC) - EPOCH
    return (gap.days * 86_400 + gap.seconds) * NANO + gap.microseconds * 1_000


def one(value: object, time: Time) -> tuple[int | None, list[str]]:
    found, failures = stamps(pl.Series("t", [value]), time, "s")
    return found[0], [reason for reason, mask in failures if mask[0]]


@given(moments, zones)
def test_local_iso_stamps_are_python_s_local_times(moment, zone):
    aware = moment.replace(tzinfo=ZoneInfo(zone))
    first, second = (nanoseconds(aware.replace(fold=fold)) for fold in (0, 1))
    found, reasons = one(moment.isoformat(), Time("t", "iso", zone))
    if first == second:
        assert (found, reasons) == (first, [])
    else:
        assert found is None
        assert reasons in (["missing local time"], ["repeated local time"])


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_an_offset_wins_over_the_declared_zone(moment, minutes):
    offset = dt.timezone(dt.timedelta(minutes=minutes))
    aware = moment.replace(tzinfo=offset)
    assert one(aware.isoformat(), Time("t", "iso", "Asia/Tokyo")) == (nanoseconds(aware), [])


@given(st.integers(0, 4 * 10**9), st.integers(0, NANO - 1))
def test_decimal_seconds_are_exact(seconds, part):
    text = f"{seconds}.{part:09d}"
    assert one(text, Time("t", "s", "UTC")) == (seconds * NANO + part, [])


@pytest.mark.parametrize(("unit", "factor"), [("ns", 1), ("us", 10**3), ("ms", 10**6), ("s", NANO)])
def test_numbers_count_their_unit(unit, factor):
    for value in (7, "7", 7.0):
        assert one(value, Time("t", unit, "UTC")) == (7 * factor, [])
    day = dt.date(2024, 1, 1)
    start = nanoseconds(dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    assert one(7, Time("t", unit, "UTC", day)) == (start + 7 * factor, [])


def test_the_hour_that_is_skipped_does_not_exist():
    time = Time("t", "iso", "America/New_York")
    assert one("2024-03-10 02:30:00", time) == (None, ["missing local time"])
    before, after = one("2024-03-10 01:59:59", time)[0], one("2024-03-10 03:00:00", time)[0]
    assert after - before == NANO


def test_the_hour_that_is_repeated_is_refused_or_declared():
    text, zone = "2024-11-03 01:30:00", "America/New_York"
    assert one(text, Time("t", "iso", zone)) == (None, ["repeated local time"])
    early, _ = one(text, Time("t", "iso", zone, repeated="earliest"))
    late, _ = one(text, Time("t", "iso", zone, repeated="latest"))
    assert late - early == 3_600 * NANO


def test_milliseconds_of_a_day_follow_its_clocks():
    time = Time("t", "ms", "America/New_York", dt.date(2024, 3, 10))
    opening = dt.datetime(2024, 3, 10, 9, 30, tzinfo=ZoneInfo("America/New_York"))
    assert one(34_200_000, time) == (nanoseconds(opening), [])


def test_a_pattern_reads_lean_s_days():
    time = Time("t", "%Y%m%d %H:%M", "America/New_York")
    midnight = dt.datetime(2013, 10, 7, tzinfo=ZoneInfo("America/New_York"))
    assert one("20131007 00:00", time) == (nanoseconds(midnight), [])


@pytest.mark.parametrize("text", ["", "x", "2024-13-01", "2024-02-30", "12:00", None])
def test_what_is_no_stamp_is_of_a_wrong_type(text):
    found, failures = stamps(pl.Series("t", [text], pl.String), Time("t", "iso", "UTC"), "s")
    assert found[0] is None
    assert failures[0][0] == "wrong type"


def test_a_number_beyond_the_clock_is_of_a_wrong_type():
    assert one(2**62, Time("t", "s", "UTC")) == (None, ["wrong type"])
    assert one("99999999999999999999", Time("t", "s", "UTC")) == (None, ["wrong type"])


def test_timestamps_and_days_know_their_unit():
    moment = dt.datetime(2024, 5, 6, 7, 8, 9, tzinfo=dt.UTC).replace(tzinfo=None)
    aware = pl.Series("t", [moment]).dt.replace_time_zone("America/New_York")
    assert stamps(aware, Time("t"), "s")[0][0] == nanoseconds(
        moment.replace(tzinfo=ZoneInfo("America/New_York"))
    )
    with pytest.raises(DefinitionError, match="zone of time column 't' must be declared"):
        stamps(pl.Series("t", [moment]), Time("t"), "s")
    day = pl.Series("t", [dt.date(2024, 5, 6)])
    zone = Time("t", "iso", "America/New_York")
    midnight = dt.datetime(2024, 5, 6, tzinfo=ZoneInfo("America/New_York"))
    assert stamps(day, zone, "s")[0][0] == nanoseconds(midnight)
