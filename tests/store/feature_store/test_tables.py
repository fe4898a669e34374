"""What users hand in, in the columns of a view."""

import datetime as dt
import math

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from penstock.core.errors import DataError
from penstock.declare import Field, Pushed, schema_of
from penstock.jobs.feature_store.tables import table_of

VIEW = schema_of(
    Pushed(
        "trips",
        [Field("rate"), Field("count", "i8"), Field("open", "bool"), Field("city", "str")],
        key="driver",
    )
)
NOW = 1_800_000_000_000_000_000
NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
NS = int(NOON.timestamp()) * 10**9
ROW = {"driver": 7, "event_timestamp": NOON, "rate": 0.5, "count": 3, "open": True, "city": "x"}


@pytest.mark.parametrize(
    "data",
    [
        [ROW],
        {name: [value] for name, value in ROW.items()},
        pl.DataFrame([ROW]),
        pd.DataFrame([ROW]),
        pa.Table.from_pylist([ROW]),
        [ROW | {"event_timestamp": "2026-01-02T12:00:00Z"}],
        [ROW | {"event_timestamp": NS}],
        [{"ts" if name == "event_timestamp" else name: value for name, value in ROW.items()}],
    ],
    ids=["rows", "columns", "polars", "pandas", "arrow", "text", "ns", "ts"],
)
def test_rows_come_in_any_form(data: object) -> None:
    made = table_of(data, VIEW, NOW)
    assert made.wrong == {}
    assert made.frame.row(0) == ("7", NS, NOW, 0.5, 3, True, "x")


def test_a_time_without_an_offset_is_utc_and_microseconds_are_whole() -> None:
    naive = NOON.replace(tzinfo=None, microsecond=123457)
    made = table_of(
        [ROW | {"event_timestamp": naive, "created": "2026-01-02T12:00:00.000000001Z"}], VIEW, NOW
    )
    assert made.frame["ts"][0] == NS + 123_457_000
    assert made.frame["created"][0] == NS + 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rate": "fast"}, "rate must be of kind f8, got 'fast'"),
        ({"rate": True}, "rate must be of kind f8, got True"),
        ({"count": 1.5}, "count must be of kind i8, got 1.5"),
        ({"count": math.nan}, "count must be of kind i8, got nan"),
        ({"count": 1 << 70}, "count must be of kind i8"),
        ({"open": 1}, "open must be of kind bool, got 1"),
        ({"city": 5}, "city must be of kind str, got 5"),
        ({"driver": 1.0}, "driver must be a text, an integer or a truth, got 1.0"),
        ({"driver": None}, "driver must be a text"),
        ({"event_timestamp": "noon"}, "event_timestamp must be ISO text or ns"),
        ({"event_timestamp": -5}, "event_timestamp must be ISO text or ns"),
        ({"event_timestamp": None}, "event_timestamp must be ISO text or ns"),
    ],
)
def test_a_bad_row_says_why_and_leaves_the_others_alone(
    change: dict[str, object], said: str
) -> None:
    made = table_of([ROW, ROW | change, ROW], VIEW, NOW)
    assert list(made.wrong) == [1]
    assert said in made.wrong[1]
    assert made.frame.row(0) == made.frame.row(2) == ("7", NS, NOW, 0.5, 3, True, "x")


def test_nulls_are_nulls_and_not_a_number_is_one() -> None:
    made = table_of(
        [ROW | {"rate": None, "count": None}, ROW | {"rate": math.nan, "city": None, "open": None}],
        VIEW,
        NOW,
    )
    assert made.wrong == {}
    values, nulls = made.numbers(VIEW)
    assert nulls.tolist() == [[True, True, False, False], [True, False, True, True]]
    assert math.isnan(values[0, 0])
    assert values[1, 1] == 3


def test_great_integers_keep_every_bit() -> None:
    great = (1 << 63) - 1
    assert table_of([ROW | {"count": great}], VIEW, NOW).frame["count"][0] == great


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([{"driver": 1, "rate": 1.0}], "a column event_timestamp is needed"),
        ([{n: v for n, v in ROW.items() if n != "city"}], "a column city is needed"),
        ([ROW | {"rat": 1}], "got 'rat'; did you mean 'rate'"),
        ({**{n: [v] for n, v in ROW.items()}, "rate": [1.0, 2.0]}, "columns must be of one length"),
    ],
)
def test_rows_without_the_columns_of_the_view_are_refused_whole(data: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        table_of(data, VIEW, NOW)


def test_no_rows_are_fine() -> None:
    made = table_of({name: [] for name in ROW}, VIEW, NOW)
    assert made.frame.height == 0
    assert made.frame.columns == ["driver", "ts", "created", "rate", "count", "open", "city"]
