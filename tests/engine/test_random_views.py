"""Views of random expressions on random clocks: layouts, restores, peeks and threads agree in every bit."""

from collections.abc import Callable

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.feeds import STREAMS, assert_bits, by_key, feed, join

from penstock.core.errors import DefinitionError
from penstock.engine import Engine
from penstock.expr import BOOK, TRADE, Column, Expr, When
from penstock.formulas.joins import as_of
from penstock.ops import (
    AsOf,
    Completed,
    CumulativeSum,
    DecayedMean,
    Delayed,
    Ema,
    FirstSince,
    Lag,
    Level,
    Ohlcv,
    RollingMax,
    RollingMedian,
    RollingSum,
    RunLength,
    Threshold,
    WindowDistinct,
    WindowMax,
    WindowMean,
    WindowMedian,
    WindowMin,
    WindowShare,
    WindowSum,
    WindowTimeMean,
)
from penstock.plan import Plan, build
from penstock.streams import AnyOf, Clock, Delay, Every, GapSession, MarketSession, TimeBars

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
BID = Level(Column(BOOK, "levels"), level=0, field="bid_price")
VOLUME = When(Threshold(SIZE, limit=80.0))
CLOCKS: tuple[Clock, ...] = (
    TRADE,
    BOOK,
    AnyOf((TRADE, BOOK)),
    Every("1s"),
    Every("3s", offset="500ms"),
    TimeBars("2s", TRADE),
    TimeBars("7s", BOOK),
    VOLUME,
    GapSession(TRADE, "1s"),
    GapSession(AnyOf((TRADE, BOOK)), "500ms", maximum="4s"),
    MarketSession("24/7"),
    Delay(TRADE, "750ms"),
    Delay(BOOK, "250ms"),
    Delay(Every("1s"), "3s"),
    Delay(VOLUME, "1ns"),
    Delay(VOLUME, "5s"),
    Delay(Delay(TRADE, "250ms"), "250ms"),
    Every("1s", idle="3s", stream=TRADE),
    Every("250ms", idle="1ns", stream=BOOK),
    When(Threshold(BID * 0.0 + 1.0, limit=5.0)),
    # bars of bars
    When(Threshold(AsOf(Ohlcv(PRICE, SIZE, reset=VOLUME)["volume"], on=VOLUME), limit=200.0)),
)
clocks = st.sampled_from(CLOCKS)
small = st.sampled_from([1, 2, 5, 40])
widths = st.sampled_from(["1ns", "500ms", "1s", "3s", "45s"])
LEAVES = (PRICE, SIZE, BID, Column(TRADE, "side"), Column(BOOK, "levels"))

Make = Callable[[Expr, int, str, Clock], Expr]
MAKES: tuple[Make, ...] = (
    lambda x, n, w, c: Ema(x, float(n)),
    lambda x, n, w, c: Lag(x, n),
    lambda x, n, w, c: RollingSum(x, n + 1),
    lambda x, n, w, c: RollingMax(x, n + 1),
    lambda x, n, w, c: RollingMedian(x, n + 1),
    lambda x, n, w, c: CumulativeSum(x, reset=c),
    lambda x, n, w, c: FirstSince(x, reset=c),
    lambda x, n, w, c: Completed(x, reset=c),
    lambda x, n, w, c: RunLength(x),
    lambda x, n, w, c: Ohlcv(x, x * 0.0 + 1.0, reset=c)["high"],
    lambda x, n, w, c: x * 2.0 + x,
    lambda x, n, w, c: AsOf(x, on=c),
    lambda x, n, w, c: as_of(x, c, tolerance=w),
    lambda x, n, w, c: as_of(x, c, strict=True),
    lambda x, n, w, c: as_of(x, c, strict=True, tolerance=w),
    lambda x, n, w, c: Delayed(AsOf(x, on=c), on=Delay(c, w)),
    lambda x, n, w, c: WindowSum(x, w, on=c),
    lambda x, n, w, c: WindowMean(x, w, on=c),
    lambda x, n, w, c: WindowMin(x, w, on=c),
    lambda x, n, w, c: WindowMax(x, w, on=c),
    lambda x, n, w, c: WindowTimeMean(x, w, on=c),
    lambda x, n, w, c: WindowMedian(x, w, on=c),
    lambda x, n, w, c: WindowDistinct(x, w, on=c),
    lambda x, n, w, c: WindowShare(x, w, on=c),
    lambda x, n, w, c: DecayedMean(x, w, on=c),
)


@st.composite
def expressions(draw: st.DrawFn) -> Expr:
    """A chain of up to five operators over a column."""
    node: Expr = draw(st.sampled_from(LEAVES[:4]))
    for make in draw(st.lists(st.sampled_from(MAKES), max_size=5)):
        node = make(node, draw(small), draw(widths), draw(clocks))
    return node


@st.composite
def views(draw: st.DrawFn) -> Plan:
    """A view of a few such columns; what would freeze is left out."""
    on, columns = draw(clocks), {}
    for i, expr in enumerate(draw(st.lists(expressions(), min_size=1, max_size=5))):
        try:
            build({"x": expr}, on, STREAMS)
        except DefinitionError as error:
            # nothing else may be refused
            assert "would freeze" in str(error) or "idle must be" in str(error)  # noqa: PT017
        else:
            columns[f"x{i}"] = expr
    assume(columns)
    return build(columns, on, STREAMS)


EVENTS = feeds.market(260, keys=2, seed=12)
ALL = feeds.merged(EVENTS)


def part(start: int, stop: int) -> tuple:
    """Some elements of the feed."""
    return tuple(
        block.take(np.array([row for s, row in ALL[start:stop] if s == i], np.int64))
        for i, block in enumerate(EVENTS)
    )


@settings(max_examples=20)
@given(
    plan=views(),
    sizes=st.lists(st.integers(0, 50), max_size=8),
    cut=st.integers(0, 260),
    capacity=st.sampled_from([2, 7, 64]),
)
def test_whatever_the_view_every_way_to_run_it_gives_the_same_bits(plan, sizes, cut, capacity):
    names = tuple(name for name, _ in plan.outputs)
    whole = feeds.compute(Engine(plan, capacity=1024), EVENTS)
    assert_bits(feeds.compute(Engine(plan, capacity=capacity), EVENTS, sizes), whole, names)
    live = Engine(plan)
    rows = feeds.push(live, feeds.events(EVENTS))
    assert_bits(join(rows, by_key(live.advance(feeds.end(EVENTS)))), whole, names)
    first, second = Engine(plan, capacity=capacity), Engine(plan, threads=2)
    rows = by_key(feed(first, part(0, cut)))
    second.restore(first.snapshot())
    rows = join(rows, by_key(feed(second, part(cut, len(ALL)))))
    assert_bits(join(rows, by_key(second.advance(feeds.end(EVENTS)))), whole, names)


@settings(max_examples=10)
@given(plan=views(), cut=st.integers(0, 250))
def test_whatever_the_view_a_peek_is_what_comes_next(plan, cut):
    made, plain = Engine(plan), Engine(plan)
    feed(made, part(0, cut)), feed(plain, part(0, cut))
    for stream, row in ALL[cut : cut + 8]:
        event = feeds.Event(EVENTS[stream], row)
        before = made.snapshot()
        ahead, got = made.peek(event), plain.push(event)
        assert made.snapshot() == before
        assert (ahead is None) == (got is None)
        if ahead is not None:
            assert np.array_equal(feeds.canonical(ahead), feeds.canonical(got))
        made.push(event)
