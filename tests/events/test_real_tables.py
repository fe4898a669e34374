"""Real tables of perpetuals, options, instruments and texts, against polars and Python's own readers."""

import csv
import datetime as dt
import gzip
import json
import math
from collections import Counter
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from tests.events.dbn_files import column, decoded, read_all, shared

from penstock.core.errors import DefinitionError
from penstock.events import Block, Keys, Quarantine
from penstock.events.instruments import Instruments
from penstock.events.readers import Dialect, open_source
from penstock.events.types import DEFAULTS, Instrument

PAIR = ("coin", "venue")


def sorted_copy(tmp_path, name: str, rows: pl.DataFrame):
    path = tmp_path / name
    rows.sort("timestamp", maintain_order=True).write_parquet(path)
    return path


def series(found, keys, type_: str, field: str) -> dict:
    """Values by (time, key)."""
    times, numbers = (column(found[type_], name) for name in ("time", "key"))
    names = [keys.names[number] for number in numbers]
    return Counter(zip(times, names, column(found[type_], field), strict=True))


@pytest.mark.parametrize(
    ("file", "type_", "field", "theirs"),
    [
        ("funding_rates", "funding", "rate", "funding_rate"),
        ("open_interest", "open_interest", "value", "oi_usd"),
    ],
)
def test_series_of_perpetuals_are_those_of_the_file(tmp_path, file, type_, field, theirs):
    rows = pl.read_parquet(shared(f"crypto_perp/{file}.parquet"))
    path = sorted_copy(tmp_path, f"{file}.parquet", rows)
    source = open_source(
        path, type=type_, mapping=[f"{field}={theirs}", "time=timestamp"], key=PAIR
    )
    found, quarantine, keys = read_all(source, keys=Keys(PAIR))
    good = rows.filter(
        pl.col(theirs).is_finite() & (pl.col(theirs) >= (0 if field == "value" else -1))
    )
    assert quarantine.total == rows.height - good.height
    stamps = good["timestamp"].dt.cast_time_unit("ns").to_physical().to_list()
    names = list(zip(good["coin"].to_list(), good["venue"].to_list(), strict=True))
    wanted = Counter(zip(stamps, names, good[theirs].to_list(), strict=True))
    assert series(found, keys, type_, field) == wanted
    assert len(keys) == len(set(names))


def test_a_header_less_file_of_funding_rates(tmp_path):
    path = shared("crypto_perp/binance_margin_interest_btcusd.csv")
    with path.open() as file:
        rows = list(csv.reader(file))
    source = open_source(
        path,
        type="funding",
        mapping=["rate=1", "time=0:%Y%m%d %H:%M:%S:UTC", "symbol==BTCUSD"],
        dialect=Dialect(header=False),
    )
    found, quarantine, _ = read_all(source)
    assert quarantine.total == 0
    assert column(found["funding"], "rate") == [float(row[1]) for row in rows]
    stamps = [
        dt.datetime.strptime(row[0], "%Y%m%d %H:%M:%S").replace(tzinfo=dt.UTC) for row in rows
    ]
    assert column(found["funding"], "time") == [int(s.timestamp()) * 10**9 for s in stamps]
    assert column(found["funding"], "interval") == [0] * len(rows)


def number(text: str) -> float:
    return float(text) if text else math.nan


def nanoseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * 10**9


def test_a_chain_of_options_is_that_of_the_file(tmp_path):
    """A chain of one close; only the columns that the file lacks are added here."""
    with gzip.open(shared("options_chain/aapl_20140603_chain.csv.gz"), "rt") as file:
        rows = [row for row in csv.DictReader(line.lstrip("#") for line in file) if row["strike"]]
    close = nanoseconds(dt.datetime(2014, 6, 3, 20, tzinfo=dt.UTC))
    path = tmp_path / "chain.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "zero", "none", *rows[0]])
        writer.writerows([close, 0, "", *row.values()] for row in rows)
    items = [
        "mark=close", "iv=implied_volatility", "bid_price=none", "bid_size=zero", "ask_price=none",
        "ask_size=zero", "expiry=expiry:%Y%m%d:America/New_York", "symbol==AAPL",
    ]  # fmt: skip
    found, quarantine, _ = read_all(open_source(path, type="option_quote", mapping=items))
    assert quarantine.total == 0
    fields = ("strike", "right", "open_interest", "iv", "delta", "expiry")
    ours = zip(*(column(found["option_quote"], name) for name in fields), strict=True)
    zone = ZoneInfo("America/New_York")
    wanted = [
        (
            float(row["strike"]), 1 if row["right"].lower().startswith("c") else -1,
            number(row["open_interest"]), number(row["implied_volatility"]), number(row["delta"]),
            nanoseconds(dt.datetime.strptime(row["expiry"], "%Y%m%d").replace(tzinfo=zone)),
        )
        for row in rows
    ]  # fmt: skip
    for mine, theirs in zip(zip(*ours, strict=True), zip(*wanted, strict=True), strict=True):
        np.testing.assert_array_equal(np.array(mine), np.array(theirs))


OPTION_CHAIN = [
    "time=timestamp:us:UTC", "receive=local_timestamp:us:UTC", "strike=strike_price", "right=type",
    "expiry=expiration:us:UTC", "bid_size=bid_amount", "ask_size=ask_amount", "mark=mark_price",
    "iv=mark_iv*0.01", "underlying=underlying_price", "vega=vega*100",
]  # fmt: skip
TICKER = "tardis_csv_samples/derivative_ticker_1.csv"


def test_tardis_option_chains_are_read_by_mapping():
    path = shared("tardis_csv_samples/options_chain.csv")
    rows = list(csv.DictReader(path.read_text().splitlines()))
    found, quarantine, _ = read_all(open_source(path, type="option_quote", mapping=OPTION_CHAIN))
    assert quarantine.total == 0
    assert column(found["option_quote"], "expiry") == [
        int(row["expiration"]) * 1_000 for row in rows
    ]
    for ours, theirs, factor in (
        ("iv", "mark_iv", 100), ("strike", "strike_price", 1), ("mark", "mark_price", 1), ("delta", "delta", 1),
        ("open_interest", "open_interest", 1), ("bid_price", "bid_price", 1), ("ask_price", "ask_price", 1),
    ):  # fmt: skip
        wanted = [number(row[theirs]) / factor for row in rows]
        np.testing.assert_array_equal(column(found["option_quote"], ours), wanted)


@pytest.mark.parametrize(
    ("type_", "item", "field"),
    [
        ("funding", "rate=funding_rate", "rate"),
        ("open_interest", "contracts=open_interest", "contracts"),
        ("mark_price", "price=mark_price", "price"),
        ("index_price", "price=index_price", "price"),
    ],
)
def test_one_ticker_file_gives_several_streams(type_, item, field):
    path = shared(TICKER)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    found, quarantine, keys = read_all(
        open_source(path, type=type_, mapping=[item, "time=timestamp:ns:UTC"])
    )
    assert quarantine.total + sum(len(block) for block in found[type_]) == len(rows)
    good = [float(row[item.partition("=")[2]]) for row in rows][: len(rows) - quarantine.total]
    assert column(found[type_], field) == good
    assert quarantine.total == 0
    assert keys.names[0] == (rows[0]["symbol"],)


TWEETED = "%a %b %d %H:%M:%S %z %Y"


def moment(text: str) -> int:
    return nanoseconds(dt.datetime.strptime(text, TWEETED))  # noqa: DTZ007 - it has %z


def test_tweets_keep_their_words_and_go_back_in_no_time(tmp_path):
    """The file is in order of days, not of times: what goes back is kept aside, so it is sorted here."""
    with gzip.open(shared("text_tweets/AAPL.jsonl.gz"), "rt") as file:
        lines = file.readlines()[:2_000]
    tweets = sorted(
        (json.loads(line) for line in lines),
        key=lambda tweet: moment(tweet["created_at"]),
    )
    path = tmp_path / "tweets.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(tweet) + "\n" for tweet in tweets)
    items = [
        f"time=created_at:{TWEETED.replace('%z', '+0000')}:UTC",
        "author=user_id_str",
        "symbol==AAPL",
    ]
    source = open_source(path, type="text", mapping=items)
    found, quarantine, _ = read_all(source)
    assert quarantine.total == 0
    assert column(found["text"], "author") == [int(tweet["user_id_str"]) for tweet in tweets]
    assert column(found["text"], "time") == [moment(tweet["created_at"]) for tweet in tweets]
    words = [source.texts[number] for number in column(found["text"], "text")]
    assert words == [" ".join(tweet["text"]) for tweet in tweets]
    assert len(source.texts) == len(set(words))


def test_terms_are_looked_up_as_they_stood():
    path = shared("futures_dbn/esu4_nqu4_definition.dbn.zst")
    keys = Keys()
    table = Instruments.of(open_source(path), keys)
    assert len(table) == 2
    for record in decoded(path):
        number = keys.number((record.raw_symbol,))
        assert table.at(number, record.ts_recv - 1) is None
        terms = table.at(number, record.ts_recv)
        assert terms["tick"] == record.min_price_increment / 1e9
        assert terms["multiplier"] == record.unit_of_measure_qty / 1e9
        assert terms["expiry"] == record.expiration
    with pytest.raises(DefinitionError, match="did you mean 'tick'"):
        terms["tik"]
    with pytest.raises(DefinitionError, match="instruments are needed, got trade"):
        Instruments.of(open_source(shared("futures_dbn/esu4_trades_20240701T2358.dbn.zst")), keys)


def test_many_terms_are_looked_up_at_once():
    rng = np.random.default_rng(3)
    size = 300
    said = {name: [value] * size for name, value in DEFAULTS["instrument"].items()}
    times = np.sort(rng.integers(0, 1_000, size))
    ticks = np.where(rng.random(size) < 0.3, np.nan, rng.integers(1, 9, size) / 4)
    key = rng.integers(0, 5, size)
    block = Block.of(Instrument, time=times, key=key, **said | {"tick": ticks})
    table = Instruments([block.take(slice(0, 100)), block.take(slice(100, None))])
    asked_keys, asked_times = rng.integers(0, 6, 500), rng.integers(-5, 1_005, 500)
    found = table.column("tick", asked_keys, asked_times)
    for ours, k, t in zip(found, asked_keys, asked_times, strict=True):
        before = [
            x for x, a, b in zip(ticks, key, times, strict=True) if a == k and b <= t and x == x
        ]
        wanted = before[-1] if before else math.nan
        one = table.at(int(k), int(t))
        assert ours == wanted or (ours != ours and wanted != wanted)
        assert one is None or one["tick"] == ours or (one["tick"] != one["tick"] and ours != ours)


def test_quarantine_knows_what_it_was_not_asked_for(tmp_path):
    rows = pl.read_parquet(shared("crypto_perp/open_interest.parquet")).head(5)
    path = sorted_copy(tmp_path, "oi.parquet", rows)
    quarantine = Quarantine()
    source = open_source(
        path, type="open_interest", mapping=["value=oi_usd", "time=timestamp", "symbol=coin"]
    )
    read_all(source, quarantine)
    assert quarantine.unread == {str(path): ("venue",)}
