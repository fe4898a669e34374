"""Blocks of several types of which no time is split."""

import numpy as np

from penstock.core.schema import EventType
from penstock.events.block import COMMON, Block


class Held:
    """Holds the latest time's events back until a later one comes."""

    def __init__(self, types: tuple[EventType, ...]) -> None:
        self.blocks = tuple(empty(type_) for type_ in types)

    def add(self, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        """What is before the latest time, of what was held and of these."""
        whole = [joined(*pair) for pair in zip(self.blocks, blocks, strict=True)]
        last = max((int(b.columns["time"][-1]) for b in whole if len(b)), default=0)
        cuts = [int(np.searchsorted(block.columns["time"], last)) for block in whole]
        self.blocks = tuple(b.take(slice(cut, None)) for b, cut in zip(whole, cuts, strict=True))
        return tuple(b.take(slice(0, cut)) for b, cut in zip(whole, cuts, strict=True))

    def rest(self) -> tuple[Block, ...]:
        """What is still held."""
        return self.blocks


def joined(first: Block, second: Block) -> Block:
    """Two blocks of one type, one after the other."""
    if not len(first):
        return second
    columns = {
        name: np.concatenate((values, second.columns[name]))
        for name, values in first.columns.items()
    }
    return Block(first.type, columns)


def empty(type: EventType) -> Block:
    """No events."""
    columns = {name: np.empty(0, dtype) for name, dtype, _ in COMMON}
    for field in type.fields:
        shape = (0, field.width) if field.width > 1 else 0
        columns[field.name] = np.empty(shape, field.dtype)
    return Block(type, columns)
