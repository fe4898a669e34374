"""Binance's captures: real files against a dictionary, and what is missing, twice or out of order."""

import json

import numpy as np
import pytest
from tests.events.capture_files import binance_books, diffs_of, lines_of, shared, written

from penstock.core.errors import DataError, DefinitionError
from penstock.events import Depth, Keys, Quarantine, Quote, Trade
from penstock.events.readers import CaptureSource, open_source

SPOT = "crypto_l2/spot_btcusdt_20240808.gz"
FUTURES = "crypto_l2/usdm_btcusdt_20240808.gz"
LAST, SNAPSHOT, GAP = 128, 32, 4


def read(source, keys=None):
    """All events by type, as columns, and the quarantine."""
    quarantine, keys = Quarantine(), Keys() if keys is None else keys
    parts, last = {}, 0
    for chunk in source.chunks(keys, quarantine):
        assert tuple(block.type for block in chunk) == source.types
        for block in chunk:
            time = block.columns["time"]
            assert not len(block) or (time[0] >= last and (np.diff(time) >= 0).all())
            parts.setdefault(block.type.name, []).append(block.columns)
        last = max([last, *(int(b.columns["time"][-1]) for b in chunk if len(b))])
    events = {
        name: {column: np.concatenate([p[column] for p in found]) for column in found[0]}
        for name, found in parts.items()
    }
    return events, quarantine


def counts(quarantine):
    """Bad and skipped lines without the source's name."""
    bad = {reason: n for (_, reason), n in quarantine.counts.items()}
    return bad, {kind: n for (_, kind), n in quarantine.skipped.items()}


def accounted(source, quarantine, events):
    """Every line of a Binance capture is one event or message of depth, bad, or skipped."""
    flags = events["depth"]["flags"]
    messages = int(np.count_nonzero(flags & LAST) - np.count_nonzero(flags & GAP))
    others = sum(len(events[t.name]["time"]) for t in source.types if t is not Depth)
    bad, skipped = counts(quarantine)
    total = messages + others + sum(bad.values()) + sum(skipped.values())
    assert total == quarantine.read[source.name]


@pytest.mark.parametrize(("name", "futures"), [(SPOT, False), (FUTURES, True)])
def test_books_of_the_real_files_are_those_of_a_dictionary(name, futures):
    path = shared(name)
    lines = lines_of(path)
    events, quarantine = read(open_source(path))
    expected = binance_books(lines, futures)
    assert events["book"]["time"].tolist() == [stamp for stamp, _ in expected]
    np.testing.assert_array_equal(events["book"]["levels"], [levels for _, levels in expected])
    assert not quarantine.counts
    assert quarantine.read[str(path)] == len(lines)


@pytest.mark.parametrize(("name", "seen"), [(SPOT, 2), (FUTURES, 4)])
def test_every_line_of_the_real_files_is_accounted_for(name, seen):
    source = CaptureSource(shared(name))
    events, quarantine = read(source)
    accounted(source, quarantine, events)
    assert counts(quarantine) == ({}, {"depth seen before": seen})


@pytest.mark.parametrize("name", [SPOT, FUTURES])
def test_trades_and_quotes_are_those_of_the_lines(name):
    path = shared(name)
    trades, quotes = [], []
    for line in lines_of(path):
        stamp, text = line.split(b" ", 1)
        data = json.loads(text).get("data", {})
        if data.get("e") == "trade":
            trades.append((int(stamp), float(data["p"]), float(data["q"]), -1 if data["m"] else 1))
        elif "B" in data:
            quotes.append((int(stamp), *(float(data[name]) for name in "bBaA")))
    events, _ = read(CaptureSource(path))
    for type_, expected in ((Trade, trades), (Quote, quotes)):
        columns = events[type_.name]
        names = ("time", *(field.name for field in type_.fields))
        assert list(zip(*(columns[name].tolist() for name in names), strict=True)) == expected


def ids_of(path):
    """Per message of depth and per quote its last id, in order of the lines."""
    depth, quotes = [], []
    for line in lines_of(path):
        stamp, text = line.split(b" ", 1)
        message = json.loads(text)
        data = message.get("data", {})
        if data.get("e") == "depthUpdate":
            depth.append((data["u"], int(stamp)))
        elif "B" in data:
            quotes.append((data["u"], *(float(data[name]) for name in "bBaA")))
    return depth, quotes


@pytest.mark.parametrize(("name", "least"), [(SPOT, 3_000), (FUTURES, 5_000)])
def test_the_best_levels_are_the_quote_of_the_latest_id(name, least):
    """A quote says the best levels from its id on until the next one's: compare those around a book's id."""
    path = shared(name)
    depth, quotes = ids_of(path)
    quotes = sorted(quotes)
    ids = np.array([quote[0] for quote in quotes])
    events, _ = read(open_source(path))
    stamps, levels = events["book"]["time"], events["book"]["levels"]
    compared = equal = 0
    for last, stamp in depth:
        row = int(np.searchsorted(stamps, stamp, "right")) - 1
        at = int(np.searchsorted(ids, last, "right")) - 1
        if row < 0 or at < 0 or at + 1 == len(ids):
            continue
        compared += 1
        equal += levels[row, :4].tolist() == list(quotes[at][1:])
    assert compared >= least
    assert equal == compared


def cut(tmp_path, name, drop, add=()):
    """A real capture's lines without some, and with some again at other places."""
    lines = lines_of(shared(name))
    kept = [line for i, line in enumerate(lines) if i not in set(drop)]
    for place, line in add:
        kept.insert(place, line)
    return written(tmp_path / "cut.gz", kept)


@pytest.mark.parametrize("name", [SPOT, FUTURES])
@pytest.mark.parametrize("missing", [1, 5])
def test_a_gap_makes_the_book_invalid_until_the_next_snapshot(tmp_path, name, missing):
    lines = lines_of(shared(name))[:20_000]
    diffs = diffs_of(lines)
    place = len(diffs) // 2
    del lines[diffs[place] : diffs[place + missing - 1] + 1]
    gone = sum(1 for i in diffs if i < diffs[place])
    source = CaptureSource(written(tmp_path / "gap.gz", lines))
    events, quarantine = read(source)
    accounted(source, quarantine, events)
    bad, skipped = counts(quarantine)
    assert bad == {"sequence gap": 1}
    assert skipped["depth before a snapshot"] == len(diffs) - gone - missing - 1
    assert np.count_nonzero(events["depth"]["flags"] & GAP) == 1
    books, _ = read(open_source(tmp_path / "gap.gz"))
    levels = books["book"]["levels"]
    assert np.isnan(levels[-1, 0::2]).all()
    assert not np.isnan(levels[:-1, 0]).any()


def test_a_snapshot_after_a_gap_makes_the_book_valid_again(tmp_path):
    lines = lines_of(shared(FUTURES))[:30_000]
    diffs = diffs_of(lines)
    # the book after a message far behind the gap, as an answer recorded some messages later
    at = diffs[1_500]
    full = whole_book(lines[: at + 1])
    stamp = lines[diffs[1_510]].split(b" ", 1)[0]
    answer = stamp + b" " + json.dumps(full).encode() + b"\n"
    broken = [line for i, line in enumerate(lines) if i not in diffs[1_000:1_003]]
    broken.insert(broken.index(lines[diffs[1_510]]), answer)
    events, quarantine = read(open_source(written(tmp_path / "healed.gz", broken)))
    bad, skipped = counts(quarantine)
    assert bad == {"sequence gap": 1}
    assert skipped["depth seen before"] == 4 + 1_500 - 1_003
    expected = dict(binance_books(lines, futures=True))
    start = int(events["book"]["time"][0])  # the snapshot and what was kept for it tick at once
    until, since = (int(lines[diffs[i]].split(b" ", 1)[0]) for i in (1_000, 1_511))
    compared = 0
    for time, levels in zip(events["book"]["time"].tolist(), events["book"]["levels"], strict=True):
        if start < time < until or time > since:
            np.testing.assert_array_equal(levels, expected[time])
            compared += 1
    assert compared > 1_500


def whole_book(lines):
    """An answer with every level after these lines."""
    bids, asks, last = {}, {}, 0
    for line in lines:
        message = json.loads(line.split(b" ", 1)[1])
        if "lastUpdateId" in message:
            bids, asks = dict(message["bids"]), dict(message["asks"])
        data = message.get("data", message)
        if data.get("e") == "depthUpdate" or "lastUpdateId" in data:
            bids |= dict(data.get("b", ()))
            asks |= dict(data.get("a", ()))
            last = data.get("u", data.get("lastUpdateId"))
    sides = [[[p, q] for p, q in side.items() if float(q)] for side in (bids, asks)]
    return {"lastUpdateId": last, "bids": sides[0], "asks": sides[1]}


@pytest.mark.parametrize("name", [SPOT, FUTURES])
def test_messages_that_come_twice_or_again_change_nothing(tmp_path, name):
    lines = lines_of(shared(name))[:15_000]
    diffs = diffs_of(lines)
    once, _ = read(open_source(written(tmp_path / "once.gz", lines)))
    twice = []
    for i, line in enumerate(lines):
        twice.append(line)
        stamp = line.split(b" ", 1)[0]
        if i in diffs[100:400]:
            twice.append(line)
        if i == diffs[600]:  # an old stretch is sent again
            twice.extend(stamp + b" " + lines[j].split(b" ", 1)[1] for j in diffs[200:300])
    again, quarantine = read(open_source(written(tmp_path / "twice.gz", twice)))
    np.testing.assert_array_equal(again["book"]["levels"], once["book"]["levels"])
    assert again["book"]["time"].tolist() == once["book"]["time"].tolist()
    before = 2 if name == SPOT else 4
    assert counts(quarantine) == ({}, {"depth seen before": before + 400})


def test_two_messages_in_the_wrong_order_are_a_gap(tmp_path):
    lines = lines_of(shared(FUTURES))[:15_000]
    first, second = diffs_of(lines)[500:502]
    stamps = [lines[i].split(b" ", 1)[0] for i in (first, second)]
    texts = [lines[i].split(b" ", 1)[1] for i in (second, first)]
    lines[first], lines[second] = (s + b" " + t for s, t in zip(stamps, texts, strict=True))
    _, quarantine = read(CaptureSource(written(tmp_path / "swapped.gz", lines)))
    assert counts(quarantine)[0] == {"sequence gap": 1}


def test_a_capture_without_a_snapshot_has_no_books():
    source = open_source(shared("crypto_l2/spot_btcusdt_20240809.gz"))
    events, quarantine = read(source)
    assert not events["book"]["time"].size
    assert events["trade"]["time"].size == 10_147
    assert counts(quarantine) == ({}, {"depth before a snapshot": 3_044})


def test_the_order_of_the_exchange_holds_stamps_of_the_exchange():
    path = shared(FUTURES)
    received, _ = read(CaptureSource(path))
    events, quarantine = read(CaptureSource(path, order="event"))
    assert counts(quarantine) == ({}, {"depth seen before": 4})
    for name, columns in received.items():
        order = np.argsort(events[name]["receive"], kind="stable")
        assert np.array_equal(events[name]["receive"][order], columns["time"])
    offset = events["trade"]["time"] - events["trade"]["receive"]
    assert 1_000_000_000 < np.median(offset) < 1_400_000_000  # the recorder's clock is behind
    stamps = [
        int(json.loads(line.split(b" ", 1)[1])["data"]["T"]) * 1_000_000
        for line in lines_of(path)
        if b"@trade" in line
    ]
    assert events["trade"]["time"].tolist() == sorted(stamps)


def test_spot_quotes_have_no_place_in_the_order_of_the_exchange():
    source = CaptureSource(shared(SPOT), order="event")
    assert source.types == (Trade, Depth)
    events, quarantine = read(source)
    assert counts(quarantine)[1]["quote without the exchange's stamp"] == 28_040
    assert counts(quarantine)[0] == {}
    # the snapshot holds what had happened by the stamp of the first change that reaches it
    first = events["depth"]["flags"] & SNAPSHOT != 0
    assert np.unique(events["depth"]["time"][first]).size == 1
    accounted(source, quarantine, events)


def test_a_capture_of_nothing_known_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match="a capture must begin with messages of"):
        CaptureSource(written(tmp_path / "empty.gz", []))
    with pytest.raises(DefinitionError, match="a capture must begin with messages of"):
        CaptureSource(written(tmp_path / "other.gz", [b"time,price\n", b"1,2\n"]))
    with pytest.raises(DefinitionError, match=r"exchange must be one of .*, got 'binace'; did you"):
        CaptureSource(written(tmp_path / "other.gz", []), exchange="binace")


def test_an_empty_capture_of_a_named_exchange_has_no_events(tmp_path):
    events, quarantine = read(CaptureSource(written(tmp_path / "e.gz", []), exchange="binance"))
    assert events == {}
    assert quarantine.read == {}


def test_a_truncated_file_gives_what_it_holds_and_says_so(tmp_path):
    path = tmp_path / "cut.gz"
    path.write_bytes(shared(SPOT).read_bytes()[:200_000])
    source = CaptureSource(path)
    events, quarantine = read(source)
    assert counts(quarantine)[0] == {"truncated": 1}
    assert events["trade"]["time"].size > 500
    accounted(source, quarantine, events)


def test_unknown_symbols_and_other_faults_are_kept_aside_with_their_bytes(tmp_path):
    lines = lines_of(shared(SPOT))[:2_000]
    trade = next(i for i, line in enumerate(lines) if b"@trade" in line)
    good = lines[trade]
    lines[trade:trade] = [
        good.replace(b'"s":"BTCUSDT"', b'"s":"ETHUSDT"'),
        good.replace(b'"p":', b'"price":'),
        good.replace(b'"m":true', b'"m":"often"').replace(b'"m":false', b'"m":"often"'),
        good.replace(b'"q":"', b'"q":"-'),
        good[:60] + b"\n",
        b"yesterday " + good.split(b" ", 1)[1],
        good.replace(b"@trade", b"@news"),
        good.replace(b'"p":"', b'"p":"9e999","z":"'),
        b"\n",
    ]
    source = CaptureSource(written(tmp_path / "bad.gz", lines))
    events, quarantine = read(source)
    bad, skipped = counts(quarantine)
    assert bad == {
        "unknown symbol": 1,
        "missing field": 1,
        "wrong type": 1,
        "negative size": 1,
        "malformed JSON": 1,
        "malformed line": 1,
        "unknown message": 1,
        "out of range": 1,
    }
    assert skipped["blank line"] == 1
    accounted(source, quarantine, events)


def test_only_declared_symbols_are_known():
    _, quarantine = read(CaptureSource(shared(SPOT), symbols=("ETHUSDT",)))
    assert counts(quarantine)[0] == {"unknown symbol": 41_249}


def test_key_columns_of_a_capture_are_symbol_and_venue():
    keys = Keys(("symbol", "venue"))
    read(CaptureSource(shared(SPOT)), keys)
    assert keys.names == [("BTCUSDT", "binance")]
    with pytest.raises(DefinitionError, match="a key column must be one of symbol, venue"):
        next(CaptureSource(shared(SPOT)).chunks(Keys(("desk",)), Quarantine()))


def test_a_policy_that_stops_stops_at_a_gap(tmp_path):
    lines = lines_of(shared(SPOT))[:5_000]
    del lines[diffs_of(lines)[50]]
    path = written(tmp_path / "gap.gz", lines)
    with pytest.raises(DataError, match="sequence gap"):
        list(CaptureSource(path).chunks(Keys(), Quarantine(policy="stop")))
