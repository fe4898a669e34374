"""Events and blocks: values in, the same values out, and what is refused."""

import numpy as np
import pytest

from penstock.core.errors import DefinitionError
from penstock.events import Block, Book, Event, Trade


def test_an_event_of_its_own_reads_like_a_row_of_a_block() -> None:
    levels = np.arange(40.0)
    alone = Event.of(Book, time=7, receive=9, key=3, levels=levels)
    row = next(iter(Block.of(Book, time=[7], receive=[9], key=[3], levels=levels.reshape(1, 40))))
    for name in ("time", "receive", "key"):
        assert alone[name] == row[name] == alone.block.columns[name][0]
    assert alone["levels"].tolist() == row["levels"].tolist() == levels.tolist()


def test_a_block_made_of_an_event_shares_its_cells() -> None:
    event = Event.of(Trade, time=1, price=2.5, size=3, side=-1)
    assert event.block is event.block
    assert [event[name] for name in ("time", "receive", "key", "price", "size", "side")] == [
        1,
        1,
        0,
        2.5,
        3.0,
        -1,
    ]
    assert event.block.table[0, 0] == event.table + 8 * 12


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"price": 1.0, "size": 2.0}, "column 'side' needs 1 values, got None"),
        ({"price": 1.0, "size": 2.0, "side": 0.5}, "must be of the columns' types"),
        ({"price": "x", "size": 2.0, "side": 1}, "must be of the columns' types"),
        ({"price": 1.0, "size": 2.0, "side": 1, "pric": 2.0}, "did you mean 'price'"),
    ],
)
def test_an_event_of_wrong_values_is_refused(values: dict[str, object], says: str) -> None:
    with pytest.raises(DefinitionError, match=says):
        Event.of(Trade, time=1, **values)


@pytest.mark.parametrize(
    "rows", [slice(2, 7), slice(None, None, 3), slice(8, 1, -2), slice(-4, None), slice(5, 5)]
)
def test_a_part_of_a_block_reads_like_a_block_of_its_columns(rows) -> None:
    wide = np.arange(80.0).reshape(10, 8)[:, ::2]  # strided
    block = Block.of(
        Book, time=np.arange(10), receive=np.arange(10), key=np.zeros(10), levels=np.tile(wide, 10)
    )
    part = block.take(rows)
    made = Block(Book, {name: column[rows] for name, column in block.columns.items()})
    if len(part):
        assert part.table.tolist() == made.table.tolist()
    assert part.address == part.table.ctypes.data
    assert [event["levels"].tolist() for event in part] == block.columns["levels"][rows].tolist()
