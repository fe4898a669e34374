"""Bybit, BitMEX, Deribit and captures of several files: books against dictionaries."""

import json

import numpy as np
import pytest
from tests.events.capture_files import Ladder, binance_books, differing, lines_of, shared, written
from tests.events.test_captures import counts, read

from penstock.events import Keys, Quarantine
from penstock.events.books.builder import BookBuilder
from penstock.events.readers import CaptureSource, open_source, together
from penstock.events.readers.captures import EXCHANGES

BITMEX = "crypto_raw_ws/BITMEX.ws.1.0.gz"
DERIBIT = "crypto_raw_ws/DERIBIT.ws.1.0.gz"
BYBIT = "crypto_l2/bybit_xrpusdt-ob500.data.zip"
OLD_BYBIT = "crypto_raw_ws/BYBIT.ws.25.0.gz"
STREAMS, ANSWERS = (
    "crypto_raw_ws/BINANCE_FUTURES.ws.1.0.gz",
    "crypto_raw_ws/BINANCE_FUTURES.http.0.0.gz",
)


def messages_of(lines):
    """Rows (stamp in ns, message) of the lines that are messages."""
    for line in lines:
        head, found, text = line.partition(b": ")
        if found and head.replace(b".", b"").isdigit():
            whole, _, rest = head.partition(b".")
            yield int(whole) * 10**9 + int(rest.ljust(9, b"0")), json.loads(text)


def compare(path, shown):
    """The books of a capture are those of dictionaries: rows (stamp, symbol, levels)."""
    keys, quarantine = Keys(), Quarantine()
    found = {}
    source = BookBuilder(
        path if isinstance(path, CaptureSource) else CaptureSource(path), crossed="keep"
    )
    place = [type_.name for type_ in source.types].index("book")
    for chunk in source.chunks(keys, quarantine):
        columns = chunk[place].columns
        for key, time, levels in zip(
            columns["key"].tolist(), columns["time"].tolist(), columns["levels"], strict=True
        ):
            found.setdefault(keys.names[key][0], []).append((time, levels))
    expected = {}
    for stamp, symbol, levels in shown:
        expected.setdefault(symbol, []).append((stamp, levels))
    expected = {symbol: differing(rows) for symbol, rows in expected.items()}
    assert found.keys() == {symbol for symbol, rows in expected.items() if rows}
    for symbol, rows in found.items():
        assert [time for time, _ in rows] == [stamp for stamp, _ in expected[symbol]]
        np.testing.assert_array_equal(
            [levels for _, levels in rows], [levels for _, levels in expected[symbol]]
        )
    return quarantine


def test_books_of_bybit_are_those_of_a_dictionary():
    def shown():
        ladder = Ladder()
        for line in lines_of(shared(BYBIT)):
            message = json.loads(line)
            apply = ladder.start if message["type"] == "snapshot" else ladder.change
            apply(message["data"]["b"], message["data"]["a"])
            yield message["cts"] * 1_000_000, "XRPUSDT", ladder.shown()

    quarantine = compare(shared(BYBIT), shown())
    assert counts(quarantine) == ({}, {})


def old_bybit(lines):
    ladders = {}
    for stamp, message in messages_of(lines):
        if not message.get("topic", "").startswith("orderBook"):
            continue
        symbol, data = message["topic"].split(".")[1], message["data"]
        ladder = ladders.setdefault(symbol, Ladder())
        if message["type"] == "snapshot":
            ladder.start([], [])
            data = {"insert": data["order_book"]}
        for what in ("delete", "update", "insert"):
            for level in data.get(what, ()):
                side = ladder.bids if level["side"] == "Buy" else ladder.asks
                ladder.put(side, [(level["price"], level.get("size", 0))])
        yield stamp, symbol, ladder.shown()


def test_books_of_the_older_bybit_are_those_of_a_dictionary():
    path = shared(OLD_BYBIT)
    quarantine = compare(path, old_bybit(lines_of(path)))
    assert counts(quarantine) == (
        {},
        {"blank line": 2, "connection": 1, "request": 16, "reply": 16},
    )


def bitmex(lines):
    levels = {}
    for stamp, message in messages_of(lines):
        if message.get("table") != "orderBookL2":
            continue
        symbol = message["data"][0]["symbol"] if message["data"] else None
        if message["action"] == "partial":
            levels[symbol] = {}
        known = levels[symbol]
        for row in message["data"]:
            if message["action"] == "delete":
                known.pop(row["id"])
            else:
                known[row["id"]] = known.get(row["id"], {}) | row
        ladder = Ladder()
        for row in known.values():
            ladder.put(
                ladder.bids if row["side"] == "Buy" else ladder.asks, [(row["price"], row["size"])]
            )
        yield stamp, symbol, ladder.shown()


def test_books_of_bitmex_are_those_of_a_dictionary():
    path = shared(BITMEX)
    quarantine = compare(path, bitmex(lines_of(path)))
    assert counts(quarantine) == (
        {},
        {"connection": 1, "request": 3, "reply": 31, "trade before the capture": 10},
    )


def deribit(lines):
    ladders = {}
    for stamp, message in messages_of(lines):
        params = message.get("params", {})
        if not params.get("channel", "").startswith("book."):
            continue
        data = params["data"]
        ladder = ladders.setdefault(data["instrument_name"], Ladder())
        bids, asks = (
            [(p, 0 if w == "delete" else q) for w, p, q in data[s]] for s in ("bids", "asks")
        )
        (ladder.start if data["type"] == "snapshot" else ladder.change)(bids, asks)
        yield stamp, data["instrument_name"], ladder.shown()


def test_books_of_deribit_are_those_of_a_dictionary():
    path = shared(DERIBIT)
    quarantine = compare(path, deribit(lines_of(path)))
    assert counts(quarantine) == ({}, {"blank line": 1, "connection": 1, "request": 1, "reply": 1})


def test_tickers_of_deribit_give_quotes_marks_indices_and_open_interest():
    path = shared(DERIBIT)
    events, _ = read(CaptureSource(path))
    tickers = [
        message["params"]["data"]
        for _, message in messages_of(lines_of(path))
        if message.get("params", {}).get("channel", "").startswith("ticker.")
    ]
    assert events["mark_price"]["price"].tolist() == [t["mark_price"] for t in tickers]
    assert events["index_price"]["price"].tolist() == [t["index_price"] for t in tickers]
    assert events["open_interest"]["contracts"].tolist() == [t["open_interest"] for t in tickers]
    bids = [t["best_bid_price"] if t["best_bid_amount"] else None for t in tickers]
    given = [None if np.isnan(p) else p for p in events["quote"]["bid_price"].tolist()]
    assert given == bids
    assert None in bids


def test_quotes_and_trades_of_bitmex_are_those_of_its_tables():
    path = shared(BITMEX)
    events, _ = read(CaptureSource(path))
    rows = {"quote": [], "trade": []}
    for _, message in messages_of(lines_of(path)):
        if message.get("table") == "quote" or message.get("action") == "insert":
            rows.get(message.get("table"), []).extend(message.get("data", []))
    assert events["quote"]["ask_price"].tolist() == [row["askPrice"] for row in rows["quote"]]
    assert events["trade"]["size"].tolist() == [row["size"] for row in rows["trade"]]
    sides = [1 if row["side"] == "Buy" else -1 for row in rows["trade"]]
    assert events["trade"]["side"].tolist() == sides


def test_snapshots_of_one_file_begin_the_books_of_another():
    paths = [shared(ANSWERS), shared(STREAMS)]
    rows = sorted((row for path in paths for row in answers_and_messages(path)), key=lambda r: r[0])
    symbols = {symbol for _, symbol, _ in rows}

    def shown():
        for symbol in symbols:
            lines = [b"%d " % t + json.dumps(m).encode() for t, s, m in rows if s == symbol]
            yield from ((t, symbol, levels) for t, levels in binance_books(lines, futures=True))

    source = CaptureSource(paths)
    quarantine = compare(source, shown())
    bad, skipped = counts(quarantine)
    assert bad == {}
    assert skipped["depth seen before"] == 15
    assert quarantine.read[source.name] == sum(len(lines_of(path)) for path in paths)


def answers_and_messages(path):
    """Rows (stamp, symbol, message) of a file of Binance futures, requests' answers or streams."""
    for line in lines_of(path):
        url, found, rest = line.partition(b" -> ")
        for stamp, message in messages_of([rest if found else line]):
            if "lastUpdateId" in message:
                yield stamp, url.split(b"symbol=")[1].split(b"&")[0].decode(), message
            elif "@depth" in message.get("stream", ""):
                yield stamp, message["data"]["s"], message


def test_a_recording_in_two_parts_goes_on_without_a_gap():
    parts = [shared(f"crypto_l2/spot_btcusdt_2024080{day}.gz") for day in (8, 9)]
    lines = [line for part in parts for line in lines_of(part)]
    shown = ((t, "BTCUSDT", levels) for t, levels in binance_books(lines, futures=False))
    quarantine = compare(CaptureSource(parts), shown)
    assert counts(quarantine) == ({}, {"depth seen before": 2})
    (joined,) = together([CaptureSource(part) for part in parts])
    assert joined.name == CaptureSource(parts).name
    assert joined.content_hash() == CaptureSource(parts).content_hash()


@pytest.mark.parametrize("missing", [1, 3])
def test_a_change_that_bybit_or_deribit_did_not_number_on_is_a_gap(tmp_path, missing):
    lines = lines_of(shared(BYBIT))
    snapshot = lines[0].replace(b'"u":', b'"u":1,"v":')  # the service restarted: it begins anew
    cut = [*lines[:20], *lines[20 + missing : 35], snapshot]
    events, quarantine = read(open_source(written(tmp_path / "bybit.gz", cut)))
    bad, skipped = counts(quarantine)
    # the stamp of the repeated snapshot is that of the first: without a recorder's it goes back
    assert bad == {"sequence gap": 1, "time going back": 1}
    assert skipped == {"depth after a gap": 15 - missing - 1}
    assert np.isnan(events["book"]["levels"][-1, 0::2]).all()
    stamped = [b"%d " % (1_700_000_000_000_000_000 + i) + line for i, line in enumerate(cut)]
    events, quarantine = read(open_source(written(tmp_path / "bybit.gz", stamped)))
    assert counts(quarantine)[0] == {"sequence gap": 1}
    first, last = events["book"]["levels"][0], events["book"]["levels"][-1]
    np.testing.assert_array_equal(first, last)


def test_a_deribit_change_without_the_one_before_is_a_gap(tmp_path):
    lines = lines_of(shared(DERIBIT))
    changes = [i for i, line in enumerate(lines) if b'"prev_change_id":' in line]
    symbol = json.loads(lines[changes[0]].partition(b": ")[2])["params"]["data"]["instrument_name"]
    same = [i for i in changes if symbol.encode() in lines[i]]
    kept = [line for i, line in enumerate(lines) if i != same[0]]
    events, quarantine = read(CaptureSource(written(tmp_path / "deribit.gz", kept)))
    bad, skipped = counts(quarantine)
    assert bad == {"sequence gap": 1}
    assert skipped.get("depth after a gap", 0) == len(same) - 2
    assert np.count_nonzero(events["depth"]["flags"] & 4) == 1


def test_a_bitmex_level_that_is_not_there_makes_its_book_invalid(tmp_path):
    lines = lines_of(shared(BITMEX))
    inserts = {}
    for i, line in enumerate(lines):
        if b'"orderBookL2","action":"insert"' in line:
            for row in json.loads(line.partition(b": ")[2])["data"]:
                inserts.setdefault((row["symbol"], row["id"]), i)
        elif b'"orderBookL2","action":"delete"' in line:
            rows = json.loads(line.partition(b": ")[2])["data"]
            lost = [inserts.get((row["symbol"], row["id"])) for row in rows]
            if lost[0] is not None:
                break
    kept = [line for i, line in enumerate(lines) if i != lost[0]]
    events, quarantine = read(CaptureSource(written(tmp_path / "bitmex.gz", kept)))
    assert counts(quarantine)[0] == {"unknown level": 1}
    gaps = events["depth"]["flags"] & 4 != 0
    assert np.count_nonzero(gaps) == 1
    key = events["depth"]["key"][gaps][0]
    after = events["depth"]["key"][np.flatnonzero(gaps)[0] + 1 :]
    assert key not in after  # no other book is touched
    assert after.size


def test_a_line_that_cannot_be_read_may_have_been_of_any_book_of_bitmex(tmp_path):
    lines = lines_of(shared(BITMEX))
    place = next(i for i, line in enumerate(lines) if b'"action":"update"' in line) + 100
    lines.insert(place, b'1626993372.1: {"table":\n')
    events, quarantine = read(CaptureSource(written(tmp_path / "bitmex.gz", lines)))
    assert counts(quarantine)[0] == {"malformed JSON": 1}
    assert np.count_nonzero(events["depth"]["flags"] & 4) == 10
    assert counts(quarantine)[1]["depth after a gap"] > 1_000


EXAMPLES = {
    "binance-usdm": [
        b'{"stream":"btcusdt@markPrice","data":{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT",'
        b'"p":"11794.15","i":"11784.62","P":"11784.25","r":"0.00038167","T":1562306400000}}',
        b'{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1568014460893,"o":{"s":"BTCUSDT",'
        b'"S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910","ap":"9912","X":"FILLED","l":"0.014",'
        b'"z":"0.014","T":1568014460893}}}',
    ],
    "bybit": [
        b'{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":1672304486865,'
        b'"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":"20f4","BT":false}]}',
        b'{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":"17217.33",'
        b'"openInterest":"68744.761","openInterestValue":"1183601235.91","fundingRate":"-0.000212",'
        b'"nextFundingTime":"1673280000000"},"cs":24987956059,"ts":1673272861686}',
        b'{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","lastPrice":"1.5"},"ts":1673272861687}',
        b'{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,'
        b'"s":"BTCUSDT","S":"Sell","v":"20000","p":"0.04499"}]}',
        b'{"success":true,"ret_msg":"","conn_id":"1","req_id":"1","op":"subscribe"}',
    ],
    "bitmex": [
        b'{"table":"instrument","action":"update","data":[{"symbol":"XBTUSD","markPrice":32180.1,'
        b'"timestamp":"2021-07-22T22:36:11.000Z"}]}',
        b'{"table":"instrument","action":"update","data":[{"symbol":"XBTUSD","fundingRate":0.0001,'
        b'"fundingTimestamp":"2021-07-23T04:00:00.000Z","openInterest":7,"timestamp":"2021-07-22T22:36:11.000Z"}]}',
        b'{"table":"funding","action":"insert","data":[{"timestamp":"2021-07-23T04:00:00.000Z",'
        b'"symbol":"XBTUSD","fundingInterval":"2000-01-01T08:00:00.000Z","fundingRate":0.0001}]}',
        b'{"table":"liquidation","action":"insert","data":[{"orderID":"1","symbol":"XBTUSD","side":"Sell",'
        b'"price":32000.5,"leavesQty":300}]}',
    ],
    "deribit": [
        b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.BTC-PERPETUAL.raw","data":['
        b'{"trade_id":"1","timestamp":1590484512188,"price":8950.0,"amount":10.0,"direction":"sell",'
        b'"instrument_name":"BTC-PERPETUAL","index_price":8955.88,"mark_price":8948.9,"liquidation":"T"}]}}',
        b'{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat","channel":"","data":1}}',
    ],
}  # fmt: skip


@pytest.mark.parametrize("exchange", EXAMPLES)
def test_messages_as_documented_become_their_events(tmp_path, exchange):
    lines = [
        b"%d " % (1_750_000_000_000_000_000 + i) + x + b"\n"
        for i, x in enumerate(EXAMPLES[exchange])
    ]
    source = CaptureSource(written(tmp_path / "x.gz", lines), exchange=exchange)
    assert source.exchange is EXCHANGES[exchange]
    events, quarantine = read(source)
    values = {
        name: [
            {f: v[i].item() for f, v in c.items() if f not in ("time", "receive", "key")}
            for i in range(c["key"].size)
        ]
        for name, c in events.items()
        if c["key"].size
    }
    nan = pytest.approx(np.nan, nan_ok=True)
    expected = {
        "binance-usdm": {
            "mark_price": [{"price": 11794.15}],
            "index_price": [{"price": 11784.62}],
            "predicted_funding": [{"rate": 0.00038167, "due": 1562306400 * 10**9, "premium": nan}],
            "liquidation": [{"price": 9912.0, "size": 0.014, "side": -1}],
        },
        "bybit": {
            "trade": [{"price": 16578.5, "size": 0.001, "side": 1}],
            "mark_price": [{"price": 17217.33}],
            "open_interest": [{"contracts": 68744.761, "value": 1183601235.91}],
            "predicted_funding": [{"rate": -0.000212, "due": 1673280000 * 10**9, "premium": nan}],
            "liquidation": [{"price": 0.04499, "size": 20000.0, "side": 1}],
        },
        "bitmex": {
            "mark_price": [{"price": 32180.1}],
            "open_interest": [{"contracts": 7.0, "value": nan}],
            "predicted_funding": [{"rate": 0.0001, "due": 1627012800 * 10**9, "premium": nan}],
            "funding": [{"rate": 0.0001, "interval": 8 * 3600 * 10**9, "mark": nan}],
            "liquidation": [{"price": 32000.5, "size": 300.0, "side": -1}],
        },
        "deribit": {
            "trade": [{"price": 8950.0, "size": 10.0, "side": -1}],
            "liquidation": [{"price": 8950.0, "size": 10.0, "side": -1}],
        },
    }[exchange]
    assert values == expected
    assert counts(quarantine)[0] == {}
