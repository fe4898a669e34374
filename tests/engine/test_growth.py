"""Windows that outgrow their room."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.feeds import assert_bits, by_key, join

from penstock.core.errors import CapacityError
from penstock.engine import Engine
from penstock.events import Block, Keys, Trade
from penstock.expr import TRADE, Column
from penstock.ops import (
    AsOf,
    Lag,
    WindowCount,
    WindowDistinct,
    WindowMax,
    WindowMedian,
    WindowMin,
    WindowMoments,
    WindowSum,
    WindowTimeMean,
    WindowVwap,
)
from penstock.plan import build
from penstock.streams import Every

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
SECOND = feeds.SECOND
COLUMNS = {
    "low": WindowMin(PRICE, "1h"),
    "high": WindowMax(PRICE, "1h"),
    "sum": WindowSum(SIZE, "1h"),
    "short": WindowSum(SIZE, "2s"),
    "count": WindowCount(PRICE, "1h"),
    "std": WindowMoments(PRICE, "1h")["std"],
    "vwap": WindowVwap(PRICE, SIZE, "1h"),
    "twap": WindowTimeMean(PRICE, "1h"),
    "median": WindowMedian(PRICE, "1h"),
    "distinct": WindowDistinct(PRICE, "1h"),
    "lag": Lag(PRICE, 40),
}


def trades(size: int, seed: int = 3, gap: int = SECOND // 100) -> Block:
    """Trades that come in bursts; falling and rising prices fill the rings of the extremes."""
    rng = np.random.default_rng(seed)
    price = 100 + 10 * np.sin(np.arange(size) / 60) + rng.normal(0, 0.01, size)
    return Block.of(
        Trade,
        time=feeds.START + np.cumsum(rng.choice([0, 1, 1, 5], size)) * gap,
        price=price,
        size=rng.integers(1, 9, size),
        side=np.zeros(size),
    )


BLOCK = trades(2_500)


def engine(on=TRADE, **options) -> Engine:
    return Engine(build(COLUMNS if on is TRADE else sampled(), on, (TRADE,)), **options)


def sampled() -> dict:
    return {name: AsOf(x) if x.clock is TRADE else x for name, x in COLUMNS.items()}


@pytest.fixture(scope="module")
def whole() -> dict:
    return by_key(engine(capacity=1024).push_block(BLOCK))


def oracle(name: str, i: int) -> float:
    p, q = (BLOCK.columns[n][: i + 1] for n in ("price", "size"))
    return {"low": p.min(), "high": p.max(), "sum": q.sum(), "count": i + 1}[name]


def test_windows_that_grew_hold_everything(whole):
    values = whole[0][1]
    for i in (0, 1, 100, 200, 700, 1_500, 2_499):
        for name in ("low", "high", "sum", "count"):
            assert values[i, list(COLUMNS).index(name)] == oracle(name, i)


@pytest.mark.parametrize("capacity", [1, 7])
@settings(max_examples=5)
@given(sizes=st.lists(st.integers(0, 700), max_size=6))
def test_growth_in_the_middle_of_a_block_keeps_every_bit(whole, capacity, sizes):
    made, start, rows = engine(capacity=capacity), 0, {}
    for size in (*sizes, len(BLOCK)):
        part = BLOCK.take(slice(start, start + size))
        rows = join(rows, by_key(made.push_block(part)))
        start += size
    assert_bits(rows, whole, tuple(COLUMNS))


def test_growth_event_by_event_keeps_every_bit(whole):
    assert_bits(feeds.push(engine(), BLOCK), whole, tuple(COLUMNS))


@pytest.mark.parametrize("capacity", [1, 1024])
def test_growth_under_timed_ticks_keeps_every_bit(capacity):
    hop = Every("250ms")
    wanted = by_key(engine(hop, capacity=7).push_block(BLOCK))
    made, rows = engine(hop, capacity=capacity), {}
    for start in range(0, len(BLOCK), 333):
        rows = join(rows, by_key(made.push_block(BLOCK.take(slice(start, start + 333)))))
    assert_bits(rows, wanted, tuple(COLUMNS))


@pytest.mark.parametrize("cut", [90, 190, 400, 1_000, 2_000])
@pytest.mark.parametrize(("one", "two"), [(1, 1024), (1024, 1)])
def test_a_grown_window_is_restored(whole, cut, one, two):
    first, second = engine(capacity=one), engine(capacity=two)
    rows = by_key(first.push_block(BLOCK.take(slice(0, cut))))
    second.restore(first.snapshot())
    rest = by_key(second.push_block(BLOCK.take(slice(cut, None))))
    assert_bits(join(rows, rest), whole, tuple(COLUMNS))


def test_keys_grow_apart_from_one_another():
    both = Block(Trade, {**BLOCK.columns, "key": (np.arange(len(BLOCK)) % 10 == 0).astype(int)})
    rows = by_key(engine(capacity=7).push_block(both))
    for key in (0, 1):
        alone = both.take(both.columns["key"] == key)
        assert_bits({key: rows[key]}, by_key(engine().push_block(alone)), tuple(COLUMNS))


def test_keys_that_grow_in_two_threads_keep_every_bit():
    both = Block(Trade, {**BLOCK.columns, "key": np.arange(len(BLOCK)) % 2})
    rows = by_key(engine(capacity=7, threads=2).push_block(both))
    assert_bits(rows, by_key(engine(capacity=7).push_block(both)), tuple(COLUMNS))


@pytest.mark.parametrize("capacity", [1, 7])
def test_a_window_above_the_maximum_is_refused_by_name(capacity):
    keys = Keys()
    keys.number(("ES",))
    made = engine(capacity=capacity, keys=keys, maximum_room=512)
    with pytest.raises(
        CapacityError,
        match=r"window of clock trade may hold 512 ticks, got 1024 needed for key .*ES",
    ):
        made.push_block(BLOCK)


def push_until_full(made: Engine) -> list[np.ndarray]:
    """The rows that were given before the error."""
    rows: list[np.ndarray] = []
    try:
        rows.extend(made.push(event).copy() for event in BLOCK)
    except CapacityError:
        return rows
    raise AssertionError("the window must outgrow its maximum")


def test_a_key_that_is_full_takes_no_more_and_can_be_restored_with_more_room(whole):
    made = engine(maximum_room=512)
    rows = push_until_full(made)
    rest, snapshot = BLOCK.take(slice(len(rows) + 1, None)), made.snapshot()
    for event in rest.take(slice(0, 100)):
        with pytest.raises(CapacityError, match="may hold 512 ticks"):
            made.push(event)
    with pytest.raises(CapacityError, match="may hold 512 ticks"):
        made.push_block(rest)
    assert made.snapshot() == snapshot
    assert np.array_equal(np.array(rows), whole[0][1][: len(rows)], equal_nan=True)
    # the event that filled the window is in; its row was lost with the error
    larger = engine()
    larger.restore(snapshot)
    wanted = {0: tuple(part[len(rows) + 1 :] for part in whole[0])}
    assert_bits(by_key(larger.push_block(rest)), wanted, tuple(COLUMNS))


def test_one_full_key_does_not_touch_another():
    made = engine(maximum_room=512)
    other = Block(Trade, {**BLOCK.columns, "key": np.ones(len(BLOCK), int)})
    with pytest.raises(CapacityError):
        made.push_block(BLOCK)
    few = other.take(slice(0, 50))
    assert_bits(by_key(made.push_block(few)), by_key(engine().push_block(few)), tuple(COLUMNS))


def test_room_is_reused_when_windows_empty():
    sparse = trades(5_000, gap=120 * SECOND)
    made = engine(maximum_room=512)
    assert_bits(by_key(made.push_block(sparse)), by_key(engine(capacity=1024).push_block(sparse)))
