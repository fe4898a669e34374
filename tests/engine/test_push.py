"""What goes into an engine, and what a view may look like."""

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import STREAMS, assert_bits, by_key, compute, feed, market

from penstock.core.errors import DefinitionError, LateEvent
from penstock.engine import Engine
from penstock.events import Block, Event, Quote, Trade
from penstock.expr import BOOK, TRADE, Column, Constant, Expr
from penstock.ops import (
    AsOf,
    Ema,
    Greater,
    Lag,
    Level,
    RollingRegression,
    RollingSum,
    Where,
    WindowSum,
)
from penstock.plan import build
from penstock.streams import Clock, Every

PRICE, SIZE, SIDE = (Column(TRADE, name) for name in ("price", "size", "side"))
SECONDS = Every("1s")
EVENTS = market(200, keys=2)
SECOND = feeds.SECOND


def engine(columns: dict[str, Expr], on: Clock = SECONDS, **options) -> Engine:
    return Engine(build(columns, on, STREAMS), **options)


def trade(time: int, price: float = 1.0, key: int = 0) -> Event:
    return Event.of(Trade, time=time, price=price, size=1.0, side=1, key=key)


def trades(times: list[int], **columns: object) -> Block:
    ones = np.ones(len(times))
    return Block.of(Trade, time=times, **({"price": ones, "size": ones, "side": ones} | columns))


EMA = {"ema": Ema(PRICE, 3.0)}


def test_a_late_event_is_counted_and_left_out():
    one, two = engine(EMA, TRADE), engine(EMA, TRADE)
    assert [one.push(trade(t, t)) is None for t in (5, 3, 5, 4, 9)] == [0, 1, 0, 1, 0]
    for t in (5, 5, 9):
        two.push(trade(t, t))
    assert one.late == 2
    assert one.snapshot() == two.snapshot()


@pytest.mark.parametrize("capacity", [1, 7, 1024])
def test_late_events_of_a_block_are_counted_and_left_out(capacity):
    times = [5, 3, 5, 4, 9, 8, 9]
    made = engine(EMA, TRADE, capacity=capacity)
    rows = made.push_block(trades(times, price=times))
    assert rows.times().tolist() == [5, 5, 9, 9]
    assert made.late == 3
    assert_bits(
        by_key(rows),
        by_key(engine(EMA, TRADE).push_block(trades([5, 5, 9, 9], price=[5, 5, 9, 9]))),
    )


def test_an_event_is_late_only_for_its_own_key():
    made = engine(EMA, TRADE)
    made.push(trade(9, key=0))
    assert made.push(trade(3, key=1)) is not None
    assert made.late == 0


def test_a_late_event_is_an_error_where_that_is_asked_for():
    made = engine(EMA, TRADE, on_late="error")
    made.push(trade(5))
    with pytest.raises(LateEvent, match="must not go back in time, got 4 after 5"):
        made.push(trade(4))
    with pytest.raises(LateEvent, match="got 3 after 5"):
        made.push_block(trades([3, 7]))


def test_an_event_before_what_was_advanced_to_is_late():
    made = engine(EMA, TRADE)
    made.push(trade(5))
    made.advance(10)
    assert made.push(trade(9)) is None
    assert made.push(trade(10)) is not None
    assert made.late == 1


def test_advancing_twice_gives_nothing_new():
    made = engine({"last": AsOf(PRICE)})
    feed(made, EVENTS)
    until = feeds.end(EVENTS) + 10 * SECOND
    assert made.advance(until).count > 0
    state = made.snapshot()
    assert made.advance(until).count == 0
    assert made.advance(until - SECOND).count == 0
    assert made.snapshot() == state


def test_advancing_in_steps_gives_the_rows_of_one_step():
    columns = {"last": AsOf(PRICE), "sum": WindowSum(SIZE, "4s")}
    one, two = engine(columns), engine(columns)
    feed(one, EVENTS), feed(two, EVENTS)
    until = feeds.end(EVENTS)
    rows = by_key(one.advance(until + 20 * SECOND))
    steps = [by_key(two.advance(until + k * SECOND // 2)) for k in range(41)]
    for step in steps[1:]:
        steps[0] = feeds.join(steps[0], step)
    assert_bits(steps[0], rows)


def test_emitted_holds_the_rows_of_the_last_push_alone():
    made = engine({"last": AsOf(PRICE)})
    made.push(trade(SECOND // 2))
    assert made.emitted.count == 0
    made.push(trade(3 * SECOND))
    assert made.emitted.times().tolist() == [SECOND, 2 * SECOND, 3 * SECOND]
    made.push(trade(SECOND))
    assert (made.late, made.emitted.count) == (1, 0)
    made.push(trade(4 * SECOND))
    made.push(Event.of(Quote, time=9 * SECOND, bid_price=1, bid_size=1, ask_price=2, ask_size=1))
    assert made.emitted.count == 0


def test_streams_that_no_column_reads_are_left_out():
    made = engine(EMA, TRADE)
    assert made.plan.streams == (TRADE,)
    assert made.push(Event(EVENTS[1], 0)) is None
    assert made.push_block(EVENTS[1]).count == 0
    assert made.snapshot() == engine(EMA, TRADE).snapshot()


@pytest.mark.parametrize("capacity", [1, 1024])
def test_empty_blocks_make_nothing(capacity):
    made = engine(EMA, TRADE, capacity=capacity)
    empty = EVENTS[0].take(slice(0, 0))
    assert made.push_block(empty).count == 0
    rows = by_key(made.push_block(EVENTS[0]))
    assert made.push_block(empty).count == 0
    assert_bits(rows, by_key(engine(EMA, TRADE).push_block(EVENTS[0])))


def test_no_events_at_all_make_no_rows():
    made = engine({"last": AsOf(PRICE)})
    assert made.advance(10 * SECOND).count == 0
    rows = made.advance(10 * SECOND)
    frame = rows.frame(made.keys)
    assert (frame.shape, frame.columns) == ((0, 3), ["symbol", "ts", "last"])


def test_a_frame_is_the_same_however_many_columns_are_put_together(monkeypatch):
    made = engine(EMA | {"more": Ema(PRICE, 5.0), "price": PRICE}, TRADE)
    made.keys.number_all([("A",), ("B",)])
    rows = made.push_block(EVENTS[0])
    whole = rows.frame(made.keys)
    prices = (np.sort(x) for x in (whole["price"], EVENTS[0].columns["price"]))
    assert np.array_equal(*prices, equal_nan=True)
    monkeypatch.setattr("penstock.engine.rows.CELLS", 1)
    assert rows.frame(made.keys).equals(whole, null_equal=True)


def test_a_block_of_another_type_than_its_stream_is_refused():
    made = engine({"last": AsOf(PRICE)})
    with pytest.raises(DefinitionError, match="stream trade takes trade events, got book"):
        made.push_block(EVENTS[1], TRADE)


def test_a_key_below_zero_is_refused():
    made = engine(EMA, TRADE)
    with pytest.raises(DefinitionError, match="key must be a number that Keys gave, got -1"):
        made.push(trade(1, key=-1))
    with pytest.raises(DefinitionError, match="key must be a number that Keys gave, got -1"):
        made.push_block(trades([1, 2], key=[0, -1]))


def test_more_ticks_in_a_block_than_refits_have_room_for_are_refused():
    with pytest.raises(DefinitionError, match="capacity must be from 1 to 1024, got 1025"):
        engine(EMA, TRADE, capacity=1025)
    with pytest.raises(DefinitionError, match="capacity must be from 1 to 1024, got 0"):
        engine(EMA, TRADE, capacity=0)


def values(columns: dict[str, Expr], on: Clock = TRADE, capacity: int = 7) -> np.ndarray:
    return compute(engine(columns, on, capacity=capacity), feeds.of_key(EVENTS, 0))[0][1]


@pytest.mark.parametrize("capacity", [1, 1024])
@pytest.mark.parametrize("on", [TRADE, SECONDS], ids=str)
def test_constants_are_the_same_at_every_tick_of_every_clock(capacity, on):
    columns = {
        "five": Constant(5.0),
        "again": Constant(5.0),
        "sum": SIZE * 0.0 + 5.0,
        "held": AsOf(Constant(5.0), on=TRADE),
        "chosen": Where(Greater(SIZE, 0.0), 5.0, 4.0),
        "slope": RollingRegression(SIZE, 5.0, 3)["intercept"],
        "last": AsOf(PRICE),
    }
    made = values(columns, on, capacity)
    assert len(made)
    assert (made[8:, :-1] == 5.0).all()


@pytest.mark.parametrize(
    "expr", [Constant(2.0) + Constant(3.0), Ema(5.0, 3.0), WindowSum(5.0, "3s")], ids=str
)
def test_an_operator_over_constants_alone_is_refused(expr):
    with pytest.raises(DefinitionError, match="an operand on a clock is needed, got constants"):
        engine({"x": expr, "last": AsOf(PRICE)})


def test_one_column_may_have_several_names():
    price, again, copied, lagged, third = values(
        {"a": PRICE, "b": PRICE, "c": PRICE * 1.0, "d": Lag(PRICE, 0 + 1), "e": AsOf(PRICE)}
    ).T
    for other in (again, copied, third):
        assert np.array_equal(price, other, equal_nan=True)
    assert np.array_equal(price[:-1], lagged[1:], equal_nan=True)


def test_an_expression_under_two_names_is_computed_once():
    plan = build({"a": Ema(PRICE, 3.0), "b": Ema(PRICE, 3.0)}, TRADE, STREAMS)
    assert len([node for node in plan.operators if isinstance(node, Ema)]) == 1


def test_whole_numbers_keep_their_values():
    side, lagged, total = values(
        {"side": SIDE, "lagged": Lag(SIDE, 1), "total": RollingSum(SIDE * SIZE, 3)}
    ).T
    wanted = feeds.of_key(EVENTS, 0)[0].columns["side"].astype(float)
    assert np.array_equal(side, wanted)
    assert np.array_equal(lagged[1:], wanted[:-1])
    assert np.isfinite(total[3:]).all()


def test_a_level_of_the_book_is_read_where_it_stands():
    book = feeds.of_key(EVENTS, 0)[1]
    bid = Level(Column(BOOK, "levels"), level=2, field="bid_price")
    for capacity in (1, 1024):
        rows = engine({"bid": bid}, BOOK, capacity=capacity).push_block(book)
        assert np.array_equal(rows.values()[:, 0], book.columns["levels"][:, 8])


def test_strided_columns_are_read_as_they_lie():
    wide = np.zeros((50, 7))
    wide[:, 3] = np.arange(50)
    block = trades(list(range(0, 100, 2)))
    strided = Block(Trade, {**block.columns, "price": wide[:, 3], "time": np.arange(100)[::2]})
    assert strided.columns["price"].strides == (56,)
    rows = engine(EMA, TRADE, capacity=7).push_block(strided)
    plain = trades(list(range(0, 100, 2)), price=np.arange(50.0))
    assert_bits(by_key(rows), by_key(engine(EMA, TRADE).push_block(plain)))


def test_unknown_ways_with_late_events_are_refused():
    with pytest.raises(DefinitionError, match="on_late must be 'count' or 'error', got 'drop'"):
        engine(EMA, TRADE, on_late="drop")


def test_the_ticks_of_a_clock_are_counted():
    made = engine({"last": AsOf(PRICE), "ema": AsOf(Ema(PRICE, 2.0))})
    rows = compute(made, EVENTS)
    assert made.ticks(SECONDS, 1) == len(rows[1][0])
    assert made.ticks(TRADE, 1) == int((EVENTS[0].columns["key"] == 1).sum())


def test_a_deep_expression_is_computed():
    deep: Expr = PRICE
    for _ in range(300):
        deep = deep + PRICE
    made = values({"deep": deep})[:, 0]
    wanted = feeds.of_key(EVENTS, 0)[0].columns["price"] * 301
    np.testing.assert_allclose(made, wanted, rtol=1e-12)
