"""Times as texts, all at once: what one text after the other gives."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.time import time_of
from penstock.jobs.feature_store.tables import stamp_of, stamps_of
from penstock.jobs.feature_store.times import stamps_of_texts

FIRST, LAST = dt.datetime(1, 1, 1), dt.datetime(9999, 1, 1)  # noqa: DTZ001  (the offset is drawn apart)
OFFSETS = st.sampled_from(["", "Z", "+00:00", "-0530", "+14:00", "-23:59", "+24:00", "+1", "z"])
FRACTIONS = st.sampled_from(["", ".", ".5", ".123456789", ".1234567891", ".000000001"])


@st.composite
def moments(draw: st.DrawFn) -> str:
    moment = draw(st.datetimes(FIRST, LAST)).replace(microsecond=0)
    separator = draw(st.sampled_from(["T", " ", "t"]))
    return moment.isoformat(separator) + draw(FRACTIONS) + draw(OFFSETS)


TEXTS = moments() | st.sampled_from([
    "2024-02-30T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:60Z", "2024-01-01", "20240101",
    "1704153600000000000", "2024-01-01T00:00", "", "soon", " 2024-01-01T00:00:00Z",
])  # fmt: skip


@given(st.lists(TEXTS | st.none(), min_size=1, max_size=6))
def test_texts_together_are_what_each_is_alone(texts: list[str | None]) -> None:
    wrong: dict[int, str] = {}
    found = stamps_of(pl.Series(texts, dtype=pl.String), "event_timestamp", wrong)
    expected = [stamp_of(text) for text in texts]
    assert [None if row in wrong else at for row, at in enumerate(found)] == expected
    assert sorted(wrong) == [row for row, at in enumerate(expected) if at is None]


@given(moments())
def test_a_text_that_is_read_at_once_is_read_as_one_by_one(text: str) -> None:
    (found,) = stamps_of_texts(pl.Series([text]))
    if found is not None:
        assert found == time_of(text, "text")


@pytest.mark.parametrize("year", [1969, 2200, 9999])
def test_a_time_that_no_stamp_can_hold_is_told_by_row(year: int) -> None:
    times = pl.Series(
        [dt.datetime(2024, 1, 1, tzinfo=dt.UTC), dt.datetime(year, 1, 1, tzinfo=dt.UTC)]
    )
    for given_as in (times, list(times), times.dt.to_string("iso")):
        wrong: dict[int, str] = {}
        stamps_of(given_as, "event_timestamp", wrong)
        assert list(wrong) == [1]
        assert "between 1970 and 2116" in wrong[1]
