"""JSON lines against Python's own JSON, line by line."""

import datetime as dt
import gzip
import json
import math
from decimal import Decimal

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from tests.events.dbn_files import column, read_all

from penstock.core.errors import DataError, DefinitionError
from penstock.events import Keys, Quarantine, Trade
from penstock.events.readers import JsonlSource, open_source
from penstock.events.types import Book, Text

START = 1_700_000_000_000
TRADES = ["price=data.p", "size=data.q", "side=data.side", "time=data.T:ms:UTC", "symbol=data.s"]


def line(place: int, **changes) -> dict:
    """A trade as an exchange sends it; changes are members of its data."""
    data = {
        "s": "BTCUSDT" if place % 3 else "ETHUSDT",
        "p": f"{60_000 + place / 100:.2f}",
        "q": f"{1 + place % 7}.5",
        "T": START + place,
        "side": "buy" if place % 2 else "sell",
    }
    return {"stream": "trade", "data": data | changes}


def write(path, lines, end="\n"):
    texts = [text if isinstance(text, str) else json.dumps(text) for text in lines]
    path.write_bytes((end.join(texts) + end).encode())
    return path


def trades(path, quarantine=None, items=TRADES):
    found, quarantine, keys = read_all(
        open_source(path, type="trade", mapping=items), quarantine or Quarantine()
    )
    return found["trade"], quarantine, keys


def test_every_value_is_that_of_pythons_json(tmp_path):
    lines = [line(i) for i in range(500)]
    blocks, quarantine, keys = trades(write(tmp_path / "t.jsonl", lines))
    assert quarantine.total == 0
    assert column(blocks, "time") == [x["data"]["T"] * 1_000_000 for x in lines]
    assert column(blocks, "price") == [float(x["data"]["p"]) for x in lines]
    assert column(blocks, "size") == [float(x["data"]["q"]) for x in lines]
    assert column(blocks, "side") == [1 if x["data"]["side"] == "buy" else -1 for x in lines]
    names = [keys.names[number] for number in column(blocks, "key")]
    assert names == [(x["data"]["s"],) for x in lines]


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_packed_files_are_unpacked(tmp_path, packed):
    plain = write(tmp_path / "t.jsonl", [line(i) for i in range(50)])
    data = plain.read_bytes()
    pack = gzip.compress if packed == ".gz" else zstandard.ZstdCompressor().compress
    path = tmp_path / f"t.jsonl{packed}"
    path.write_bytes(pack(data))
    assert column(trades(path)[0], "price") == column(trades(plain)[0], "price")


ODD = [
    ("{not json", "broken line"),
    ('{"data":{"p":"1"', "broken line"),
    ('{"data":1}{"data":2}', "broken line"),
    ("5", "broken line"),
    ("null", "broken line"),
    ("[" * 5_000, "broken line"),
    ('{"data":{"p":"\\ud800"}}x', "broken line"),
    (json.dumps(line(5, p="dear")), "wrong type"),
    (json.dumps(line(5, p=True)), "wrong type"),
    (json.dumps(line(5, p={"x": 1})), "wrong type"),
    (json.dumps(line(5, T="noon")), "wrong type"),
    (json.dumps(line(5, T=None)), "wrong type"),
    (json.dumps(line(5, side="north")), "wrong type"),
    (json.dumps(line(5, s=None)), "missing key"),
    (json.dumps(line(5, p=None)), "NaN price"),
    (json.dumps(line(5, p="")), "NaN price"),
    (json.dumps({"stream": "trade"}), "wrong type"),
    (json.dumps(line(5, p="-3")), "non-positive price"),
    (json.dumps(line(5, q="-3")), "negative size"),
    (json.dumps(line(5, p="inf")), "infinite price"),
    (json.dumps(line(5)).replace('"60000.05"', "1e999"), "broken line"),
    (json.dumps(line(5, T=10**30)), "wrong type"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), ODD, ids=lambda x: x[:30])
def test_an_odd_line_is_kept_aside_with_its_bytes_and_the_others_are_read(tmp_path, text, reason):
    lines = [line(i) for i in range(10)]
    lines[5] = text
    path = write(tmp_path / "t.jsonl", lines)
    seen = []

    class Watch(Quarantine):
        def add(self, source, reason, rows, raw, values):
            seen.extend(zip(rows, raw, strict=True))
            super().add(source, reason, rows, raw, values)

    blocks, quarantine, _ = trades(path, Watch())
    assert quarantine.counts == {(str(path), reason): 1}
    assert seen == [(5, text.encode())]
    assert column(blocks, "price") == [float(x["data"]["p"]) for x in lines if x != text]
    assert quarantine.read == {str(path): 10}


NUMBERS = st.one_of(
    st.floats(1e-6, 1e9).map(repr),
    st.floats(1e-6, 1e9),
    st.integers(1, 10**20),
    st.integers(1, 10**20).map(str),
    st.decimals(1, 10**9, places=8).map(str),
)


@given(st.lists(NUMBERS, min_size=1, max_size=20), st.booleans())
def test_a_number_is_the_nearest_float_whatever_stands_beside_it(tmp_path_factory, numbers, odd):
    """A broken line sends its chunk another way; the others' bits do not change."""
    path = tmp_path_factory.mktemp("j") / "t.jsonl"
    lines = [json.dumps(line(i, p=number)) for i, number in enumerate(numbers)]
    write(path, [*lines, "{"] if odd else lines)
    blocks, quarantine, _ = trades(path)
    assert column(blocks, "price") == [float(Decimal(str(number))) for number in numbers]
    assert quarantine.total == odd


@pytest.mark.parametrize(
    ("unit", "stamps"),
    [
        ("s", ["1700000000.123456789", "1700000001"]),
        ("s", [1700000000.25, 1700000001]),
        ("ms", [1700000000000, "1700000000001"]),
        ("ms", [1700000000000.5, 1700000000001]),
        ("us", [1700000000000000, 1700000000000001]),
        ("ns", [1700000000000000000, "1700000000000000001"]),
        ("iso", ["2023-11-14T22:13:20.123456789Z", "2023-11-14T22:13:21+00:00"]),
        ("%d.%m.%Y %H:%M:%S", ["14.11.2023 22:13:20", "14.11.2023 22:13:21"]),
    ],
)
def test_stamps_are_exact(tmp_path, unit, stamps):
    scale = {"s": 9, "ms": 6, "us": 3, "ns": 0}
    if unit in scale:
        wanted = [int(Decimal(str(stamp)) * 10 ** scale[unit]) for stamp in stamps]
    else:
        start = int(dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=dt.UTC).timestamp()) * 10**9
        wanted = [start + (123_456_789 if unit == "iso" else 0), start + 10**9]
    path = write(tmp_path / "t.jsonl", [line(i, T=stamp) for i, stamp in enumerate(stamps)])
    items = [*TRADES[:3], f"time=data.T:{unit}:UTC", TRADES[4]]
    blocks, quarantine, _ = trades(path, items=items)
    assert quarantine.total == 0
    assert column(blocks, "time") == wanted


def test_a_whole_number_keeps_every_digit(tmp_path):
    big = 2**53 + 1
    rows = [
        {
            "order": big,
            "price": 1,
            "size": 1,
            "action": "A",
            "side": "bid",
            "time": START,
            "symbol": "X",
        }
    ]
    found, quarantine, _ = read_all(open_source(write(tmp_path / "m.jsonl", rows), type="mbo"))
    assert quarantine.total == 0
    assert column(found["mbo"], "order") == [big]


def test_levels_in_lists_are_a_book(tmp_path):
    rows = [{"t": START, "b": [["9.5", "1"], ["9", "2"]], "a": [["10", "3"]], "s": "X"}]
    items = [
        "bid_price=b.{level}.0", "bid_size=b.{level}.1", "ask_price=a.{level}.0", "ask_size=a.{level}.1",
        "time=t:ms:UTC", "symbol=s",
    ]  # fmt: skip
    found, quarantine, _ = read_all(
        open_source(write(tmp_path / "b.jsonl", rows), type=Book, mapping=items)
    )
    assert quarantine.total == 0
    levels = found["book"][0].columns["levels"][0]
    np.testing.assert_array_equal(levels[:8], [9.5, 1, 10, 3, 9, 2, math.nan, 0])


def test_lines_may_be_lists(tmp_path):
    path = write(tmp_path / "k.jsonl", [[START + i, "X", str(10 + i), 1] for i in range(3)])
    items = ["time=0:ms:UTC", "symbol=1", "price=2", "size=3"]
    assert column(trades(path, items=items)[0], "price") == [10.0, 11.0, 12.0]


def test_other_lines_are_skipped_and_blank_ones_are_none(tmp_path):
    other = {"stream": "ping", "data": {"p": {"deep": 1}}}
    lines = [line(0), "", other, "  ", line(1), other]
    path = write(tmp_path / "t.jsonl", lines, end="\r\n")
    blocks, quarantine, _ = trades(path, items=[*TRADES, "where=stream:trade"])
    name = str(path)
    assert column(blocks, "price") == [60_000.0, 60_000.01]
    assert quarantine.skipped == {(name, "blank line"): 2, (name, "other stream"): 2}
    assert quarantine.total == 0
    assert quarantine.read == {name: 4}


def test_any_size_of_chunk_gives_the_same_rows(tmp_path, monkeypatch):
    lines = [line(i) if i % 10 else "{" for i in range(300)]
    path = write(tmp_path / "t.jsonl", lines)
    whole, counted, _ = trades(path)
    monkeypatch.setattr("penstock.events.readers.jsonl.BYTES", 500)
    monkeypatch.setattr("penstock.events.readers.pieces.PIECE", 200)
    parts, again, _ = trades(path)
    assert len(parts) > 20
    assert counted.counts == again.counts
    for name in ("time", "price", "size", "side", "key"):
        assert column(whole, name) == column(parts, name)


def test_a_line_that_never_ends_is_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr("penstock.events.readers.whole_lines.LONGEST", 1_000)
    monkeypatch.setattr("penstock.events.readers.jsonl.BYTES", 500)
    monkeypatch.setattr("penstock.events.readers.pieces.PIECE", 300)
    path = write(tmp_path / "t.jsonl", [line(0), "x" * 20_000, line(1), "y" * 9_000])
    blocks, quarantine, _ = trades(path)
    assert column(blocks, "price") == [60_000.0, 60_000.01]
    assert quarantine.counts == {(str(path), "line too long"): 2}


def test_a_path_that_is_not_there_names_the_nearest(tmp_path):
    path = write(tmp_path / "t.jsonl", [line(0)])
    with pytest.raises(DefinitionError, match=r"did you mean 'data\.side'"):
        trades(path, items=[*TRADES[:2], "side=data.sid", *TRADES[3:]])
    with pytest.raises(DataError, match="a line must be JSON"):
        JsonlSource(write(tmp_path / "none.jsonl", ["garbage"]))


def test_messages_keep_their_words_beside_the_events(tmp_path):
    rows = [
        {"text": "Fed holds rates", "author": "jane", "source": "wire", "language": "en-US",
         "weight": 900, "likes": 3, "time": START, "symbol": "SPY"},
        {"text": "Fed holds rates", "author": "42", "source": "wire", "language": "de",
         "weight": None, "likes": 5, "time": START + 1, "symbol": "SPY"},
        {"text": "", "author": "x", "source": "", "language": "", "weight": 1, "likes": 1,
         "time": START + 2, "symbol": "SPY"},
    ]  # fmt: skip
    source = open_source(write(tmp_path / "m.jsonl", rows), type=Text, mapping=["time=time:ms:UTC"])
    found, quarantine, _ = read_all(source)
    ids = column(found["text"], "text")
    assert ids[0] == ids[1]
    assert source.texts[ids[0]] == "Fed holds rates"
    assert column(found["text"], "author")[1] == 42
    assert column(found["text"], "language") == [
        256 * ord("e") + ord("n"),
        256 * ord("d") + ord("e"),
    ]
    assert math.isnan(column(found["text"], "weight")[1])
    assert quarantine.counts == {(source.name, "empty text"): 1}


def test_a_key_may_be_a_number_and_a_constant(tmp_path):
    path = write(tmp_path / "t.jsonl", [line(0, s=7)])
    source = open_source(path, type=Trade, mapping=[*TRADES, "venue==X"], key=("symbol", "venue"))
    keys = Keys(("symbol", "venue"))
    list(source.chunks(keys, Quarantine(policy="stop")))
    assert keys.names == [("7", "X")]
