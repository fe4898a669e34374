"""DBN files against Databento's own decoder, and against each other."""

import math

import databento_dbn as dbn
import numpy as np
import pytest
from tests.events.dbn_files import (
    NANO,
    START,
    column,
    decoded,
    mbo,
    metadata,
    quote,
    read_all,
    shared,
    trade,
)

from penstock.core.errors import DataError, DefinitionError
from penstock.events import Keys, Quarantine
from penstock.events.checks import Rules
from penstock.events.readers import DbnSource
from penstock.events.readers import dbn as reader

SAMPLES = [
    f"dbn_schema_samples/{dataset}__test_data.{schema}.dbn.zst"
    for dataset in ("GLBX.MDP3", "XNAS.ITCH", "IFEU.IMPACT", "NDEX.IMPACT")
    for schema in (
        "trades",
        "mbp-1",
        "mbp-10",
        "mbo",
        "ohlcv-1s",
        "ohlcv-1m",
        "ohlcv-1h",
        "ohlcv-1d",
    )
]
FUTURES = [
    "futures_dbn/esh4-glbx-mdp3-20231225.mbo.dbn.zst",
    "futures_dbn/esh4-glbx-mdp3-20231225.mbp-10.derived.dbn.zst",
    "futures_dbn/esh4-glbx-mdp3-20231225.trades.derived.dbn.zst",
    "futures_dbn/esu4_mbp-1_20240701T2358.dbn.zst",
    "futures_dbn/esu4_trades_20240701T2358.dbn.zst",
    "futures_dbn/esu4_nqu4_ohlcv-1m_20240701T2340.dbn.zst",
]
SIDE = {"B": 1, "A": -1, "N": 0}
INTERVAL = {"ohlcv-1s": 1, "ohlcv-1m": 60, "ohlcv-1h": 3_600, "ohlcv-1d": 86_400}


def value(raw: int) -> float:
    return math.nan if raw == dbn.UNDEF_PRICE else raw / 1e9


def cells(record) -> list[float]:
    out = []
    for level in record.levels:
        out += [value(level.bid_px), level.bid_sz, value(level.ask_px), level.ask_sz]
    return out


def expected(records: list, schema: str) -> dict[str, list[tuple]]:
    """The events that records stand for, record by record."""
    found: dict[str, list[tuple]] = {}
    for r in records:
        if schema.startswith("ohlcv"):
            end = r.ts_event + INTERVAL[schema] * NANO
            row = (end, value(r.open), value(r.high), value(r.low), value(r.close), float(r.volume))
            found.setdefault("bar", []).append(row)
        elif schema == "mbo":
            row = (r.order_id, value(r.price), r.size, ord(str(r.action)), SIDE[str(r.side)])
            found.setdefault("mbo", []).append((r.ts_recv, *row, int(r.flags), r.sequence))
        if schema in ("trades", "mbp-1", "mbp-10") and str(r.action) == "T":
            row = (r.ts_recv, value(r.price), r.size, SIDE[str(r.side)])
            found.setdefault("trade", []).append(row)
        if schema.startswith("mbp") and int(r.flags) & 128 and not int(r.flags) & 32:
            found.setdefault("quote" if schema == "mbp-1" else "book", []).append(
                (r.ts_recv, *cells(r))
            )
    return found


COLUMNS = {
    "trade": ("time", "price", "size", "side"),
    "quote": ("time", "bid_price", "bid_size", "ask_price", "ask_size"),
    "bar": ("time", "open", "high", "low", "close", "volume"),
    "mbo": ("time", "order", "price", "size", "action", "side", "flags", "sequence"),
    "book": ("time", "levels"),
}


def rows(blocks: list, name: str) -> np.ndarray:
    parts = [np.array(column(blocks, field), float) for field in COLUMNS[name]]
    parts = [
        part.reshape(-1, 40) if field == "levels" else part[:, None]
        for part, field in zip(parts, COLUMNS[name], strict=True)
    ]
    return np.hstack(parts)


@pytest.mark.parametrize("name", SAMPLES + FUTURES)
def test_every_value_is_that_of_databentos_decoder(name):
    path = shared(name)
    source = DbnSource(path, rules=Rules(crossed=True, negative_prices=True))
    found, quarantine, _ = read_all(source)
    records = decoded(path)
    wanted = expected(records, str(source.metadata.schema))
    assert quarantine.total == 0
    assert quarantine.read[str(path)] == len(records)
    for type_, blocks in found.items():
        ours = rows(blocks, type_)
        theirs = np.array(wanted.get(type_, []), float).reshape(ours.shape)
        np.testing.assert_array_equal(ours, theirs)
        assert column(blocks, "time") == [row[0] for row in wanted.get(type_, [])]


def test_bars_cut_from_trades_are_databentos_bars():
    trades, _, _ = read_all(DbnSource(shared(FUTURES[4])))
    bars, _, keys = read_all(DbnSource(shared(FUTURES[5])))
    minute = 60 * NANO
    cut: dict[int, list[tuple[float, float]]] = {}
    for time, price, size in zip(
        *(column(trades["trade"], name) for name in ("time", "price", "size")), strict=True
    ):
        cut.setdefault(time // minute * minute + minute, []).append((price, size))
    ours = {
        end: (p[0][0], max(p)[0], min(p)[0], p[-1][0], sum(size for _, size in p))
        for end, p in cut.items()
    }
    names = ("key", "time", "open", "high", "low", "close", "volume")
    theirs = {
        row[1]: row[2:]
        for row in zip(*(column(bars["bar"], name) for name in names), strict=True)
        if keys.names[row[0]] == ("ESU4",) and row[1] in ours
    }
    assert len(ours) == 4
    assert ours == theirs


def test_trades_of_the_mbo_file_are_the_derived_trades():
    messages, _, _ = read_all(DbnSource(shared(FUTURES[0])))
    trades, _, _ = read_all(DbnSource(shared(FUTURES[2])))
    names = ("time", "price", "size", "action")
    traded = [
        row[:3]
        for row in zip(*(column(messages["mbo"], name) for name in names), strict=True)
        if row[3] == ord("T")
    ]
    ours = list(zip(*(column(trades["trade"], name) for name in names[:3]), strict=True))
    assert traded == ours


@pytest.mark.parametrize("name", FUTURES[:4])
def test_any_size_of_chunk_gives_the_same_rows_and_no_time_is_split_between_types(
    name, monkeypatch
):
    path = shared(name)
    whole, _, _ = read_all(DbnSource(path))
    monkeypatch.setattr(reader, "BYTES", 40_000)
    monkeypatch.setattr("penstock.events.readers.pieces.PACKED", 500)
    split, quarantine, _ = read_all(DbnSource(path))
    assert quarantine.read[str(path)] == len(decoded(path))
    for type_, blocks in whole.items():
        assert len(split[type_]) > 2
        np.testing.assert_array_equal(rows(split[type_], type_), rows(blocks, type_))
    if len(whole) == 2:
        first, second = whole
        for i in range(len(split[first]) - 1):
            last = max((*column([split[first][i]], "time"), *column([split[second][i]], "time")))
            after = (split[first][i + 1], split[second][i + 1])
            assert all(t > last for block in after for t in column([block], "time"))


def write(tmp_path, *parts: bytes, name: str = "small.dbn"):
    path = tmp_path / name
    path.write_bytes(b"".join(parts))
    return path


def test_what_comes_before_a_time_may_be_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "BYTES", 48 * 10)
    bad = trade(3, price=-NANO)  # in what is passed over
    path = write(
        tmp_path, metadata(), *(trade(i) for i in range(3)), bad, *(trade(i) for i in range(4, 100))
    )
    whole, _, _ = read_all(DbnSource(path))
    since = START + 57_000
    found, quarantine, _ = read_all(DbnSource(path, since=since))
    stamps = column(found["trade"], "time")
    kept = [t for t in column(whole["trade"], "time") if t >= since]
    assert stamps[-len(kept) :] == kept
    assert len(kept) <= len(stamps) < len(kept) + 20  # the rest of a run
    assert (quarantine.total, quarantine.read[str(path)]) == (0, 100)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_each_version_of_the_format_is_read(tmp_path, version):
    path = write(tmp_path, metadata(version=version), *(trade(i) for i in range(5)))
    found, quarantine, keys = read_all(DbnSource(path))
    assert column(found["trade"], "price") == [5000.0, 5001.0, 5002.0, 5003.0, 5004.0]
    assert column(found["trade"], "side") == [-1, 1, -1, 1, -1]
    assert (quarantine.total, keys.names) == (0, [("ES.c.0",)])


def test_records_that_end_with_their_send_time_are_read(tmp_path):
    records = [bytearray(trade(i) + b"\1\0\0\0\0\0\0\0") for i in range(3)]
    for record in records:
        record[0] = len(record) // 4
    path = write(tmp_path, metadata(ts_out=True), *map(bytes, records))
    found, quarantine, _ = read_all(DbnSource(path))
    assert (column(found["trade"], "size"), quarantine.total) == ([1.0, 2.0, 3.0], 0)


def test_receive_order_keeps_late_exchange_times_and_event_order_keeps_them_aside(tmp_path):
    late = trade(3, ts_event=START + 500)
    path = write(tmp_path, metadata(), *(trade(i) for i in range(3)), late, trade(4), trade(5))
    found, quarantine, _ = read_all(DbnSource(path))
    assert (len(column(found["trade"], "time")), quarantine.total) == (6, 0)
    found, quarantine, _ = read_all(DbnSource(path, order="event"))
    assert column(found["trade"], "time") == [START + i * 1_000 for i in (0, 1, 2, 4, 5)]
    assert column(found["trade"], "receive") == [START + i * 1_000 + 500 for i in (0, 1, 2, 4, 5)]
    assert quarantine.counts == {(str(path), "time going back"): 1}


def test_one_corrupt_stamp_costs_one_row(tmp_path):
    jump = trade(3, ts_recv=START + 10**15)
    path = write(tmp_path, metadata(), *(trade(i) for i in range(3)), jump, trade(4), trade(5))
    found, quarantine, _ = read_all(DbnSource(path))
    assert column(found["trade"], "size") == [1.0, 2.0, 3.0, 5.0, 6.0]
    assert quarantine.counts == {(str(path), "time jump"): 1}


def test_an_undefined_stamp_is_kept_aside(tmp_path):
    path = write(tmp_path, metadata(), trade(0), trade(1, ts_recv=dbn.UNDEF_TIMESTAMP), trade(2))
    _, quarantine, _ = read_all(DbnSource(path))
    assert quarantine.counts == {(str(path), "time out of range"): 1}


def test_bad_records_are_kept_aside_with_their_bytes(tmp_path):
    bad = trade(1, price=dbn.UNDEF_PRICE), trade(3, price=-NANO)
    path = write(tmp_path, metadata(), trade(0), bad[0], trade(2), bad[1], trade(4))
    with Quarantine(tmp_path / "bad.arrow") as quarantine:
        found, _, _ = read_all(DbnSource(path), quarantine)
    kept = reader_table(tmp_path / "bad.arrow")
    assert [(r["row"], r["reason"], r["raw"]) for r in kept] == [
        (1, "NaN price", bad[0]),
        (3, "non-positive price", bad[1]),
    ]
    assert quarantine.read[str(path)] == len(column(found["trade"], "time")) + quarantine.total


def reader_table(path) -> list[dict]:
    from penstock.events import read_quarantine

    return read_quarantine(path).to_pylist()


def test_a_market_may_declare_negative_prices(tmp_path):
    path = write(tmp_path, metadata(), trade(0, price=-37 * NANO), trade(1))
    found, quarantine, _ = read_all(DbnSource(path, rules=Rules(negative_prices=True)))
    assert (column(found["trade"], "price"), quarantine.total) == ([-37.0, 5001.0], 0)


def test_a_quote_ticks_at_the_end_of_its_group_and_not_in_a_snapshot(tmp_path):
    records = (
        quote(0, 10, 11, flags=128 | 32),
        quote(1, 10, 11, flags=0, action=dbn.Action.TRADE),
        quote(2, 9, 11, flags=0),
        quote(3, 9, 11),
    )
    path = write(tmp_path, metadata("mbp-1"), *records)
    found, quarantine, _ = read_all(DbnSource(path))
    assert column(found["quote"], "bid_price") == [9.0]
    assert column(found["trade"], "price") == [10.0]
    assert quarantine.skipped == {(str(path), "no tick"): 2}


def test_crossed_and_locked_quotes_are_kept_aside_unless_declared(tmp_path):
    path = write(tmp_path, metadata("mbp-1"), quote(0, 10, 9), quote(1, 10, 10), quote(2, 10, 11))
    found, quarantine, _ = read_all(DbnSource(path))
    assert column(found["quote"], "ask_price") == [11.0]
    assert quarantine.counts == {(str(path), "crossed book"): 1, (str(path), "locked book"): 1}
    found, quarantine, _ = read_all(DbnSource(path, rules=Rules(crossed=True)))
    assert (column(found["quote"], "ask_price"), quarantine.total) == ([9.0, 10.0, 11.0], 0)


def test_an_absent_side_is_nan_and_no_error(tmp_path):
    level = dbn.BidAskPair(ask_px=11 * NANO, ask_sz=4)
    path = write(tmp_path, metadata("mbp-1"), quote(0, 10, 11, levels=level))
    found, quarantine, _ = read_all(DbnSource(path))
    assert math.isnan(column(found["quote"], "bid_price")[0])
    assert column(found["quote"], "bid_size") == [0.0]
    assert quarantine.total == 0


def test_an_order_message_sent_twice_is_kept_aside(tmp_path):
    again = mbo(1, ts_recv=START + 9_000)  # the packet of row 1 once more, captured later
    records = [mbo(0), mbo(1), mbo(2), again, mbo(10), mbo(10), mbo(11, sequence=1)]
    path = write(tmp_path, metadata("mbo"), *records)
    found, quarantine, _ = read_all(DbnSource(path))
    assert column(found["mbo"], "order") == [100, 101, 102, 110, 111]
    assert quarantine.counts == {(str(path), "duplicate sequence"): 2}


def test_a_duplicate_is_found_across_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "BYTES", 56 * 2)
    path = write(
        tmp_path, metadata("mbo"), mbo(0), mbo(1), mbo(1), mbo(2), mbo(1, ts_recv=START + 9_000)
    )
    found, quarantine, _ = read_all(DbnSource(path))
    assert column(found["mbo"], "order") == [100, 101, 102]
    assert quarantine.total == 2


def test_messages_of_one_packet_share_a_sequence_without_being_duplicates(tmp_path):
    path = write(
        tmp_path, metadata("mbo"), *(mbo(i, sequence=10, ts_event=START) for i in range(4))
    )
    _, quarantine, _ = read_all(DbnSource(path))
    assert quarantine.total == 0


def test_a_symbol_is_that_of_the_records_date(tmp_path):
    day = 86_400 * NANO
    records = (
        trade(0),
        trade(1, instrument_id=99),
        trade(2, ts_recv=START + day, instrument_id=7),
        trade(3, ts_recv=START + day, instrument_id=8),
    )
    path = write(tmp_path, metadata(), *records)
    found, _, keys = read_all(DbnSource(path))
    assert [keys.names[k] for k in column(found["trade"], "key")] == [
        ("ES.c.0",),
        ("99",),
        ("7",),
        ("ES.c.0",),
    ]


def test_keys_may_have_the_venue(tmp_path):
    path = write(
        tmp_path, metadata(), trade(0), trade(1, publisher_id=2), trade(2, publisher_id=999)
    )
    keys = Keys(("venue", "symbol"))
    read_all(DbnSource(path), keys=keys)
    assert keys.names == [("GLBX", "ES.c.0"), ("XNAS", "ES.c.0"), ("999", "ES.c.0")]


def test_an_unknown_key_column_names_the_nearest(tmp_path):
    path = write(tmp_path, metadata(), trade(0))
    with pytest.raises(DefinitionError, match="did you mean 'venue'"):
        read_all(DbnSource(path), keys=Keys(("venues",)))


@pytest.mark.parametrize("old", [True, False])
def test_a_recorded_session_names_its_instruments_on_the_way(tmp_path, old):
    spans = {"start_ts": 0, "end_ts": START * 2}
    head = {"publisher_id": 1, "instrument_id": 55, "ts_event": START}
    if old:
        note = dbn.SymbolMappingMsgV1(
            **head, stype_in_symbol="ES.FUT", stype_out_symbol="ESZ3", **spans
        )
    else:
        kinds = {"stype_in": dbn.SType.PARENT, "stype_out": dbn.SType.RAW_SYMBOL}
        note = dbn.SymbolMappingMsg(
            **head, **kinds, stype_in_symbol="ES.FUT", stype_out_symbol="ESZ3", **spans
        )
    system = dbn.SystemMsg(START, "Heartbeat")
    other = quote(1, 10, 11)
    records = (
        bytes(note),
        bytes(system),
        trade(0, instrument_id=55),
        other,
        trade(2, instrument_id=55),
    )
    path = write(tmp_path, metadata(None), *records)
    with pytest.raises(DefinitionError, match="names no schema"):
        DbnSource(path)
    found, quarantine, keys = read_all(DbnSource(path, schema="trades"))
    assert (column(found["trade"], "size"), keys.names) == ([1.0, 3.0], [("ESZ3",)])
    assert quarantine.skipped == {
        (str(path), "symbol mapping"): 1,
        (str(path), "system message"): 1,
        (str(path), "record type 1"): 1,
    }
    assert quarantine.read[str(path)] == 5


def test_a_record_of_a_wrong_type_is_kept_aside_and_reading_goes_on(tmp_path):
    path = write(tmp_path, metadata(), trade(0), mbo(1), trade(2))
    found, quarantine, _ = read_all(DbnSource(path))
    assert column(found["trade"], "size") == [1.0, 3.0]
    assert quarantine.counts == {(str(path), "wrong type"): 1}


def test_a_policy_of_stop_names_source_row_reason_and_value(tmp_path):
    path = write(tmp_path, metadata(), trade(0), trade(1, price=-NANO))
    with pytest.raises(DataError, match=r"small.dbn: row 1 .* non-positive price: -1.0"):
        read_all(DbnSource(path), Quarantine(policy="stop"))


@pytest.mark.parametrize("data", [b"", b"DB", b"PAR1 not it", b"DBN\3\xff\xff\0\0abc"])
def test_a_file_that_is_not_dbn_is_a_data_error(tmp_path, data):
    with pytest.raises(DataError):
        DbnSource(write(tmp_path, data))


def test_the_content_hash_is_that_of_the_bytes(tmp_path):
    path = write(tmp_path, metadata(), trade(0))
    assert (
        DbnSource(path).content_hash()
        != DbnSource(write(tmp_path, metadata(), trade(1))).content_hash()
    )
