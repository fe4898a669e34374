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


def spans(time: np.ndarray, size: int) -> Iterator[tuple[int, int]]:
    """Runs [begin, end) of about ``size`` rows; all rows of one time are in one run.

    Examples
    --------
    >>> list(spans(np.array([1, 1, 2, 2, 2, 2, 3]), 3))
    [(0, 2), (2, 6), (6, 7)]
    """
    begin = 0
    while True:  # an empty block is one empty run
        end = min(begin + size, time.size)
        if end < time.size:
            end = int(np.searchsorted(time, time[end], "left"))
            if end <= begin:
                end = int(np.searchsorted(time, time[begin], "right"))
        yield begin, end
        begin = end
        if begin == time.size:
            return


def whole_times(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same rows in blocks that split no time.

    The rows of a block's last time wait for what follows, and make a block of their own with it:
    nothing else is copied.
    """
    waiting: list[Block] = []
    for whole in blocks:
        block = whole
        if waiting and len(block):
            at = waiting[0].columns["time"][0]
            same = int(np.searchsorted(block.columns["time"], at, "right"))
            waiting.append(block.take(slice(0, same)))
            block = block.take(slice(same, None))
            if len(block):
                yield joined(waiting)
        if len(block):
            time = block.columns["time"]
            last = int(np.searchsorted(time, time[-1], "left"))
            if last:
                yield block.take(slice(0, last))
            waiting = [block.take(slice(last, None))]
    if waiting:
        yield joined(waiting)
