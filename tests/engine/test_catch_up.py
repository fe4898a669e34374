"""Timed ticks that an event makes due, in a view that they make no rows of: compiled code makes them."""

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import START, assert_bits, by_key

from penstock.core.errors import CapacityError
from penstock.engine import Engine
from penstock.events import Block, Trade
from penstock.expr import TRADE, Column, Expr
from penstock.ops import AsOf, CumulativeSum, Delayed, Ema, Lag, RollingMean, WindowSum
from penstock.plan import Plan, build
from penstock.streams import Delay, Every, GapSession, TimeBars

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
MS = 1_000_000
FAST, SLOW, BARS = Every("100ms"), Every("1s"), TimeBars("2s", TRADE)
COLUMNS: dict[str, Expr] = {
    "price": PRICE,
    "fast": AsOf(RollingMean(AsOf(PRICE, on=FAST), window=7), on=TRADE),
    "slow": AsOf(Ema(AsOf(SIZE, on=SLOW), span=3), on=TRADE) - SIZE,
    "bar": AsOf(Lag(RollingMean(AsOf(PRICE, on=BARS), window=3), 2), on=TRADE),
    "session": AsOf(CumulativeSum(SIZE, reset=GapSession(TRADE, "1s")), on=TRADE),
    "earlier": AsOf(Delayed(PRICE, on=Delay(TRADE, "700ms")), on=TRADE),
    # 600 ticks, of which the first gap below makes most at once: the window grows on the way
    "minute": AsOf(WindowSum(AsOf(SIZE, on=FAST), "60s", on=FAST), on=TRADE),
}


def trades(size: int = 400) -> Block:
    """Trades close together and far apart, some of them at the very times of ticks."""
    rng = np.random.default_rng(8)
    steps = rng.choice(
        [0, 1, 50, 100, 500, 2_500, 40_000], size, p=[0.2, 0.2, 0.2, 0.2, 0.1, 0.08, 0.02]
    )
    return Block.of(
        Trade,
        time=START + np.cumsum(steps) * MS,
        price=100.0 + rng.normal(0.0, 1.0, size).round(2),
        size=rng.integers(1, 9, size),
        side=np.ones(size),
    )


def plan(names: tuple[str, ...] = tuple(COLUMNS)) -> Plan:
    return build({name: COLUMNS[name] for name in names}, TRADE, (TRADE,))


@pytest.mark.parametrize("name", [*COLUMNS, "all"])
def test_event_by_event_has_the_bits_of_blocks(name):
    made, block = plan(tuple(COLUMNS) if name == "all" else (name,)), trades()
    wanted = by_key(Engine(made, capacity=1_024).push_block(block))
    assert_bits(feeds.push(Engine(made), block), wanted, tuple(made.warmups))


def test_no_event_but_a_keys_first_leaves_compiled_code_where_no_window_grows(monkeypatch):
    engine, block = Engine(plan(("fast", "slow", "bar", "session", "earlier"))), trades()
    first, *others = block
    engine.push(first)
    monkeypatch.setattr(engine, "_push_slowly", None)
    assert all(engine.push(event) is not None for event in others)
    assert engine.ticks(FAST) == block.columns["time"][-1] // (100 * MS) - START // (100 * MS)


def test_a_window_that_may_not_grow_is_refused_by_name_before_its_event():
    block = trades()
    engine = Engine(plan(("price", "minute")), maximum_room=128)
    with pytest.raises(CapacityError, match="the window of clock every:100ms may hold 128 ticks"):
        feeds.push(engine, block)
    counted = Engine(plan(("price", "minute")), maximum_room=128, on_full="count")
    rows = [counted.push(event) for event in block]
    taken = sum(row is not None for row in rows)
    assert 0 < taken < len(block)
    assert counted.stats.full == len(block) - taken
