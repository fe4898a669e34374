"""The time of receipt, read by expressions: the same from files, in blocks, live and from a journal."""

import gzip
import json

import databento_dbn
import numpy as np
import polars as pl
import pytest
import zstandard
from tests.catalog.market import DATA
from tests.engine import feeds

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.declare.expression_text import parse_expression
from penstock.engine import Engine
from penstock.events import Bar, Block, Book, Event, Keys, Quote, Trade
from penstock.events.simulator import simulate
from penstock.events.writers import write_csv, write_parquet
from penstock.jobs.lookahead import check_lookahead
from penstock.ops import AsOf, Latency, RollingMean
from penstock.plan import build
from penstock.streams import Stream
from penstock.streams.journal import read_journal

TOOK = Latency(ps.trade.receive)
VIEW = ps.View("took", {"took": TOOK, "mean": RollingMean(TOOK, window=3)}, on="trade")
MS = 1_000_000


def market(size: int = 300, keys: int = 3) -> tuple[Block, Block]:
    """Trades and books received late, early, at once, in no order, and at times that nobody noted."""
    rng = np.random.default_rng(5)
    found = []
    for block in feeds.market(size, keys=keys):
        time = block.columns["time"]
        late = rng.integers(-2_000 * MS, 3_000 * MS, len(block))
        receive = np.where(
            rng.random(len(block)) < 0.2, 0, time + late * (rng.random(len(block)) < 0.9)
        )
        found.append(Block(block.type, {**block.columns, "receive": receive}))
    return found[0], found[1]


def wanted(trades: Block, key: int) -> np.ndarray:
    """Milliseconds from time to receipt of a key's trades."""
    mine = trades.columns["key"] == key
    time, receive = (trades.columns[name][mine].tolist() for name in ("time", "receive"))
    return np.array(
        [(r - t) / 1e6 if r not in (0, t) else np.nan for t, r in zip(time, receive, strict=True)]
    )


def test_a_clock_behind_an_unknown_receipt_and_receipts_out_of_order_are_values_as_they_are():
    trades, books = market()
    rows = feeds.by_key(
        feeds.feed(Engine(build(VIEW.columns(), VIEW.on, feeds.STREAMS)), (trades, books))
    )
    for key, (_, values) in rows.items():
        np.testing.assert_array_equal(values[:, 0], wanted(trades, key))
        assert (values[:, 0] < 0).any()
        assert np.isnan(values[:, 0]).any()
    assert (np.diff(trades.columns["receive"]) < 0).any()


@pytest.mark.parametrize("sizes", [(1,) * 40, (7, 1, 100)])
@pytest.mark.parametrize("capacity", [1, 64])
def test_any_blocks_and_events_one_by_one_give_the_same_bits(sizes, capacity):
    blocks = market()
    plan = build(VIEW.columns(), VIEW.on, feeds.STREAMS)
    whole = feeds.compute(Engine(plan), blocks, (), feeds.STREAMS)
    feeds.assert_bits(
        feeds.compute(Engine(plan, capacity=capacity), blocks, sizes, feeds.STREAMS), whole
    )


def test_a_live_run_and_its_journal_give_the_bits_of_history(tmp_path):
    blocks = market()
    history = feeds.compute(
        Engine(build(VIEW.columns(), VIEW.on, feeds.STREAMS)), blocks, (), feeds.STREAMS
    )
    keys = Keys()
    for name in ("A", "B", "C"):
        keys.number((name,))
    types = tuple(stream.type for stream in feeds.STREAMS)
    live = ps.Live(VIEW, keys=keys, streams=types, journal=tmp_path / "journal", rules=None)
    rows = []
    with live.journal:
        for event in feeds.events(blocks):
            rows += [(keys.number(row.key), row.ts, row.values.copy()) for row in live.offer(event)]
        rows += [(keys.number(row.key), row.ts, row.values.copy()) for row in live.close()]
    pushed = {
        number: (
            np.array([t for k, t, _ in rows if k == number]),
            np.stack([v for k, _, v in rows if k == number]),
        )
        for number in range(3)
    }
    feeds.assert_bits(pushed, history)
    engine = Engine(build(VIEW.columns(), VIEW.on, live.streams), capacity=1)
    again: feeds.Bits = {}
    for entry in read_journal(tmp_path / "journal", [s.type for s in live.streams], Keys()):
        if entry.event is not None:
            made = engine.push_block(entry.event.block, live.streams[entry.stream])
            again = feeds.join(again, feeds.by_key(made))
    feeds.assert_bits(again, history)


def test_one_event_is_given_with_its_receipt():
    engine = Engine(build({"took": TOOK}, VIEW.on, (Stream(Trade),)), capacity=1)
    values = {"price": 1.0, "size": 1.0, "side": 1}
    for receive, took in ((5_500_000, 0.5), (None, np.nan), (1_000_000, -4.0), (0, np.nan)):
        event = Event.of(Trade, time=5_000_000, receive=receive, **values)
        np.testing.assert_array_equal(engine.push(event), [took])


def shared(name: str):
    if not (DATA / name).exists():
        pytest.skip(f"../shared is absent: data/{name} is not read")
    return DATA / name


def took(source, on: str = "trade", stream=ps.trade) -> np.ndarray:
    return ps.run(ps.View("took", {"took": Latency(stream.receive)}, on=on), source)[
        "took"
    ].to_numpy()


def test_a_dbn_file_by_event_time_has_the_time_of_its_capture():
    path = shared("futures_dbn/esh4-glbx-mdp3-20231225.trades.derived.dbn.zst")
    decoder = databento_dbn.DBNDecoder()
    decoder.write(zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read())
    records = sorted(decoder.decode()[1:], key=lambda record: record.ts_event)
    np.testing.assert_array_equal(
        took(ps.open_source(path, order="event")), [(r.ts_recv - r.ts_event) / 1e6 for r in records]
    )
    assert np.isnan(
        took(ps.open_source(path))
    ).all()  # by receipt: the exchange's stamp is not kept


def test_a_recorder_whose_clock_is_behind_gives_negative_latencies():
    path = shared("crypto_l2/usdm_btcusdt_20240808.gz")
    found = []
    with gzip.open(path) as lines:
        for line in lines:
            if b"@trade" in line:
                stamp, _, text = line.partition(b" ")
                found.append((json.loads(text)["data"]["T"] * MS, int(stamp)))
    found.sort(key=lambda one: one[0])
    got = took(ps.open_source(path, order="event"))
    np.testing.assert_array_equal(got, [(noted - sent) / 1e6 for sent, noted in found])
    assert -1_275 < np.median(got) < -1_265


def test_sources_without_a_receipt_do_not_know_it():
    path = shared("lobster/AAPL_2012-06-21_34200000_57600000_message_10.csv")
    for source in (ps.open_source(path), simulate(("ES",), seconds=90)):
        got = took(source)
        assert len(got) > 10
        assert np.isnan(got).all()


def test_tables_carry_the_receipt_there_and_back(tmp_path):
    trades = market(keys=1)[0]
    mine, path = feeds.Memory((trades,), (("A",),)), tmp_path / "t.parquet"
    write_parquet(path, mine)
    np.testing.assert_array_equal(took(ps.open_source(path)), wanted(trades, 0))
    write_csv(tmp_path / "t.csv", mine)
    for source in (
        ps.open_source(tmp_path / "t.csv"),
        ps.open_source(tmp_path / "t.csv", type="trade"),
    ):
        np.testing.assert_array_equal(took(source), wanted(trades, 0))
    renamed = pl.read_parquet(path).rename({"receive": "noted"})
    renamed.write_ndjson(tmp_path / "t.jsonl")
    assert np.isnan(took(ps.open_source(tmp_path / "t.jsonl"))).all()
    mapped = ps.open_source(tmp_path / "t.jsonl", type="trade", mapping=["receive=noted:ns:UTC"])
    np.testing.assert_array_equal(took(mapped), wanted(trades, 0))


def test_quotes_of_a_book_were_received_with_it_and_bars_of_trades_were_not():
    books = market(keys=1)[1]
    columns = {"took": Latency(ps.quote.receive)}
    got = Engine(build(columns, Stream(Quote), (Stream(Book),))).push_block(books)
    np.testing.assert_array_equal(got.values()[:, 0], wanted(books, 0))
    for streams, on in (((Stream(Trade),), "bar:1m"), ((Stream(Bar),), "bar:5m")):
        view = ps.View("bars", {"took": AsOf(Latency(ps.bar.receive))}, on=on)
        with pytest.raises(
            DefinitionError, match=r"receive must be of events that a source has, got bar\.receive"
        ):
            build(view.columns(), view.on, streams)


def test_the_receipt_is_a_column_in_text_and_a_name_that_is_neither_is_refused():
    assert parse_expression("Latency(trade.receive)") is TOOK
    assert (ps.trade.receive.unit, ps.trade.receive.dtype, TOOK.unit) == ("ns", "i8", "ms")
    with pytest.raises(
        DefinitionError, match="a column must be one of price, size, side, got 'received'"
    ):
        _ = ps.trade.received


def test_a_check_for_looking_ahead_gives_other_receipts_too():
    report = check_lookahead(VIEW, feeds.Memory(market(), (("A",), ("B",), ("C",))), cuts=4)
    assert report, str(report)
