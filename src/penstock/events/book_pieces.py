"""A stream of blocks cut anew, so that no time is split."""

from collections.abc import Iterable, Iterator

import numpy as np

from penstock.events.block import Block


def joined(blocks: list[Block]) -> Block:
    """One block from several of one type."""
    if len(blocks) == 1:
        return blocks[0]
    names = blocks[0].columns
    columns = {name: np.concatenate([block.columns[name] for block in blocks]) for name in names}
    return Block(blocks[0].type, columns)


def whole_times(blocks: Iterable[Block], size: int) -> Iterator[Block]:
    """Blocks of about ``size`` rows; all rows of one time are in one block.

    The rows of a block's last time wait for what follows, and make a block of their own with it:
    nothing else is copied.
    """
    waiting: list[Block] = []
    for whole in blocks:
        for begin in range(0, len(whole), size):
            block = whole.take(slice(begin, begin + size))
            time = block.columns["time"]
            if waiting:
                same = int(np.searchsorted(time, waiting[0].columns["time"][0], "right"))
                if same:
                    waiting.append(block.take(slice(0, same)))
                if same == len(block):
                    continue
                yield joined(waiting)
                block = block.take(slice(same, None))
                time = block.columns["time"]
            last = int(np.searchsorted(time, time[-1], "left"))
            if last:
                yield block.take(slice(0, last))
            waiting = [block.take(slice(last, None))]
    if waiting:
        yield joined(waiting)
