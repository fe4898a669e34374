"""The records of timed clocks: when each ticks next, as numbers for the compiled loop."""

from collections.abc import Callable, Iterable

from penstock.expr import When
from penstock.streams import Clock, Delay, Every, GapSession, MarketSession, TimeBars, lineage

# what sets a clock's next tick; from GAP on every event is heard
EVERY, BARS, MARKET, DELAY, GAP, SLEEPY, OF_BARS = range(7)

Numbers = Callable[[Iterable[int]], int]


def timed_clocks(clocks: Iterable[Clock]) -> tuple[Clock, ...]:
    """The clocks whose ticks are made ahead of the events of their time."""
    return tuple(clock for clock in clocks if clock.armed)


def horizon(timed: tuple[Clock, ...]) -> int:
    """How long after its first tick a block may go on: 0 for ever.

    The ticks of a triggered clock are not known before the block has run, and a delayed one may be due in it.
    """
    return min((c.by for c in timed if isinstance(c, Delay) and isinstance(c.of, When)), default=0)


def quiet(on: Clock, timed: tuple[Clock, ...]) -> bool:
    """Whether the ticks of timed clocks make no rows of a view, and need nobody to look at them."""
    if any(clock.armed for clock in lineage([on])):
        return False
    # the host must say that a calendar has ended
    return not horizon(timed) and not any(isinstance(clock, MarketSession) for clock in timed)


def timed_record(clock: Clock, index: dict[Clock, int], table: Numbers) -> list[int]:
    """The place of a timed clock, its kind, and three numbers that the kind gives a meaning."""
    match clock:
        case Every(idle=None):
            numbers = (EVERY, clock.hop, clock.offset, 0)
        case Every():
            numbers = (SLEEPY, clock.hop, clock.offset, clock.idle or 0)
        case TimeBars():
            kind = OF_BARS if clock.of_bars else BARS
            numbers = (kind, clock.width, clock.offset, 0)
        case GapSession():
            numbers = (GAP, clock.gap, 0, clock.maximum or 0)
        case MarketSession():
            times = clock.instants
            numbers = (MARKET, table(times), len(times), 0)
        case Delay():
            numbers = (DELAY, clock.by, 0, index[clock.of])
        case _:
            raise TypeError(type(clock).__name__)
    return [index[clock], *numbers]
