"""The loop over messages, and what a book shows when its group is whole."""

import numpy as np

from penstock.core.jit import jit
from penstock.events.books.kernel import (
    ADD,
    CANCEL,
    CLEAR,
    CROSSED,
    FILL,
    GOOD,
    LAST,
    LOCKED,
    MODIFY,
    NONE,
    SNAPSHOT,
    TOP,
    TRADE,
    UNKNOWN_ACTION,
    ZERO_SIZE,
    Messages,
    Output,
    add,
    cancel,
    modify,
    unsound,
)
from penstock.events.books.levels import refresh, wipe
from penstock.events.books.tables import (
    FILLING,
    MESSAGES,
    Tables,
)


@jit
def crossing(shown: np.ndarray) -> int:
    """Whether the best prices cross or lock."""
    if shown[0] > shown[2]:
        return CROSSED
    return LOCKED if shown[0] == shown[2] else GOOD


@jit
def act(tables: Tables, m: Messages, i: int) -> int:
    """Apply one message."""
    action = m.action[i]
    if action == ADD:
        if m.flags[i] & TOP and m.price[i] != m.price[i]:
            wipe(tables, 2 * m.key[i] + (1 if m.side[i] < 0 else 0))
            return GOOD
        return add(tables, m, i)
    if action == CANCEL:
        return cancel(tables, m, i)
    if action == MODIFY:
        return modify(tables, m, i)
    if action == CLEAR:
        wipe(tables, 2 * m.key[i])
        wipe(tables, 2 * m.key[i] + 1)
        return GOOD
    return GOOD if action in (FILL, NONE) else UNKNOWN_ACTION


@jit
def trade(m: Messages, i: int, out: Output) -> int:
    """Note a trade."""
    reason = unsound(m.price[i], m.size[i])
    if reason not in (GOOD, ZERO_SIZE):
        return reason
    at = out.size[2]
    out.trades[at] = i
    out.size[2] = at + 1
    return GOOD


@jit
def refuse(out: Output, i: int, reason: int) -> None:
    """Note a message that was not applied, or a book that is not shown."""
    at = out.size[1]
    out.bad[at, 0] = i
    out.bad[at, 1] = reason
    out.size[1] = at + 1


@jit
def tick(shown: np.ndarray, i: int, out: Output, rule: np.ndarray) -> None:
    """Give the book that a message completed, or count it where it is crossed."""
    if rule[1]:
        reason = crossing(shown)
        if reason != GOOD:
            refuse(out, i, reason)
            return
    at = out.size[0]
    out.at[at] = i
    for cell in range(shown.size):
        out.levels[at, cell] = shown[cell]
    out.size[0] = at + 1


@jit
def complete(tables: Tables, key: int, i: int, out: Output, rule: np.ndarray) -> None:
    """End a group: the book ticks if one of its best levels changed."""
    bids = refresh(tables, 2 * key, rule[0])
    asks = refresh(tables, 2 * key + 1, rule[0])
    if bids or asks:
        tick(tables.shown[key], i, out, rule)


@jit
def fill(tables: Tables, m: Messages, i: int, depth: int) -> bool:
    """Whether a message is of a snapshot; the first that is not finds the filled book shown."""
    row = 2 * m.key[i]
    if m.flags[i] & SNAPSHOT:
        tables.sides[row, FILLING] = 1
        return True
    if tables.sides[row, FILLING]:  # not every file ends a snapshot with the last-of-group flag
        tables.sides[row, FILLING] = 0
        refresh(tables, row, depth)
        refresh(tables, row + 1, depth)
    return False


@jit
def build(
    tables: Tables, m: Messages, begin: int, end: int, out: Output, rule: np.ndarray
) -> tuple[int, int]:
    """Apply the messages [begin, end); where it stopped, and what has to grow there if anything.

    ``rule`` is the number of levels shown and whether crossed books are kept aside.
    """
    for i in range(begin, end):
        snapshot = fill(tables, m, i, rule[0])
        reason = trade(m, i, out) if m.action[i] == TRADE else act(tables, m, i)
        if reason < 0:
            return i, reason
        if reason != GOOD:
            refuse(out, i, reason)
        tables.counters[MESSAGES] += 1
        if m.flags[i] & LAST and not snapshot:
            complete(tables, m.key[i], i, out, rule)
    return end, GOOD
