"""Dynamic children as slots of a wide column."""

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import assert_bits, by_key, join

from penstock.core.schema import EventType, Field
from penstock.engine import Engine
from penstock.events import Block
from penstock.expr import Column
from penstock.ops import Cell, Ema, SlotSum
from penstock.plan import build
from penstock.streams import Stream

ORDERS = Stream(
    EventType(
        "order", "An order of some level.", (Field("level", "id", "i8"), Field("lots", "lots"))
    )
)
SLOTS = 4
NODE = SlotSum(Column(ORDERS, "level"), Column(ORDERS, "lots"), slots=SLOTS)
COLUMNS = {f"slot{i}": Cell(NODE, i) for i in range(SLOTS)} | {"smooth": Ema(Cell(NODE, 1), 3.0)}


def orders(size: int = 400) -> Block:
    rng = np.random.default_rng(4)
    return Block.of(
        ORDERS.type,
        time=np.arange(size),
        key=rng.integers(0, 2, size),
        level=rng.choice([70, -3, 2**53 + 1, 12, 5, 6], size, p=[0.3, 0.2, 0.2, 0.2, 0.05, 0.05]),
        lots=rng.integers(1, 9, size),
    )


BLOCK = orders()


def engine(capacity: int = 1) -> Engine:
    return Engine(build(COLUMNS, ORDERS, (ORDERS,)), capacity=capacity)


def overflow(made: Engine, key: int) -> int:
    arena = made._registry.arenas[key]
    start = arena.program.layout.registers[NODE]
    return int(arena.cells[start : start + 2].view(SlotSum.registers)["overflow"][0])


def by_hand(key: int) -> tuple[np.ndarray, int]:
    """Sums per level in order of first appearance, and how many orders found every slot taken."""
    sums: dict[int, float] = {}
    rows, lost = [], 0
    mine = BLOCK.take(BLOCK.columns["key"] == key).columns
    for level, lots in zip(mine["level"].tolist(), mine["lots"].tolist(), strict=True):
        if level in sums or len(sums) < SLOTS:
            sums[level] = sums.get(level, 0.0) + lots
        else:
            lost += 1
        rows.append([*sums.values()] + [0.0] * (SLOTS - len(sums)))
    return np.array(rows), lost


@pytest.mark.parametrize("capacity", [1, 7, 1024])
def test_children_take_slots_and_what_finds_none_is_counted(capacity):
    made = engine(capacity)
    rows = by_key(made.push_block(BLOCK))
    for key in (0, 1):
        wanted, lost = by_hand(key)
        assert np.array_equal(rows[key][1][:, :SLOTS], wanted)
        assert overflow(made, key) == lost > 0


@pytest.mark.parametrize("cut", [0, 1, 5, 200, 399])
def test_slots_keep_their_children_after_a_restore(cut):
    whole = by_key(engine(1024).push_block(BLOCK))
    first, second = engine(7), engine(1)
    rows = by_key(first.push_block(BLOCK.take(slice(0, cut))))
    second.restore(first.snapshot())
    assert_bits(join(rows, by_key(second.push_block(BLOCK.take(slice(cut, None))))), whole)
    assert overflow(second, 0) == by_hand(0)[1]


def test_slots_are_filled_event_by_event_as_in_blocks():
    assert_bits(feeds.push(engine(), BLOCK), by_key(engine(1024).push_block(BLOCK)))
