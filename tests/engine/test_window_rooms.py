"""Windows of several lengths on one clock: each is kept as long as it is read, and none changes a bit of another."""

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import Bits, assert_bits, by_key, join
from tests.engine.test_growth import trades

from penstock.compile.layout import TIMES, constants, layout, windows
from penstock.engine import Engine
from penstock.engine.profiling.footprint import by_kind
from penstock.events import Keys
from penstock.expr import TRADE, Column
from penstock.ops import AsOf, Lag, WindowDistinct, WindowMax, WindowSum, WindowVwap
from penstock.ops.clock.delayed import Delayed
from penstock.plan import build
from penstock.streams import Delay, Every

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
RISE = PRICE - Lag(PRICE, 3)
TICKS = Every("1s")
SHORT, LONG, WAIT = 1_000_000_001, 3_600_000_000_001, 5_000_000_001
COLUMNS = {
    "vwap": WindowVwap(PRICE, SIZE, "1h", on=TRADE),
    "rise": WindowSum(RISE, "1s", on=TRADE),
    "most": WindowMax(RISE * 2.0, "5s", on=TRADE),
    "kinds": WindowDistinct(SIZE + 0.5, "30s", on=TRADE),
    "half": WindowSum(RISE * 0.5, "1m", on=TRADE),
    "was": AsOf(Delayed(SIZE * 3.0, on=Delay(TRADE, "5s")), on=TRADE),
    "of": AsOf(AsOf(PRICE * 4.0, on=TICKS), on=TRADE),
}
BLOCK = trades(2_500)


def plan(*names: str):
    return build({name: COLUMNS[name] for name in names}, TRADE, (TRADE,))


@pytest.fixture(scope="module")
def apart() -> Bits:
    """Each column by itself."""
    one = {n: by_key(Engine(plan(n), capacity=1_024).push_block(BLOCK))[0] for n in COLUMNS}
    times = next(iter(one.values()))[0]
    return {0: (times, np.concatenate([values for _, values in one.values()], axis=1))}


def retentions() -> dict[str, int]:
    return {
        node.text: spec.retention
        for (node, _), spec in plan(*COLUMNS).columns.items()
        if spec.windowed
    }


def test_a_column_is_kept_as_long_as_it_is_read():
    kept = retentions()
    assert kept[RISE.text] == SHORT
    assert kept[(RISE * 0.5).text] == 60_000_000_001
    assert kept[(SIZE * 3.0).text] == WAIT
    assert kept[(PRICE * 4.0).text] == 0
    assert kept["trade.time"] == LONG


def test_columns_that_are_read_together_are_kept_alike():
    both = build(
        {"a": WindowVwap(PRICE, SIZE, "1s", on=TRADE), "b": WindowSum(SIZE, "1h", on=TRADE)},
        TRADE,
        (TRADE,),
    )
    found = {node.text: spec.retention for (node, _), spec in both.columns.items()}
    assert found["trade.price"] == found["trade.size"] == LONG


@pytest.mark.parametrize("capacity", [1, 7, 256])
def test_no_window_changes_a_bit_of_another(apart, capacity):
    names = tuple(COLUMNS)
    whole = by_key(Engine(plan(*names), capacity=capacity).push_block(BLOCK))
    assert_bits(whole, apart, names)


def test_event_by_event_they_grow_with_the_same_bits(apart):
    assert_bits(feeds.push(Engine(plan(*COLUMNS)), BLOCK), apart, tuple(COLUMNS))


@pytest.mark.parametrize(("one", "two"), [(1, 64), (64, 1), (256, 256)])
def test_they_are_restored_with_the_same_bits(apart, one, two):
    made, cut = plan(*COLUMNS), 1_300
    first, second = Engine(made, capacity=one), Engine(made, capacity=two)
    early = by_key(first.push_block(BLOCK.take(slice(0, cut))))
    second.restore(first.snapshot())
    late = by_key(second.push_block(BLOCK.take(slice(cut, None))))
    assert_bits(join(early, late), apart, tuple(COLUMNS))


def test_a_view_takes_over_windows_that_were_kept_for_longer_and_shorter(apart):
    """What is kept of a column depends on the other columns of its view, and a reload changes those."""
    names, cut = ("vwap", "rise", "most", "half", "of"), 1_300
    keys = Keys()
    keys.number(("X",))
    history = Engine(plan("rise", "half", "was", "of"), keys, capacity=64)
    other = Engine(plan("vwap", "most"), keys, capacity=64)
    for engine in (history, other):
        engine.push_block(BLOCK.take(slice(0, cut)))
    other.reload(plan(*names), history)
    late = by_key(other.push_block(BLOCK.take(slice(cut, None))))
    columns = [list(COLUMNS).index(name) for name in names]
    wanted = {0: (apart[0][0][cut:], apart[0][1][cut:, columns])}
    assert_bits(late, wanted, names)


def test_a_short_window_has_less_room_than_a_long_one_and_times_the_most():
    engine = Engine(plan(*COLUMNS))
    engine.push_block(BLOCK)
    rooms = engine.registry.arenas[0].program.layout.rooms
    own = {name: room for (clock, name), room in rooms.items() if clock is TRADE}
    assert own[-1] < own[-1 - SHORT] < own[-1 - LONG] < own[TIMES]
    assert list(windows(engine.plan))[-1][1] == TIMES


def test_a_constant_has_as_many_cells_as_what_it_stands_in_for():
    engine = Engine(plan(*COLUMNS))
    engine.push_block(BLOCK)
    made = engine.registry.arenas[0].program.layout
    assert set(constants(made).values()) == {1}
    assert by_kind(made)["constants"] == 8 * len(constants(made))
    stands_in = build({"n": WindowVwap(PRICE, PRICE * 0.0 + 1.0, "1h", on=TRADE)}, TRADE, (TRADE,))
    assert all(size >= 1 for size in constants(layout(stands_in, 1, {})).values())
