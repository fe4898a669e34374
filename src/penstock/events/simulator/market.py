"""One instrument's market: queues of orders per price, and the messages they cause.

Prices are whole ticks. A ring of levels, indexed by the tick modulo its size, holds first-in
first-out queues as linked lists through one table of orders; a dense list of the resting orders
lets any of them be picked at once.
"""

from typing import NamedTuple

import numpy as np

from penstock.core.jit import jit

ORDERS = 1 << 11
LEVELS = 1 << 12  # ticks between the lowest and the highest resting order
NONE = -1
LAST, SNAPSHOT = 128, 32
ADD, CANCEL, MODIFY, CLEAR = ord("A"), ord("C"), ord("M"), ord("R")
TRADE, FILL = ord("T"), ord("F")

ID, TICK, SIZE, SIDE, NEXT, PREVIOUS, PLACE = range(7)  # cells of an order
HEAD, TAIL, LEVEL_TICK = range(3)  # cells of a level
(NOW, BID, ASK, FREE, COUNT, BIDS, ASKS, NEXT_ID, SEQUENCE, CURSOR, ROWS, GROUP) = range(12)
# cells of a message
M_TIME, M_ORDER, M_TICK, M_SIZE, M_ACTION, M_SIDE, M_FLAGS, M_SEQUENCE = range(8)


class Market(NamedTuple):
    """The state of one instrument."""

    orders: np.ndarray  # i8 (ORDERS, 7); free ones are linked by NEXT
    levels: np.ndarray  # i8 (LEVELS, 3)
    resting: np.ndarray  # i8 (ORDERS,): slots of the resting orders
    state: np.ndarray  # i8 (12,)
    values: np.ndarray  # f8: excitement, own return, and the parameters (see `flow`)


def new_market(values: np.ndarray) -> Market:
    """An empty market."""
    orders = np.zeros((ORDERS, 7), np.int64)
    orders[:, NEXT] = np.arange(1, ORDERS + 1)
    orders[-1, NEXT] = NONE
    state = np.zeros(12, np.int64)
    state[NEXT_ID] = 1
    levels = np.full((LEVELS, 3), NONE, np.int64)
    return Market(orders, levels, np.zeros(ORDERS, np.int64), state, values)


@jit
def draw(market: Market, uniforms: np.ndarray) -> float:
    """The next uniform number in [0, 1)."""
    at = market.state[CURSOR]
    market.state[CURSOR] = at + 1
    return float(uniforms[at])


@jit
def say(market: Market, out: np.ndarray, action: int, slot: int, size: int) -> None:
    """Write a message about a resting order."""
    state = market.state
    row = state[ROWS]
    state[ROWS] = row + 1
    out[row, M_TIME] = state[NOW]
    out[row, M_ORDER] = market.orders[slot, ID]
    out[row, M_TICK] = market.orders[slot, TICK]
    out[row, M_SIZE] = size
    out[row, M_ACTION] = action
    out[row, M_SIDE] = market.orders[slot, SIDE]
    out[row, M_FLAGS] = 0
    out[row, M_SEQUENCE] = state[SEQUENCE]


@jit
def end_group(market: Market, out: np.ndarray, flags: int) -> None:
    """Mark the message written last as the last of its group."""
    out[market.state[ROWS] - 1, M_FLAGS] = flags
    market.state[SEQUENCE] += 1


@jit
def level_free(market: Market, tick: int) -> bool:
    """Whether an order can rest at a tick: the ring does not hold another one there."""
    at = tick % LEVELS
    return market.levels[at, HEAD] == NONE or market.levels[at, LEVEL_TICK] == tick


@jit
def queue(market: Market, slot: int) -> None:
    """Put an order at the end of its price's queue."""
    orders, state = market.orders, market.state
    tick, side = orders[slot, TICK], orders[slot, SIDE]
    level = market.levels[tick % LEVELS]
    orders[slot, NEXT] = NONE
    orders[slot, PREVIOUS] = NONE
    if level[HEAD] == NONE:
        level[HEAD] = slot
        level[LEVEL_TICK] = tick
    else:
        orders[slot, PREVIOUS] = level[TAIL]
        orders[level[TAIL], NEXT] = slot
    level[TAIL] = slot
    if side > 0:
        state[BID] = tick if state[BIDS] == 0 else max(state[BID], tick)
        state[BIDS] += 1
    else:
        state[ASK] = tick if state[ASKS] == 0 else min(state[ASK], tick)
        state[ASKS] += 1


@jit
def unqueue(market: Market, slot: int) -> None:
    """Take an order out of its price's queue; the best price follows."""
    orders, state = market.orders, market.state
    tick, side = orders[slot, TICK], orders[slot, SIDE]
    level = market.levels[tick % LEVELS]
    before, after = orders[slot, PREVIOUS], orders[slot, NEXT]
    if before == NONE:
        level[HEAD] = after
    else:
        orders[before, NEXT] = after
    if after == NONE:
        level[TAIL] = before
    else:
        orders[after, PREVIOUS] = before
    best = BID if side > 0 else ASK
    count = BIDS if side > 0 else ASKS
    state[count] -= 1
    if level[HEAD] == NONE and state[best] == tick and state[count] > 0:
        state[best] = next_level(market, tick, side)


@jit
def next_level(market: Market, tick: int, side: int) -> int:
    """The nearest price behind a tick at which orders rest."""
    at = tick - side
    while market.levels[at % LEVELS, HEAD] == NONE or market.levels[at % LEVELS, LEVEL_TICK] != at:
        at -= side
    return at


@jit
def place(market: Market, tick: int, size: int, side: int) -> int:
    """Rest a new order; its slot."""
    orders, state = market.orders, market.state
    slot = state[FREE]
    state[FREE] = orders[slot, NEXT]
    orders[slot, ID] = state[NEXT_ID]
    state[NEXT_ID] += 1
    orders[slot, TICK] = tick
    orders[slot, SIZE] = size
    orders[slot, SIDE] = side
    orders[slot, PLACE] = state[COUNT]
    market.resting[state[COUNT]] = slot
    state[COUNT] += 1
    queue(market, slot)
    return slot


@jit
def remove(market: Market, slot: int) -> None:
    """Take a resting order away."""
    orders, state = market.orders, market.state
    unqueue(market, slot)
    state[COUNT] -= 1
    moved = market.resting[state[COUNT]]
    hole = orders[slot, PLACE]
    market.resting[hole] = moved
    orders[moved, PLACE] = hole
    orders[slot, NEXT] = state[FREE]
    state[FREE] = slot
