"""What was known of an entity at a time, against a search row by row."""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.declare import Field, Pushed, Schema, schema_of
from penstock.store.offline.history import AT, Wanted, read_history
from penstock.store.offline.lake import Lake
from penstock.store.status import NOT_FOUND, NULL_VALUE, OUTSIDE_MAX_AGE, PRESENT

DAY = 86_400_000_000_000
VIEW = schema_of(
    Pushed("view", [Field("x"), Field("n", "i8"), Field("word", "str")], key=("a", "b"))
)
TYPES = {"a": pl.String, "b": pl.String, "ts": pl.Int64, "created": pl.Int64}


def table(rows: list[dict[str, Any]], schema: Schema = VIEW) -> pl.DataFrame:
    kinds = {"f8": pl.Float64, "i8": pl.Int64, "bool": pl.Boolean, "str": pl.String}
    types = TYPES | {c.name: kinds[c.kind] for c in schema.columns}
    keys = {name: types[name] for name in (*schema.key, "ts", "created", *schema.names)}
    return pl.DataFrame(rows, schema=keys, orient="row")


def wanted(*schemas: Schema, ttl: int | None = None) -> Wanted:
    return Wanted(schemas, schemas[0].names, schemas[0].names, ttl)


def by_hand(
    rows: list[dict[str, Any]], entity: dict[str, Any], ttl: int | None, *, known: bool
) -> dict[str, tuple[Any, str]]:
    best: dict[str, Any] | None = None
    for row in rows:
        if (row["a"], row["b"]) != (entity["a"], entity["b"]) or row["ts"] > entity[AT]:
            continue
        if known and row["created"] > entity[AT]:
            continue
        if best is None or (row["ts"], row["created"]) > (best["ts"], best["created"]):
            best = row
    found = {}
    for name in VIEW.names:
        if best is None:
            found[name] = None, NOT_FOUND
        elif ttl is not None and entity[AT] - best["ts"] > ttl:
            found[name] = None, OUTSIDE_MAX_AGE
        else:
            found[name] = best[name], NULL_VALUE if best[name] is None else PRESENT
    return found


KEYS = st.sampled_from([("1", "23"), ("12", "3"), ("", "x"), ("x", "")])
TIMES = st.integers(0, 5).map(lambda i: i * DAY // 2) | st.integers(0, 3 * DAY)


@st.composite
def stored(draw: st.DrawFn) -> dict[str, Any]:
    a, b = draw(KEYS)
    ts = draw(TIMES)
    late = draw(st.sampled_from([0, 1, DAY, -DAY]))
    # what a stamp holds follows from the stamp: the same row may be written again
    x = None if ts % 7 == 3 else float(ts + late)
    return {
        "a": a,
        "b": b,
        "ts": ts,
        "created": ts + late,
        "x": x,
        "n": ts % 5 or None,
        "word": f"{ts}",
    }


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(stored(), max_size=12), min_size=1, max_size=3),
    st.lists(st.tuples(KEYS, TIMES), max_size=12),
    st.sampled_from([None, 0, 1, DAY]),
    st.booleans(),
    st.sampled_from([1, 40, 1 << 20]),
)
def test_a_read_is_what_a_search_row_by_row_finds(
    writes: list[list[dict[str, Any]]],
    asked: list[tuple[tuple[str, str], int]],
    ttl: int | None,
    known: bool,
    cells: int,
) -> None:
    entities = [{"a": a, "b": b, AT: at} for (a, b), at in asked]
    frame = pl.DataFrame(
        entities, schema={"a": pl.String, "b": pl.String, AT: pl.Int64}, orient="row"
    )
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        for rows in writes:
            lake.write(VIEW, table(rows))
        found = read_history(
            lake, frame, [wanted(VIEW, ttl=ttl)], known=known, statuses=True, cells=cells
        )
    every = [row for rows in writes for row in rows]
    assert found.height == len(entities)
    for row, entity in zip(found.iter_rows(named=True), entities, strict=True):
        expected = by_hand(every, entity, ttl, known=known)
        assert {n: (row[n], row[f"{n}__status"]) for n in VIEW.names} == expected


def simple(**given: Any) -> Schema:
    return schema_of(Pushed("view", [Field("x"), Field("n", "i8")], key="a", **given))


def read(
    lake: Lake, ats: list[tuple[str, int]], *schemas: Schema, ttl: int | None = None
) -> pl.DataFrame:
    frame = pl.DataFrame(ats, schema={"a": pl.String, AT: pl.Int64}, orient="row")
    return read_history(lake, frame, [wanted(*schemas, ttl=ttl)], statuses=True)


def test_a_value_that_is_too_old_keeps_its_row(tmp_path: Path) -> None:
    lake, view = Lake(tmp_path), simple()
    lake.write(view, table([{"a": "k", "ts": 0, "created": 0, "x": 1.0, "n": 1}], view))
    found = read(lake, [("k", 5), ("k", 6), ("other", 6)], view, ttl=5)
    assert found["x"].to_list() == [1.0, None, None]
    assert found["x__status"].to_list() == [PRESENT, OUTSIDE_MAX_AGE, NOT_FOUND]


def test_composite_keys_do_not_run_together(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rows = [
        {"a": "1", "b": "23", "ts": 0, "created": 0, "x": 1.0, "n": 0, "word": ""},
        {"a": "12", "b": "3", "ts": 0, "created": 0, "x": 2.0, "n": 0, "word": ""},
    ]
    lake.write(VIEW, table(rows))
    frame = pl.DataFrame({"a": ["12", "1"], "b": ["3", "23"], AT: [1, 1]})
    assert read_history(lake, frame, [wanted(VIEW)])["x"].to_list() == [2.0, 1.0]


def test_a_row_that_came_late_is_not_known_before_it_came(tmp_path: Path) -> None:
    lake, view = Lake(tmp_path), simple()
    rows = [
        {"a": "k", "ts": 10, "created": 10, "x": 1.0, "n": 0},
        {"a": "k", "ts": 20, "created": 3 * DAY, "x": 2.0, "n": 0},
        {"a": "k", "ts": 30, "created": 30, "x": 3.0, "n": 0},
        {"a": "k", "ts": 30, "created": 2 * DAY, "x": 4.0, "n": 0},
    ]
    lake.write(view, table(rows, view))
    found = read(
        lake, [("k", 25), ("k", 30), ("k", 2 * DAY - 1), ("k", 2 * DAY), ("k", 4 * DAY)], view
    )
    assert found["x"].to_list() == [1.0, 3.0, 3.0, 4.0, 4.0]


def test_older_versions_give_what_is_defined_alike(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    one = simple()
    two = schema_of(
        Pushed("view", [Field("x"), Field("n", "f8"), Field("more")], key="a"), version=2
    )
    three = schema_of(Pushed("view", [Field("n", "str"), Field("more")], key="a"), version=3)
    lake.write(one, table([{"a": "k", "ts": 1, "created": 1, "x": 1.0, "n": 7}], one))
    lake.write(
        two, table([{"a": "k", "ts": 2, "created": 2, "x": 2.0, "n": 0.5, "more": 9.0}], two)
    )
    lake.write(three, table([{"a": "k", "ts": 3, "created": 3, "n": "w", "more": 8.0}], three))
    ats = [("k", 1), ("k", 2), ("k", 3)]
    of_two = read(lake, ats, two, one)
    assert of_two["x"].to_list() == [1.0, 2.0, 2.0]
    assert of_two["n"].to_list() == [7.0, 0.5, 0.5]
    assert of_two["more__status"].to_list() == [NULL_VALUE, PRESENT, PRESENT]
    of_three = read(lake, ats, three, two, one)
    assert of_three["n"].to_list() == [None, None, "w"], "a number is not read as a text"
    assert of_three["more"].to_list() == [None, 9.0, 8.0]
    assert read(lake, ats, one)["x"].to_list() == [1.0, 1.0, 1.0]


def test_several_views_are_read_in_one_call(tmp_path: Path) -> None:
    lake, view = Lake(tmp_path), simple()
    other = schema_of(Pushed("other", [Field("y")], key="c"))
    lake.write(view, table([{"a": "k", "ts": 1, "created": 1, "x": 1.0, "n": 7}], view))
    rows = pl.DataFrame({"c": ["k"], "ts": [1], "created": [1], "y": [5.0]})
    lake.write(other, rows)
    frame = pl.DataFrame({"a": ["k", "z"], "c": ["z", "k"], AT: [2, 2]})
    asked = [Wanted((view,), ("x",), ("view__x",), None), Wanted((other,), ("y",), ("y",), None)]
    assert read_history(lake, frame, asked).rows() == [(1.0, None), (None, 5.0)]


@pytest.mark.parametrize("cells", [1, 1 << 20])
def test_nothing_stored_and_nobody_asked(tmp_path: Path, cells: int) -> None:
    lake, view = Lake(tmp_path), simple()
    assert read(lake, [("k", 1)], view)["x__status"].to_list() == [NOT_FOUND]
    assert read(lake, [], view).height == 0
    lake.write(view, table([], view))
    assert read(lake, [("k", 1)], view)["n__status"].to_list() == [NOT_FOUND]


def test_rows_of_large_files_are_found_by_their_place(tmp_path: Path) -> None:
    lake, view, keys, count = (
        Lake(tmp_path),
        simple(),
        7,
        150_000,
    )  # of a file of two groups of rows
    for day in (0, 1):
        number = pl.int_range(count, eager=True)
        ts = day * DAY + number * 1_000
        key = pl.Series([f"{i}" for i in range(keys)])[(number % keys)]
        x = number * 0.5 + day
        lake.write(view, pl.DataFrame({"a": key, "ts": ts, "created": ts, "x": x, "n": number}))
    groups = [pq.ParquetFile(f.path).num_row_groups for f in lake.files(view)]
    assert groups == [2, 2]
    asked = [
        (f"{i % keys}", day * DAY + i * 1_000 + 999) for i in (0, 6, 149_999) for day in (1, 0)
    ]
    found = read(lake, [*asked, ("5", 4_999)], view)
    assert found["n"].to_list() == [0, 0, 6, 6, 149_999, 149_999, None]
    assert found["x"].to_list() == [1.0, 0.0, 4.0, 3.0, 75_000.5, 74_999.5, None]
