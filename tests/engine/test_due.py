"""Which keys are looked at when time is advanced, in what order their rows come, and what is late then."""

import sys

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import SECOND, assert_bits, by_key, join

from penstock.compile.layout import NEVER
from penstock.core.errors import LateEvent
from penstock.engine import Engine
from penstock.events import Block, Event, Trade
from penstock.expr import TRADE, Column, Expr
from penstock.ops import AsOf, Ema, Lag, WindowSum
from penstock.plan import build
from penstock.streams import Clock, Every, GapSession

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
SLEEPY = Every("1s", idle="5s", stream=TRADE)
COLUMNS: dict[str, Expr] = {
    "price": AsOf(PRICE),
    "sum": WindowSum(SIZE, "5s"),
    "before": Lag(AsOf(PRICE, on=SLEEPY), 2),
    "ema": Ema(AsOf(PRICE, on=SLEEPY), 3.0),
}


def trades(seconds: list[float], keys: list[int]) -> Block:
    return Block.of(
        Trade,
        time=[round(t * SECOND) for t in seconds],
        key=keys,
        price=np.arange(len(seconds)) + 1.0,
        size=np.ones(len(seconds)),
        side=np.zeros(len(seconds)),
    )


def engine(on: Clock = SLEEPY, capacity: int = 1, **options: object) -> Engine:
    columns = COLUMNS if on is SLEEPY else {"price": AsOf(PRICE)}
    return Engine(build(columns, on, (TRADE,)), capacity=capacity, **options)


def calls(work) -> int:
    """How many Python and C functions a piece of work calls."""
    count = 0

    def watch(frame, kind, argument):
        nonlocal count
        count += kind in ("call", "c_call")

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_a_thousand_sleeping_keys_cost_what_one_costs():
    counts = []
    for keys in (1, 1_000):
        made = engine()
        made.push_block(trades([0.5] * keys, list(range(keys))))
        # the last tick is the first that finds the event older than 5 s
        assert made.advance(100 * SECOND).count == 6 * keys
        assert made.due == NEVER
        counts.append(calls(lambda made=made: made.advance(200 * SECOND)))
        assert made.advance(300 * SECOND).count == 0
    assert counts[0] == counts[1]


def test_keys_that_tick_do_not_wake_those_that_sleep():
    counts = []
    for keys in (2, 1_000):
        made = engine()
        made.push_block(trades([0.5] * keys, list(range(keys))))
        made.advance(100 * SECOND)
        made.push(Event(trades([150.5], [1]), 0))
        counts.append(calls(lambda made=made: made.advance(151 * SECOND)))
        assert made.due == 152 * SECOND
    assert counts[0] == counts[1]


def test_rows_of_one_advance_come_in_order_of_time_then_key():
    made = engine(Every("1s"))
    made.push_block(trades([0.2, 0.1, 0.3], [2, 0, 1]))
    rows = made.advance(3 * SECOND)
    seconds = (rows.times() // SECOND).tolist()
    assert list(zip(seconds, rows.keys().tolist(), strict=True)) == [
        (t, key) for t in (1, 2, 3) for key in (0, 1, 2)
    ]
    assert rows.values()[:, 0].tolist() == [2, 3, 1] * 3


@pytest.mark.parametrize("on", [SLEEPY, Every("1s"), GapSession(TRADE, "2s", "5s")])
def test_however_time_is_advanced_the_rows_are_the_same(on):
    rng = np.random.default_rng(5)
    seconds = np.cumsum(rng.choice([0, 0, 0.25, 0.5, 1, 12], 300)).tolist()
    block = trades(seconds, rng.integers(0, 5, 300).tolist())
    whole = feeds.compute(engine(on, 1024), (block,), streams=(TRADE,))
    for steps in (1, 3, 17):
        made, rows = engine(on), {}
        for i, event in enumerate(feeds.events((block,))):
            rows = join(rows, feeds.push(made, [event]))
            if i % steps == 0:
                rows = join(rows, by_key(made.advance(int(event["time"]))))
            if i == 150:
                saved, made = made.snapshot(), engine(on, 7 if steps == 3 else 1)
                made.restore(saved)
        assert_bits(join(rows, by_key(made.advance(feeds.end((block,))))), whole)


def test_a_peek_leaves_the_next_ticks_as_they_are():
    made = engine()
    made.push_block(trades([0.5, 0.5], [0, 1]))
    made.advance(100 * SECOND)
    assert made.peek(Event(trades([150.5], [1]), 0)) is None
    assert made.peek(Event(trades([150.5], [7]), 0)) is None
    assert made.advance(200 * SECOND).count == 0
    made.push(Event(trades([250.5], [7]), 0))
    assert made.advance(251 * SECOND).keys().tolist() == [7]


def test_what_is_older_than_an_advance_is_late_for_the_keys_that_were_there():
    made = engine(Every("1s"))
    made.push(Event(trades([0.5], [0]), 0))
    made.advance(10 * SECOND)
    assert made.push(Event(trades([9.5], [0]), 0)) is None
    assert made.peek(Event(trades([9.5], [0]), 0)) is None
    assert made.late == 1
    made.push(Event(trades([9.5], [3]), 0))
    assert made.late == 1  # a key begins with its first event, wherever others are
    assert made.advance(10 * SECOND).keys().tolist() == [3]
    again = engine(Every("1s"), on_late="error")
    again.restore(made.snapshot())
    with pytest.raises(LateEvent, match="after 10000000000"):
        again.push(Event(trades([9.5], [0]), 0))
    assert made.push_block(trades([9.5, 10.5], [0, 0])).count == 0
    assert made.late == 2
