"""A row as bytes."""

import math
import struct

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import DataError
from penstock.declare import Field, Pushed, Schema, schema_of
from penstock.store.online.packed import (
    COMPRESSED,
    HEADER,
    Packer,
    is_deleted,
    stamp,
    tombstone,
)

VALUES = {
    "f8": st.none() | st.floats(allow_nan=False),
    "i8": st.none() | st.integers(-(1 << 63), (1 << 63) - 1),
    "bool": st.none() | st.booleans(),
    "str": st.none() | st.text(max_size=40),
}
STAMPS = st.integers(-(1 << 63), (1 << 63) - 1)


def schema(*kinds: str) -> Schema:
    return schema_of(Pushed("view", [Field(f"c{i}", kind) for i, kind in enumerate(kinds)]))  # type: ignore[arg-type]


@st.composite
def rows(draw: st.DrawFn) -> tuple[Schema, list[list[object]]]:
    kinds = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=20))
    row = st.tuples(*(VALUES[kind] for kind in kinds)).map(list)
    return schema(*kinds), draw(st.lists(row, min_size=1, max_size=4))


def bits(values: list[object]) -> list[object]:
    return [struct.pack("<d", v) if isinstance(v, float) else v for v in values]


@given(rows(), STAMPS, STAMPS)
def test_a_row_comes_back_to_the_last_bit(
    given_rows: tuple[Schema, list[list[object]]], event_ts: int, created: int
) -> None:
    view, table = given_rows
    packer = Packer(view)
    for row in table:
        data = packer.pack(event_ts, created, row)
        found = packer.unpack(data)
        assert stamp(data) == (found.event_ts, found.created) == (event_ts, created)
        assert bits(found.values()) == bits(row)
        assert not is_deleted(data)
        assert [*found.null] == [value is None for value in row]


@given(rows())
def test_a_frame_is_packed_like_its_rows(given_rows: tuple[Schema, list[list[object]]]) -> None:
    view, table = given_rows
    types = {"f8": pl.Float64, "i8": pl.Int64, "bool": pl.Boolean, "str": pl.String}
    columns = {
        c.name: pl.Series([row[i] for row in table], dtype=types[c.kind])
        for i, c in enumerate(view.columns)
    }
    stamps = pl.Series(range(len(table)), dtype=pl.Int64)
    frame = pl.DataFrame({"ts": stamps, "created": stamps + 5, **columns})
    packer = Packer(view)
    expected = [packer.pack(i, i + 5, row) for i, row in enumerate(table)]
    assert packer.pack_table(frame) == expected


def test_every_not_a_number_is_one_null() -> None:
    odd = np.array([0x7FF8_0000_0000_0001, -1], np.int64).view(np.float64)
    packer = Packer(schema("f8", "f8"))
    data = packer.pack(1, 2, odd)
    assert data == packer.pack(1, 2, [None, math.nan])
    assert packer.unpack(data).values() == [None, None]
    frame = pl.DataFrame({"ts": [1], "created": [2], "c0": [odd[0]], "c1": [odd[1]]})
    assert packer.pack_table(frame) == [data]


def test_infinities_and_the_sign_of_zero_are_values() -> None:
    packer = Packer(schema("f8", "f8", "f8"))
    values = packer.unpack(packer.pack(1, 2, [math.inf, -math.inf, -0.0])).values()
    assert bits(values) == bits([math.inf, -math.inf, -0.0])


def test_large_rows_are_compressed_and_small_ones_are_not() -> None:
    many = Packer(schema(*["f8"] * 400))
    data = many.pack(1, 2, np.zeros(400))
    assert data[1] & COMPRESSED
    assert len(data) < 200
    assert many.unpack(data).values() == [0.0] * 400
    noise = np.random.default_rng(1).normal(size=400)
    assert many.unpack(many.pack(1, 2, noise)).values() == noise.tolist()
    frame = pl.DataFrame({"ts": [1], "created": [2]} | {f"c{i}": [x] for i, x in enumerate(noise)})
    assert many.pack_table(frame) == [many.pack(1, 2, noise)]
    assert not Packer(schema("f8")).pack(1, 2, [0.0])[1] & COMPRESSED


def test_a_tombstone_has_a_stamp_and_no_values() -> None:
    data = tombstone(5, 6)
    found = Packer(schema("f8", "str")).unpack(data)
    assert (is_deleted(data), stamp(data), found.deleted, found.values()) == (
        True,
        (5, 6),
        True,
        [],
    )


@given(st.binary(max_size=80))
def test_bytes_that_are_no_row_are_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="packed row"):
        Packer(schema("f8")).unpack(data)


@given(st.integers(0, HEADER.size + 30), st.integers(1, 255))
def test_a_damaged_row_is_refused(at: int, change: int) -> None:
    packer = Packer(schema("f8", "i8", "str"))
    data = bytearray(packer.pack(1, 2, [0.5, 7, "words"]))
    data[at % len(data)] ^= change
    with pytest.raises(DataError, match="damaged"):
        packer.unpack(bytes(data))


def test_a_row_of_another_view_is_refused() -> None:
    data = Packer(schema("f8", "f8")).pack(1, 2, [1.0, 2.0])
    with pytest.raises(DataError, match="a row of 3 columns is needed, got one of 2"):
        Packer(schema("f8", "f8", "f8")).unpack(data)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("i8", 1.5), ("i8", 1 << 63), ("i8", True), ("bool", 1), ("str", 1), ("f8", "x")],
)
def test_a_value_of_another_kind_is_refused(kind: str, value: object) -> None:
    with pytest.raises(DataError, match="values must be"):
        Packer(schema(kind)).pack(1, 2, [value])
    with pytest.raises(DataError, match="1 values are needed, got 2"):
        Packer(schema(kind)).pack(1, 2, [None, None])


@given(st.lists(VALUES["f8"], min_size=1, max_size=60), STAMPS, st.data())
def test_floats_are_read_whole_as_they_are_one_by_one_or_not_at_all(
    row: list[object], event_ts: int, data: st.DataObject
) -> None:
    packer = Packer(schema(*["f8"] * len(row)))
    packed = packer.pack(event_ts, 7, row)
    found = packer.floats(packed)
    assert found is not None
    assert found[0] == event_ts
    assert bits([None if math.isnan(v) else v for v in found[1]]) == bits(row)
    assert packer.floats(tombstone(event_ts, 7)) is None
    assert Packer(schema(*["f8"] * (len(row) + 1))).floats(packed) is None
    assert Packer(schema(*["f8"] * len(row), "i8")).floats(packed) is None
    at = data.draw(st.integers(0, len(packed) - 1))
    damaged = bytearray(packed)
    damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    assert packer.floats(bytes(damaged)) is None
