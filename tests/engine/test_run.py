"""History over sources: roles, several sources of one stream, nothing to read, the end."""

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import SECOND, Memory

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.events import Block, Trade
from penstock.expr import TRADE, Column
from penstock.ops import AsOf, CumulativeSum, Ema, WindowSum
from penstock.streams import Stream

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
SPOT, PERP = Stream(Trade, "spot"), Stream(Trade, "perp")
EVENTS = feeds.market(200, keys=2)
OTHERS = feeds.market(150, keys=2, seed=7)


def test_roles_keep_two_streams_of_one_type_apart():
    spot, perp = Column(SPOT, "price"), Column(PERP, "price")
    view = ps.View(
        "basis",
        [("basis", AsOf(perp) - AsOf(spot)), ("sum", WindowSum(Column(SPOT, "size"), "5s"))],
        on="every:1s",
    )
    frame = ps.run(view, {"spot": Memory(EVENTS[:1]), "perp": Memory(OTHERS[:1])})
    assert frame.height > 100
    for symbol, ts, basis, total in frame.rows():
        last, key = [], ("A", "B").index(symbol)
        for block in (EVENTS[0], OTHERS[0]):
            mine = block.take((block.columns["key"] == key) & (block.columns["time"] < ts))
            last.append(mine.columns["price"][-1] if len(mine) else np.nan)
        assert np.array_equal(basis, last[1] - last[0], equal_nan=True)
        sizes = EVENTS[0].take(EVENTS[0].columns["key"] == key).columns
        inside = (sizes["time"] < ts) & (sizes["time"] >= ts - 5 * SECOND)
        assert total == sizes["size"][inside].sum()


def test_two_files_of_one_stream_are_merged():
    view = ps.View("sums", [("sum", CumulativeSum(SIZE))], on="trade")
    half = len(EVENTS[0]) // 2
    for cut in (slice(0, half), slice(0, None, 2)):
        rest = np.setdiff1d(np.arange(len(EVENTS[0])), np.arange(len(EVENTS[0]))[cut])
        parts = [Memory((EVENTS[0].take(rows),), size=17) for rows in (cut, rest)]
        frame, whole = ps.run(view, parts), ps.run(view, Memory(EVENTS[:1]))
        assert frame["ts"].to_list() == whole["ts"].to_list()
        totals = frame.group_by("symbol").last().sort("symbol")["sum"].to_list()
        assert totals == whole.group_by("symbol").last().sort("symbol")["sum"].to_list()


def test_a_source_without_events_gives_a_frame_without_rows():
    empty = tuple(block.take(slice(0, 0)) for block in EVENTS)
    for on in ("trade", "every:1s"):
        view = ps.View("none", [("last", AsOf(PRICE))], on=on)
        frame = ps.run(view, Memory(empty))
        assert (frame.shape, frame.columns) == ((0, 3), ["symbol", "ts", "last"])


def test_timed_ticks_are_made_up_to_the_end_that_is_asked_for():
    view = ps.View("last", [("last", AsOf(PRICE))], on="every:1s")
    trades = Memory(EVENTS[:1])
    end = feeds.end(EVENTS[:1])
    short, long = ps.run(view, trades), ps.run(view, trades, end=end + 30 * SECOND)
    assert long["ts"].max() == (end + 30 * SECOND) // SECOND * SECOND
    before = long.filter(long["ts"] <= end)
    assert before.sort("symbol", "ts").equals(short.sort("symbol", "ts"), null_equal=True)


def test_progress_counts_events_and_rows(monkeypatch):
    monkeypatch.setattr("penstock.jobs.run.A_KEY", 1)
    seen: list[tuple[int, int]] = []
    view = ps.View("last", [("ema", Ema(PRICE, 3.0))], on="trade")
    frame = ps.run(view, Memory(EVENTS, size=20), progress=lambda *said: seen.append(said))
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1] == (len(EVENTS[0]), frame.height)


def test_a_file_that_gives_a_stream_alone_is_read_for_it():
    # the second source reports the same trades beside its books
    view = ps.View("sums", [("sum", CumulativeSum(SIZE))], on="trade")
    frame = ps.run(view, [Memory(EVENTS[:1]), Memory(EVENTS)])
    assert frame.equals(ps.run(view, Memory(EVENTS[:1])), null_equal=True)


@pytest.mark.parametrize("a_key", [0, 4, 256])
def test_the_size_of_chunks_does_not_matter(monkeypatch, a_key):
    view = ps.View(
        "v", [("ema", AsOf(Ema(PRICE, 3.0))), ("s", WindowSum(SIZE, "2s"))], on="every:1s"
    )
    whole = feeds.bits_of_frame(ps.run(view, Memory(EVENTS, size=10_000)), view)
    monkeypatch.setattr("penstock.jobs.run.A_KEY", a_key)
    for size in (1, 3, 50):
        made = feeds.bits_of_frame(ps.run(view, Memory(EVENTS, size=size)), view)
        feeds.assert_bits(made, whole)


def test_a_source_in_a_role_that_no_column_names_is_not_read():
    broken = Block.of(Trade, time=[1], price=[1.0], size=[1.0], side=[0])
    view = ps.View("spot", [("last", Column(SPOT, "price"))], on=SPOT)
    frame = ps.run(view, {"spot": Memory(EVENTS[:1]), "other": Memory((broken,))})
    assert frame.height == len(EVENTS[0])
    with pytest.raises(DefinitionError, match="the stream 'spot' is needed, got a source of perp"):
        ps.run(view, {"perp": Memory(EVENTS[:1])})
