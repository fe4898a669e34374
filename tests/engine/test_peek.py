"""Looking ahead leaves no trace, and shows what will be."""

import numpy as np
import pytest
from tests.engine import feeds, test_growth
from tests.engine.feeds import STREAMS, market

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.engine import Engine
from penstock.events import Event, Quote, Trade
from penstock.expr import BOOK, TRADE, Column, Expr, When
from penstock.ops import AsOf, Ema, Level, Ohlcv, Threshold, WindowMax, WindowSum
from penstock.plan import build
from penstock.streams import AnyOf, Clock, Every, TimeBars

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
BID = Level(Column(BOOK, "levels"), level=0, field="bid_price")
SECOND = feeds.SECOND
EVENTS = market(120, keys=2)
EITHER = AnyOf((TRADE, BOOK))
BARS = TimeBars("4s", TRADE)
VOLUME = When(Threshold(SIZE, limit=60.0))

MIXED = {
    "sum": WindowSum(SIZE, "3s"),
    "high": WindowMax(PRICE, "90s"),
    "ema": AsOf(Ema(PRICE, 4.0)),
    "bid": AsOf(BID),
}


def engine(columns: dict[str, Expr], on: Clock, **options) -> Engine:
    return Engine(build(columns, on, STREAMS), **options)


def same(one: np.ndarray | None, two: np.ndarray | None) -> bool:
    if one is None or two is None:
        return one is two
    return np.array_equal(feeds.canonical(one), feeds.canonical(two))


@pytest.mark.parametrize("on", [TRADE, EITHER, Every("1s"), BARS, VOLUME], ids=str)
@pytest.mark.parametrize("capacity", [1, 1024])
def test_a_peek_is_the_row_of_the_next_push_and_leaves_no_trace(on, capacity):
    made, plain = engine(MIXED, on, capacity=capacity), engine(MIXED, on)
    seen = 0
    for event in feeds.events(EVENTS):
        before = made.snapshot()
        ahead = made.peek(event)
        assert made.snapshot() == before
        row = plain.push(event)
        assert same(ahead, row)
        seen += row is not None
        feeds_one(made, event)
    assert seen > 5


def feeds_one(made: Engine, event: Event) -> None:
    """Admit one event in any layout."""
    made.push_block(event.block.take(slice(event.row, event.row + 1)))


def test_every_feature_may_be_peeked_at():
    columns = ps.View("all", feeds.FED, on="every:1s").columns()
    made, plain = engine(columns, Every("1s")), engine(columns, Every("1s"))
    for event in feeds.events(EVENTS)[:60]:
        before = made.snapshot()
        ahead = made.peek(event)
        assert made.snapshot() == before
        assert same(ahead, plain.push(event))
        made.push(event)


def test_peeking_at_a_key_that_was_never_seen_does_not_make_it():
    made = engine(MIXED, TRADE)
    before = made.snapshot()
    assert made.peek(feeds.events(EVENTS)[0]) is not None or True
    assert made.peek(at=5, key=77) is None
    assert made.snapshot() == before
    assert made.advance(10**15).count == 0


def test_peeking_at_a_late_event_gives_nothing_and_counts_nothing():
    made = engine({"ema": Ema(PRICE, 2.0)}, TRADE)
    late = Event.of(Trade, time=3, price=1.0, size=1.0, side=1)
    made.push(Event.of(Trade, time=5, price=1.0, size=1.0, side=1))
    assert made.peek(late) is None
    assert made.late == 0


def test_peeking_at_a_stream_that_no_column_reads_gives_nothing():
    made = engine({"ema": Ema(PRICE, 2.0)}, TRADE)
    quote = Event.of(Quote, time=5, bid_price=1, bid_size=1, ask_price=2, ask_size=1)
    assert made.peek(quote) is None
    assert made.peek(Event(EVENTS[1], 0)) is None


def test_a_peek_that_needs_a_larger_window_leaves_the_key_as_it_was():
    columns, blocks = test_growth.COLUMNS, test_growth.trades(1_000)
    made, plain = engine(columns, TRADE), engine(columns, TRADE)
    for event in blocks:
        assert same(made.peek(event), plain.push(event))
        made.push(event)
    assert made.snapshot() == plain.snapshot()


def test_a_peek_at_a_time_is_the_forming_bar():
    bar = Ohlcv(PRICE, SIZE, reset=BARS)
    names = ("open", "high", "low", "close", "volume")
    made = engine({name: AsOf(bar[name]) for name in names}, BARS)
    start = 1_000 * SECOND
    prices, sizes = [5.0, 7.0, 4.0, 6.0], [1.0, 2.0, 3.0, 4.0]
    for i, (price, size) in enumerate(zip(prices, sizes, strict=True)):
        made.push(Event.of(Trade, time=start + i * SECOND // 2, price=price, size=size, side=1))
        before = made.snapshot()
        p, q = prices[: i + 1], sizes[: i + 1]
        wanted = [p[0], max(p), min(p), p[-1], sum(q)]
        assert made.peek(at=start + i * SECOND // 2 + 1).tolist() == wanted
        assert made.snapshot() == before
    finished = made.peek(at=start + 4 * SECOND)
    assert same(finished, made.advance(start + 4 * SECOND).values()[-1])


@pytest.mark.parametrize("after", [0, 1, SECOND // 2, SECOND, 5 * SECOND // 2, 20 * SECOND])
def test_a_peek_at_a_time_is_the_row_of_a_view_that_ticks_then(after):
    made = engine(MIXED, Every("1s"))
    feeds.feed(made, feeds.of_key(EVENTS, 0))
    time = feeds.end(feeds.of_key(EVENTS, 0)) + 1 + after
    there = engine(MIXED, Every(time))  # its first tick is at that time
    feeds.feed(there, feeds.of_key(EVENTS, 0))
    before = made.snapshot()
    # a sum over time does not depend on where it was sampled before; the rest are as-of
    assert made.peek(at=time).tolist() == there.advance(time).values()[-1].tolist()
    assert made.snapshot() == before


def test_a_peek_back_in_time_gives_nothing():
    made = engine(MIXED, Every("1s"))
    feeds.feed(made, EVENTS)
    assert made.peek(at=feeds.START) is None


def test_a_peek_needs_an_event_or_a_time():
    with pytest.raises(DefinitionError, match="an event or at= is needed, got neither"):
        engine(MIXED, TRADE).peek()
