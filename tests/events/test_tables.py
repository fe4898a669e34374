"""Parquet and CSV tables: what goes in by a mapping comes out, and bad cells are kept aside."""

import csv
import datetime as dt
import gzip
import io
import json
import math
import zipfile
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.events.dbn_files import column, read_all, shared

from penstock.core.errors import DefinitionError
from penstock.events import Bar, Book, Keys, Mbo, Quarantine, Quote, Trade, read_quarantine
from penstock.events.checks import Rules
from penstock.events.readers import (
    Constant,
    CsvSource,
    Dialect,
    Mapping,
    ParquetSource,
    Time,
    open_source,
    parse_mapping,
)

BARE = Dialect(header=False)
NANO = 1_000_000_000
START = 1_700_000_000 * NANO


def text_file(tmp_path, text: str, name: str = "t.csv"):
    path = tmp_path / name
    path.write_text(text, newline="")
    return path


def trades_csv(tmp_path, *lines: str):
    return text_file(tmp_path, "\n".join(("time,symbol,price,size,side", *lines)) + "\n")


prices = st.floats(1e-6, 1e12, allow_nan=False).map(lambda x: x or 1.0)
trades = st.lists(
    st.tuples(
        st.integers(0, 2**40),
        st.sampled_from(["ES", "NQ", "6E"]),
        prices,
        st.floats(0, 1e9),
        st.sampled_from([-1, 0, 1]),
    ),
    min_size=1,
    max_size=50,
)


@given(rows=trades)
@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.csv.gz", "t.csv.zst", "t.zip"])
def test_a_table_comes_back_to_the_bit(tmp_path_factory, name, rows):
    rows = sorted(rows)
    frame = pl.DataFrame(rows, ["time", "symbol", "price", "size", "side"], orient="row")
    path = tmp_path_factory.mktemp("table") / name
    text = "time,symbol,price,size,side\n" + "".join(
        f"{t},{symbol},{price!r},{size!r},{side}\n" for t, symbol, price, size, side in rows
    )
    if name.endswith("parquet"):
        frame.write_parquet(path)
    elif name.endswith("gz"):
        path.write_bytes(gzip.compress(text.encode()))
    elif name.endswith("zst"):
        import zstandard

        path.write_bytes(zstandard.compress(text.encode()))
    elif name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inside.csv", text)
    else:
        path.write_text(text)
    found, quarantine, keys = read_all(open_source(path))
    names = [keys.names[key][0] for key in column(found["trade"], "key")]
    columns = (column(found["trade"], c) for c in ("price", "size", "side"))
    assert quarantine.total == 0
    assert list(zip(column(found["trade"], "time"), names, *columns, strict=True)) == rows


def test_lean_ticks_are_read_with_zone_date_and_scale():
    path = shared("equity_ticks/ibm_20131007_trade.zip")
    items = ["time=0:ms:America/New_York:2013-10-07", "price=1*1e-4", "size=2", "symbol==IBM"]
    found, quarantine, keys = read_all(open_source(path, type="trade", mapping=items, dialect=BARE))
    with zipfile.ZipFile(path) as archive:
        lines = list(csv.reader(io.TextIOWrapper(archive.open(archive.namelist()[0]))))
    midnight = dt.datetime(2013, 10, 7, tzinfo=ZoneInfo("America/New_York"))
    start = int(midnight.timestamp()) * NANO
    assert column(found["trade"], "time") == [start + int(line[0]) * 1_000_000 for line in lines]
    assert column(found["trade"], "price") == [int(line[1]) / 10_000 for line in lines]
    assert column(found["trade"], "size") == [float(line[2]) for line in lines]
    assert (quarantine.total, keys.names) == (0, [("IBM",)])


def test_lean_quotes_of_one_side_are_absent_on_the_other():
    path = shared("equity_ticks/ibm_20131007_quote.zip")
    items = [
        "time=0:ms:America/New_York:2013-10-07",
        "bid_price=1*1e-4",
        "bid_size=2",
        "ask_price=3*1e-4",
        "ask_size=4",
        "symbol==IBM",
        "absent=0",
    ]
    found, quarantine, _ = read_all(open_source(path, type="quote", mapping=items, dialect=BARE))
    with zipfile.ZipFile(path) as archive:
        lines = list(csv.reader(io.TextIOWrapper(archive.open(archive.namelist()[0]))))
    bids = column(found["quote"], "bid_price")
    absent = sum(line[1] == "0" for line in lines)
    assert len(bids) + quarantine.total == len(lines)
    assert sum(map(math.isnan, bids)) == absent > 0


def test_lean_bars_are_stamped_at_their_end():
    path = shared("equity_minute/spy_20131007_trade.zip")
    new_york = dt.date(2013, 10, 7)
    mapping = Mapping(
        Bar,
        columns=dict(zip(("open", "high", "low", "close", "volume"), "12345", strict=True)),
        time=Time("0", "ms", "America/New_York", new_york),
        scale=dict.fromkeys(("open", "high", "low", "close"), 1e-4),
        key={"symbol": Constant("SPY")},
        interval=60 * NANO,
    )
    found, quarantine, _ = read_all(CsvSource(path, mapping, dialect=BARE))
    assert dt.datetime.fromtimestamp(column(found["bar"], "time")[0] / 1e9, dt.UTC) == dt.datetime(
        2013, 10, 7, 8, 1, tzinfo=dt.UTC
    )
    assert (len(column(found["bar"], "open")), quarantine.total) == (828, 0)
    assert all(map(math.isnan, column(found["bar"], "trades")))


def test_lobster_executions_are_read_exactly_and_other_messages_skipped():
    path = shared("lobster/AAPL_2012-06-21_34200000_57600000_message_10.csv")
    items = [
        "time=0:s:America/New_York:2012-06-21",
        "price=4*1e-4",
        "size=3",
        "side=5*-1",
        "symbol==AAPL",
        "where=1:4,5",
    ]
    found, quarantine, _ = read_all(open_source(path, type="trade", mapping=items, dialect=BARE))
    lines = [line for line in csv.reader(path.read_text().splitlines()) if line[1] in ("4", "5")]
    start = int(dt.datetime(2012, 6, 21, 4, tzinfo=dt.UTC).timestamp()) * NANO
    exact = []
    for line in lines:
        whole, _, part = line[0].partition(".")
        exact.append(start + int(whole) * NANO + int(part.ljust(9, "0")[:9]))
    assert column(found["trade"], "time") == exact
    assert column(found["trade"], "side") == [-int(line[5]) for line in lines]
    assert quarantine.skipped == {(str(path), "other 1"): 999 - len(lines)}


def test_databentos_csv_of_books_is_read_and_its_one_broken_cell_kept_aside(tmp_path):
    path = shared("mbp10_nolicence/aapl_mbp10_20241021_5000rows.csv.gz")
    items = ["time=ts_recv:iso:UTC"]
    for side in ("bid", "ask"):
        items += [f"{side}_price={side}_px_{{level:02d}}", f"{side}_size={side}_sz_{{level:02d}}"]
    with Quarantine(tmp_path / "bad.arrow") as quarantine:
        found, _, _ = read_all(open_source(path, type="book", mapping=items), quarantine)
    with gzip.open(path, "rt") as file:
        lines = list(csv.DictReader(file))
    kept = read_quarantine(tmp_path / "bad.arrow").to_pylist()
    assert [(row["row"], row["reason"], row["value"]) for row in kept] == [
        (20, "wrong type", "2 33.53")
    ]
    assert kept[0]["raw"].startswith(b"2024-10-21T11:54:53.251488043Z,")
    del lines[20]
    wanted = [
        [
            float(line[f"{side}_{what}_{level:02d}"])
            for level in range(10)
            for side in ("bid", "ask")
            for what in ("px", "sz")
        ]
        for line in lines
    ]
    levels = np.concatenate([block.columns["levels"] for block in found["book"]])
    np.testing.assert_array_equal(levels, wanted)


def test_levels_that_a_table_lacks_are_absent(tmp_path):
    frame = pl.DataFrame(
        {
            "time": [1],
            "symbol": ["A"],
            "bid_price_0": [1.0],
            "bid_size_0": [2.0],
            "ask_price_0": [3.0],
            "ask_size_0": [4.0],
        }
    )
    frame.write_parquet(tmp_path / "b.parquet")
    source = open_source(tmp_path / "b.parquet")
    found, _, _ = read_all(source)
    levels = column(found["book"], "levels")[0]
    assert source.types == (Book,)
    assert levels[:4] == [1.0, 2.0, 3.0, 4.0]
    assert levels[5::2] == [0.0] * 18
    assert all(map(math.isnan, levels[4::2]))


def test_parquet_stamps_know_their_unit_and_zone():
    path = shared("crypto_perp/candles.parquet")
    items = [
        "time=timestamp",
        "open=o",
        "high=h",
        "low=l",
        "close=c",
        "volume=v",
        "symbol=coin",
        "interval=1h",
    ]
    keys = Keys(("symbol", "venue"))
    found, quarantine, _ = read_all(
        open_source(path, type="bar", mapping=items, key=("symbol", "venue")), keys=keys
    )
    frame = pl.read_parquet(path)
    stamps = (frame["timestamp"].dt.epoch("ns") + 3_600 * NANO).to_list()
    assert quarantine.total == 0
    assert column(found["bar"], "time") == stamps
    assert [keys.names[k] for k in column(found["bar"], "key")] == list(
        zip(frame["coin"], frame["venue"], strict=True)
    )


def test_bad_cells_are_kept_aside_with_their_line(tmp_path):
    lines = [
        "1,ES,10.5,1,B",
        "2,ES,ten,1,B",
        "3,ES,10.5,-1,B",
        "4,ES,10.5",
        "5,ES,10.5,1,B,extra",
        "x,ES,10.5,1,B",
        "6,,10.5,1,B",
        "7,ES,,1,S",
        "8,ES,10.5,1,X",
        "9,ES,nan,1,S",
        "10,ES,inf,1,S",
        "9,ES,10.5,1,S",
        '11,"ES",10.5,1,N',
        '12,"ES,10.5,1,N',
        "",
        "13,ES,0,1,S",
        "14,ES,10.25,2,sell",
    ]
    path = trades_csv(tmp_path, *lines)
    with Quarantine(tmp_path / "bad.arrow") as quarantine:
        found, _, _ = read_all(open_source(path), quarantine)
    kept = {
        r["row"]: (r["reason"], r["raw"].decode())
        for r in read_quarantine(tmp_path / "bad.arrow").to_pylist()
    }
    reasons = {
        1: "wrong type",
        2: "negative size",
        3: "wrong number of cells",
        4: "wrong number of cells",
        5: "wrong type",
        6: "missing key",
        7: "NaN price",
        8: "wrong type",
        9: "NaN price",
        10: "infinite price",
        13: "open quote",
        14: "non-positive price",
    }
    rows = [line for line in lines if line]
    assert column(found["trade"], "time") == [1, 9, 11, 14]
    assert kept == {row: (reason, rows[row]) for row, reason in reasons.items()}
    assert quarantine.read[str(path)] == len(rows) == len(kept) + 4
    assert quarantine.skipped == {(str(path), "blank line"): 1}


def test_a_bad_row_of_a_parquet_file_is_kept_as_json(tmp_path):
    frame = pl.DataFrame(
        {
            "time": [1, 2, 3],
            "symbol": ["A", None, "B"],
            "price": [1.0, 2.0, None],
            "size": [1, 1, 1],
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    with Quarantine(tmp_path / "bad.arrow") as quarantine:
        found, _, _ = read_all(ParquetSource(tmp_path / "t.parquet"), quarantine)
    kept = read_quarantine(tmp_path / "bad.arrow").to_pylist()
    assert column(found["trade"], "time") == [1]
    assert sorted((row["row"], row["reason"]) for row in kept) == [
        (1, "missing key"),
        (2, "NaN price"),
    ]
    assert json.loads(kept[0]["raw"])["size"] == 1


def test_the_size_of_chunks_does_not_change_the_rows(tmp_path, monkeypatch):
    lines = [f"{i},{'ES' if i % 3 else 'NQ'},{i + 0.5},{i},{'BSN'[i % 3]}" for i in range(1, 400)]
    lines[50] = "51,ES,,1,B"
    lines[77] = "5,ES,1,1,B"
    path = trades_csv(tmp_path, *lines)
    whole, one, _ = read_all(open_source(path))
    monkeypatch.setattr("penstock.events.readers.csv.BYTES", 300)
    monkeypatch.setattr("penstock.events.readers.pieces.PIECE", 100)
    split, two, _ = read_all(open_source(path))
    assert len(split["trade"]) > 10
    assert one.counts == two.counts
    for name in ("time", "key", "price", "size", "side"):
        assert column(whole["trade"], name) == column(split["trade"], name)


def test_order_messages_and_windows_line_ends_are_read(tmp_path):
    text = "time,symbol,order,price,size,action,side\r\n1,ES,7,10.5,1,A,B\r\n2,ES,7,10.5,0,C,A\r\n"
    source = open_source(text_file(tmp_path, text))
    found, quarantine, _ = read_all(source)
    assert source.types == (Mbo,)
    assert column(found["mbo"], "action") == [ord("A"), ord("C")]
    assert column(found["mbo"], "flags") == [128, 128]
    assert quarantine.total == 0


def test_negative_prices_are_declared(tmp_path):
    path = trades_csv(tmp_path, "1,CL,-37.63,1,S")
    found, _, _ = read_all(open_source(path, rules=Rules(negative_prices=True)))
    assert column(found["trade"], "price") == [-37.63]


def test_a_zip_of_several_files_asks_for_one(tmp_path):
    path = shared("futures_lean/es_minute_20131007_trade.zip")
    with pytest.raises(DefinitionError, match="member must be one of"):
        open_source(path, type="bar", dialect=BARE)
    items = [
        "time=0:ms:UTC:2013-10-07",
        "open=1",
        "high=2",
        "low=3",
        "close=4",
        "volume=5",
        "symbol==ES",
        "interval=1m",
    ]
    member = zipfile.ZipFile(path).namelist()[0]
    found, quarantine, _ = read_all(
        open_source(path, type="bar", mapping=items, dialect=Dialect(header=False, member=member))
    )
    assert len(column(found["bar"], "open")) > 0
    assert quarantine.total == 0


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["pric=px"], "did you mean 'price'"),
        (["price=last_px"], "did you mean 'last'"),
        (["price"], "NAME=COLUMN"),
        (["time=ts"], "unit of time column 'ts' must be declared"),
        (["time=ts:msec:UTC"], "must be one of"),
        (["time=ts:ms"], "a zone must be declared"),
        (["time=ts:ms:America/NewYork"], "IANA"),
        (["interval=1m"], "an interval is for bars"),
        (["symbol=simbol"], "key symbol"),
    ],
)
def test_a_wrong_mapping_names_what_is_near(tmp_path, items, message):
    path = text_file(tmp_path, "ts,last,size,symbol\n1,2,3,A\n")
    base = {"price": "price=last", "time": "time=ts:ms:UTC"}
    for item in items:
        base[item.partition("=")[0]] = item
    with pytest.raises(DefinitionError, match=message):
        read_all(open_source(path, type="trade", mapping=list(base.values())))


def test_a_type_is_told_by_its_columns_or_asked_for(tmp_path):
    assert open_source(trades_csv(tmp_path, "1,ES,1,1,B")).types == (Trade,)
    quotes = text_file(tmp_path, "time,bid_price,bid_size,ask_price,ask_size\n", "q.csv")
    assert open_source(quotes).types == (Quote,)
    with pytest.raises(DefinitionError, match="event type must be given"):
        open_source(text_file(tmp_path, "a,b\n1,2\n", "x.csv"))
    with pytest.raises(DefinitionError, match="did you mean 'trade'"):
        open_source(quotes, type="trades")


def test_an_unknown_extension_or_format_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match=r"must be one of \.dbn"):
        open_source(tmp_path / "a.xlsx")
    with pytest.raises(DefinitionError, match="did you mean 'csv'"):
        open_source(tmp_path / "a", format="cvs")
    with pytest.raises(DefinitionError, match="no such file"):
        open_source(tmp_path / "a.csv")


def test_the_texts_of_a_mapping_say_the_same_as_its_fields():
    items = [
        "price=a*b*1e-4",
        "time=t:x:iso:UTC",
        "receive=r:%Y%m%d %H:%M:America/New_York",
        "symbol=s",
        "venue==X=Y",
        "absent=0,-1",
        "where=k:1,2",
    ]
    assert parse_mapping(Trade, items, key=("symbol", "venue")) == Mapping(
        Trade,
        columns={"price": "a*b"},
        time=Time("t:x", "iso", "UTC"),
        receive=Time("r", "%Y%m%d %H:%M", "America/New_York"),
        scale={"price": 1e-4},
        key={"symbol": "s", "venue": Constant("X=Y")},
        absent=(0.0, -1.0),
        where={"k": ("1", "2")},
    )


def test_a_quote_inside_a_cell_costs_its_row_and_no_other(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f'{5 + i},"A, or {i}",{10 + i},"1"' for i in range(6)]
    rows[3] = '8,"A",""1.0,1'
    path.write_text("time,symbol,price,size\n" + "\n".join(rows) + "\n")
    found, quarantine, keys = read_all(open_source(path))
    assert column(found["trade"], "price") == [10.0, 11.0, 12.0, 14.0, 15.0]
    assert keys.names[0] == ("A, or 0",)
    assert quarantine.counts == {(str(path), "wrong number of cells"): 1}
