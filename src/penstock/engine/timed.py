"""Timed clocks in the compiled loop: what arms them, and their ticks.

A timed clock is armed for its next tick, or for NEVER. Events that it hears and its own ticks arm it anew.
"""

from penstock.compile.layout import (
    ARMED,
    COUNT,
    ENDED,
    LAST,
    LATEST,
    NEVER,
    POSITION,
    SINCE,
    TICKS,
)
from penstock.compile.program import (
    C_CURSOR,
    C_DELAYS,
    C_DELAYS_SIZE,
    C_HEAD,
    C_NUMBER,
    C_POSITION,
    C_TIME,
    CAPACITY,
    CLOCK,
    CLOCKS,
    T_CLOCK,
    T_KIND,
    T_MORE,
    T_OFFSET,
    T_WIDTH,
    TIMED,
    TIMED_RECORD,
)
from penstock.compile.timed import DELAY, EVERY, GAP, MARKET, OF_BARS, SLEEPY
from penstock.core.arrays import Cells
from penstock.core.jit import jit


@jit
def tick(p: Cells, a: Cells, clock: int, time: int, position: int) -> None:
    """Append a tick to a clock's own columns."""
    head = p[clock + C_HEAD]
    n = a[head + TICKS]
    a[p[clock + C_TIME] + a[p[clock + C_CURSOR]] + n] = time
    if p[clock + C_POSITION] >= 0:
        a[p[clock + C_POSITION] + n] = position
    if p[clock + C_NUMBER] >= 0:
        a[p[clock + C_NUMBER] + n] = a[head + COUNT] + n + 1
    a[head + TICKS] = n + 1
    a[head + LAST] = time
    if p[clock + C_DELAYS_SIZE]:
        wait(p, a, clock, time)


@jit
def wait(p: Cells, a: Cells, clock: int, time: int) -> None:
    """Arm the clocks that delay a clock for its new tick, unless an older one is still to come."""
    for i in range(p[clock + C_DELAYS_SIZE]):
        timed = p[TIMED] + TIMED_RECORD * p[p[clock + C_DELAYS] + i]
        head = p[p[CLOCKS] + CLOCK * p[timed + T_CLOCK] + C_HEAD]
        if a[head + ARMED] == NEVER:
            a[head + ARMED] = time + p[timed + T_WIDTH]


@jit
def hear(p: Cells, a: Cells, timed: int, time: int) -> None:
    """Arm a timed clock for what follows from an event."""
    head = p[p[CLOCKS] + CLOCK * p[timed + T_CLOCK] + C_HEAD]
    kind, armed = p[timed + T_KIND], a[head + ARMED]
    if kind == GAP:
        longest = p[timed + T_MORE]
        if armed == NEVER:
            a[head + SINCE] = time
        closes = time + p[timed + T_WIDTH]
        a[head + ARMED] = min(closes, a[head + SINCE] + longest) if longest > 0 else closes
        return
    if kind == OF_BARS:
        end = following(p, a, timed, time - 1)
        if end == time:  # the bar that the interval ends with
            tick(p, a, p[CLOCKS] + CLOCK * p[timed + T_CLOCK], time, a[POSITION])
        a[head + ARMED] = NEVER if end == time else end + 1
        return
    if kind == SLEEPY:
        a[head + SINCE] = time
    if armed == NEVER:
        a[head + ARMED] = following(p, a, timed, time)


@jit
def following(p: Cells, a: Cells, timed: int, time: int) -> int:
    """The first tick after a time of a clock whose ticks stand in the calendar."""
    width, offset = p[timed + T_WIDTH], p[timed + T_OFFSET]
    if p[timed + T_KIND] != MARKET:
        return ((time - offset) // width + 1) * width + offset
    low, high = 0, offset  # a table of so many times begins at cell ``width``
    while low < high:
        middle = (low + high) // 2
        if p[width + middle] <= time:
            low = middle + 1
        else:
            high = middle
    if low == offset:
        a[ENDED] = p[timed + T_CLOCK] + 1
        return NEVER
    return p[width + low]


@jit
def pending(p: Cells, a: Cells, timed: int, ahead: int) -> int:
    """When a delayed clock makes the tick that is so many ahead of its next one, or NEVER."""
    of = p[CLOCKS] + CLOCK * p[timed + T_MORE]
    own = p[p[CLOCKS] + CLOCK * p[timed + T_CLOCK] + C_HEAD]
    number = a[own + COUNT] + a[own + TICKS] + ahead - a[p[of + C_HEAD] + COUNT]
    if number >= a[p[of + C_HEAD] + TICKS]:
        return NEVER
    return a[p[of + C_TIME] + a[p[of + C_CURSOR]] + number] + p[timed + T_WIDTH]


@jit
def again(p: Cells, a: Cells, timed: int, head: int, time: int) -> int:
    """When a clock that ticks at a time ticks next."""
    kind = p[timed + T_KIND]
    if kind == EVERY or (kind == SLEEPY and time - a[head + SINCE] <= p[timed + T_MORE]):
        return time + p[timed + T_WIDTH]
    if kind == MARKET:
        return following(p, a, timed, time)
    if kind == DELAY:
        return pending(p, a, timed, 0)
    return NEVER


@jit
def repeats(p: Cells, a: Cells, timed: int, time: int) -> int:
    """How many ticks a clock that is armed for a time has to make there."""
    count = 1
    if p[timed + T_KIND] == DELAY:
        while pending(p, a, timed, count) == time:
            count += 1
    return count


@jit
def next_timed(p: Cells, a: Cells) -> int:
    """The time of the next timed tick, or NEVER."""
    soonest = NEVER
    for i in range(p[TIMED + 1]):
        clock = p[CLOCKS] + CLOCK * p[p[TIMED] + TIMED_RECORD * i + T_CLOCK]
        armed = a[p[clock + C_HEAD] + ARMED]
        soonest = min(soonest, armed)
    return soonest


@jit
def tick_timed(p: Cells, a: Cells, time: int) -> bool:
    """Tick the clocks that are armed for this time, all at one position; False where one has no room.

    A delayed clock that has several ticks to make makes those before its last alone, at earlier positions, which
    it shares with others that have as many left: so positions do not depend on which other clocks a plan has.
    """
    most = 1
    for i in range(p[TIMED + 1]):
        timed = p[TIMED] + TIMED_RECORD * i
        head = p[p[CLOCKS] + CLOCK * p[timed + T_CLOCK] + C_HEAD]
        if a[head + ARMED] == time:
            if a[head + TICKS] == p[CAPACITY]:
                return False
            most = max(most, repeats(p, a, timed, time))
    a[POSITION] += 1
    for i in range(p[TIMED + 1]):
        timed = p[TIMED] + TIMED_RECORD * i
        clock = p[CLOCKS] + CLOCK * p[timed + T_CLOCK]
        head = p[clock + C_HEAD]
        if a[head + ARMED] == time and (most == 1 or repeats(p, a, timed, time) == most):
            tick(p, a, clock, time, a[POSITION])
            a[head + ARMED] = again(p, a, timed, head, time)
    a[LATEST] = time
    return True


@jit
def wait_for_fired(p: Cells, a: Cells) -> None:
    """Arm delayed clocks for the ticks that triggered clocks have made in this block."""
    for i in range(p[TIMED + 1]):
        timed = p[TIMED] + TIMED_RECORD * i
        head = p[p[CLOCKS] + CLOCK * p[timed + T_CLOCK] + C_HEAD]
        if p[timed + T_KIND] == DELAY and a[head + ARMED] == NEVER:
            a[head + ARMED] = pending(p, a, timed, 0)
