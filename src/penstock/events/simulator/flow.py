"""Who does what in the simulated market, and when.

Limit orders, cancels, modifies and market orders arrive at a rate that is U-shaped over the run,
higher in a wild regime, and excited by each market order (Hawkes, 1971, with the rate held between
events). A hidden value (market factor, own random walk, jumps) pulls the flow: buyers are more when
it is above the mid price, and quotes it has left behind are cancelled or taken.
"""

import numpy as np

from penstock.core.jit import jit
from penstock.core.maths import exp, log, sqrt
from penstock.events.simulator.market import (
    ADD,
    ASK,
    ASKS,
    BID,
    BIDS,
    CANCEL,
    CLEAR,
    COUNT,
    CURSOR,
    FILL,
    GROUP,
    HEAD,
    LAST,
    LEVELS,
    M_ORDER,
    M_SIDE,
    M_SIZE,
    M_TICK,
    MODIFY,
    NEXT,
    NEXT_ID,
    NONE,
    NOW,
    ORDERS,
    ROWS,
    SIDE,
    SIZE,
    SNAPSHOT,
    TAIL,
    TICK,
    TRADE,
    Market,
    draw,
    end_group,
    level_free,
    place,
    queue,
    remove,
    say,
    unqueue,
)

(EXCITEMENT, OWN, BASE, BETA, VOLATILITY, RATE, LOT, START, DURATION) = range(9)  # values
STEP = 250_000_000  # ns of the market factor's grid
SECOND = 1e9
DRAWS = 16  # uniform numbers of one event, at most
GROUP_ROWS = 128  # messages of one event, at most
FILLS = 40  # orders that one market order meets, at most
KEPT = 6  # orders of a side that are never taken or cancelled
WANTED = 300.0  # resting orders around which adds and cancels balance
DECAY = 3.0  # of the excitement, per second
EXCITED = 6.0  # events a second that a market order adds
TOGETHER = 0.08  # share of events at the very time of the one before
DEPTH = 9.0  # mean distance of a limit order from the best, ticks
INITIAL = 120  # orders of each side at the start


@jit
def gap(market: Market, path: np.ndarray) -> float:
    """The hidden value less the mid price, in ticks."""
    state, values = market.state, market.values
    at = int((state[NOW] - int(values[START])) // STEP)
    worth = values[BASE] * (1.0 + values[BETA] * path[at, 0] + values[OWN])
    return worth - 0.5 * (state[BID] + state[ASK])


@jit
def lots(market: Market, uniforms: np.ndarray) -> int:
    """A size: small mostly, ten times as much now and then."""
    count = 1 + int(-3.0 * log(1.0 - draw(market, uniforms)))
    if draw(market, uniforms) < 0.08:
        count *= 10
    return count * int(market.values[LOT])


@jit
def leaning(market: Market, uniforms: np.ndarray, lean: float, limit: float) -> int:
    """A side, the likelier the more the flow leans to it."""
    share = 0.5 + min(max(lean, -limit), limit)
    return 1 if draw(market, uniforms) < share else -1


@jit
def near(market: Market, uniforms: np.ndarray, side: int) -> int:
    """A limit price: inside the spread, at the best or behind it; it never crosses."""
    state = market.state
    best = state[BID] if side > 0 else state[ASK]
    u, depth = draw(market, uniforms), draw(market, uniforms)
    room = state[ASK] - state[BID] - 1
    if u < (0.35 if room < 3 else 0.7):
        return best + side * min(room, 1 + int(depth * room * 0.6))
    return best - side * int(-DEPTH * log(1.0 - depth))


@jit
def limit(market: Market, uniforms: np.ndarray, out: np.ndarray, side: int) -> None:
    """A limit order arrives."""
    tick = near(market, uniforms, side)
    size = lots(market, uniforms)
    if market.state[COUNT] < ORDERS and level_free(market, tick):
        say(market, out, ADD, place(market, tick, size, side), size)
        end_group(market, out, LAST)


@jit
def chosen(market: Market, uniforms: np.ndarray, lean: float) -> int:
    """An order that its owner changes: any one, or one whose price the value has passed."""
    u = draw(market, uniforms)
    stale = draw(market, uniforms)
    spread = float(market.state[ASK] - market.state[BID])
    if abs(lean) > 0.5 * spread and stale < 0.6:
        best = market.state[ASK] if lean > 0.0 else market.state[BID]
        return market.levels[best % LEVELS, TAIL]
    return market.resting[int(u * market.state[COUNT])]


@jit
def withdraw(market: Market, uniforms: np.ndarray, out: np.ndarray, lean: float) -> None:
    """A cancel, of a part now and then; a side that runs dry gets an order instead."""
    slot = chosen(market, uniforms, lean)
    part = draw(market, uniforms)
    size, side = market.orders[slot, SIZE], market.orders[slot, SIDE]
    lot = int(market.values[LOT])
    if market.state[BIDS if side > 0 else ASKS] <= KEPT:
        limit(market, uniforms, out, side)
        return
    if part < 0.15 and size > lot:
        say(market, out, CANCEL, slot, lot)
        market.orders[slot, SIZE] = size - lot
    else:
        say(market, out, CANCEL, slot, size)
        remove(market, slot)
    end_group(market, out, LAST)


@jit
def change(market: Market, uniforms: np.ndarray, out: np.ndarray, lean: float) -> None:
    """A modify: another price, or another size at the same one."""
    slot = chosen(market, uniforms, lean)
    orders = market.orders
    side = orders[slot, SIDE]
    tick = near(market, uniforms, side)
    size = lots(market, uniforms)
    if draw(market, uniforms) < 0.3 or not level_free(market, tick):
        tick = orders[slot, TICK]
    if market.state[BIDS if side > 0 else ASKS] <= KEPT:
        return
    if tick != orders[slot, TICK] or size > orders[slot, SIZE]:
        unqueue(market, slot)
        orders[slot, TICK] = tick
        queue(market, slot)
    orders[slot, SIZE] = size
    say(market, out, MODIFY, slot, size)
    end_group(market, out, LAST)


@jit
def take(market: Market, out: np.ndarray, side: int, wanted: int) -> None:
    """A market order: per price one trade, then its fills, then what they leave of the orders."""
    state, orders = market.state, market.orders
    count = ASKS if side > 0 else BIDS
    taker, left, fills, first = state[NEXT_ID], wanted, FILLS, state[ROWS]
    state[NEXT_ID] += 1
    while left > 0 and fills > 0 and state[count] > KEPT:
        head = market.levels[state[ASK if side > 0 else BID] % LEVELS, HEAD]
        row, volume, met, slot = state[ROWS], 0, 0, head
        say(market, out, TRADE, head, 0)
        while slot != NONE and volume < left and met < min(fills, state[count] - KEPT):
            filled = min(orders[slot, SIZE], left - volume)
            say(market, out, FILL, slot, filled)
            volume += filled
            met += 1
            slot = orders[slot, NEXT]
        out[row, M_ORDER], out[row, M_SIZE], out[row, M_SIDE] = taker, volume, side
        for fill in range(row + 1, row + 1 + met):
            slot, filled = head, out[fill, M_SIZE]
            head = orders[slot, NEXT]
            say(market, out, CANCEL, slot, filled)
            orders[slot, SIZE] -= filled
            if orders[slot, SIZE] == 0:
                remove(market, slot)
        left -= volume
        fills -= met
    if state[ROWS] > first:
        end_group(market, out, LAST)
        market.values[EXCITEMENT] += EXCITED


@jit
def act(market: Market, uniforms: np.ndarray, out: np.ndarray, path: np.ndarray) -> None:
    """One event."""
    state, values = market.state, market.values
    lean = gap(market, path)
    excited = values[EXCITEMENT] / (values[EXCITEMENT] + values[RATE])
    spread = float(state[ASK] - state[BID])
    passed = max(0.0, abs(lean) - 0.5 * spread)  # how far the value is outside the best prices
    taking = (0.035 + 0.09 * excited) * 3.0 / (2.0 + spread) + min(0.25, 0.06 * passed)
    crowded = min(0.48, 0.4 * state[COUNT] / WANTED)
    kind = draw(market, uniforms)
    if kind < taking:
        side = leaning(market, uniforms, 0.15 * lean, 0.42)
        take(market, out, side, lots(market, uniforms))
        return
    rest = (kind - taking) / (1.0 - taking)
    if rest < crowded:
        withdraw(market, uniforms, out, lean)
    elif rest < crowded + 0.12:
        change(market, uniforms, out, lean)
    else:
        limit(market, uniforms, out, leaning(market, uniforms, 0.05 * lean, 0.3))


@jit
def wait(market: Market, uniforms: np.ndarray, path: np.ndarray) -> None:
    """Move time to the next event, and the hidden value with it."""
    state, values = market.state, market.values
    together, u = draw(market, uniforms), draw(market, uniforms)
    shock = draw(market, uniforms) + draw(market, uniforms) + draw(market, uniforms) - 1.5
    jump, sign = draw(market, uniforms), draw(market, uniforms)
    if together < TOGETHER:
        return
    passed = state[NOW] - int(values[START])
    wild = path[int(passed // STEP), 1]
    place_in_run = 2.0 * passed / values[DURATION] - 1.0
    rate = values[RATE] * (0.6 + 1.2 * place_in_run * place_in_run) * wild + values[EXCITEMENT]
    pause = -log(1.0 - u) / rate
    values[EXCITEMENT] *= exp(-DECAY * pause)
    values[OWN] += values[VOLATILITY] * wild * sqrt(pause) * 2.0 * shock
    if jump < pause / 1200.0:  # one in twenty minutes
        values[OWN] += (2.0 * sign - 1.0) * 30.0 * values[VOLATILITY]
    state[NOW] += 1 + int(pause * SECOND)


@jit
def open_market(market: Market, uniforms: np.ndarray, out: np.ndarray) -> None:
    """The book at the start: a clear and a snapshot of its orders."""
    state = market.state
    middle = int(market.values[BASE])
    state[BID], state[ASK] = middle, middle + 1
    state[NOW] = int(market.values[START])
    say(market, out, CLEAR, 0, 0)
    out[0, M_ORDER], out[0, M_TICK] = 0, 0
    end_group(market, out, SNAPSHOT)
    for i in range(2 * INITIAL):
        side = 1 if i & 1 else -1
        behind = int(-DEPTH * log(1.0 - draw(market, uniforms)))
        tick = middle - behind if side > 0 else middle + 1 + behind
        size = lots(market, uniforms)
        say(market, out, ADD, place(market, tick, size, side), size)
        end_group(market, out, SNAPSHOT)
    end_group(market, out, SNAPSHOT | LAST)


@jit
def advance(
    market: Market, uniforms: np.ndarray, out: np.ndarray, path: np.ndarray, until: int
) -> bool:
    """Run until a time; False where the uniform numbers or the room for messages ran out first."""
    state = market.state
    while state[NOW] < until:
        if state[CURSOR] + DRAWS > uniforms.size or state[ROWS] + GROUP_ROWS > out.shape[0]:
            return False
        if state[GROUP]:
            act(market, uniforms, out, path)
        state[GROUP] = 1
        wait(market, uniforms, path)
    return True
