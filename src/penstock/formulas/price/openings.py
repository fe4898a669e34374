"""A session's opening range, and its extremes so far."""

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, PRICE
from penstock.formulas.guards import NOTHING, one, positive, tick_number
from penstock.formulas.sessions import bar_session, session_clock
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.session.completed import Completed
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.session.first_since import FirstSince
from penstock.ops.session.max_since import MaxSince
from penstock.ops.session.min_since import MinSince
from penstock.streams import Clock, Every


def running_session_high_distance(*, session: str = "1d") -> Expr:
    r"""How far the session's highest price before this trade is above it, against its price.

    .. math:: (\max_{i < t} p_i - p_t) / p_t

    Notes
    -----
    The trade itself is not in the maximum, so a new high is negative; the session's first trade has none before it.
    """
    reset = session_clock(session)
    later = Greater(CumulativeSum(one(PRICE), reset=reset), 1.0)
    before = Where(later, Lag(MaxSince(PRICE, reset=reset), ticks=1), NOTHING)
    return (before - PRICE) / positive(PRICE)


def after(clock: Clock, minutes: int) -> Clock:
    """The clock that ticks so many minutes after each session of bars began."""
    delay = duration(f"{minutes}m")
    if not isinstance(clock, Every) or not 0 < delay < clock.hop:
        raise DefinitionError(
            f"Session: a range of its first minutes must be shorter than it, got {minutes} of {clock.text}"
        )
    return Every(clock.hop, offset=Duration((clock.offset + delay) % clock.hop))


def first_minutes(minutes: int, session: str) -> tuple[Expr, Expr]:
    """High and low of a session's first minutes; NaN until they are over, and where they had no bar."""
    reset = bar_session(session)
    over = after(reset, minutes)
    number = tick_number(CLOSE)
    # the first bar after the range came later than the session's first one
    complete = Greater(FirstSince(number, reset=over), FirstSince(number, reset=reset))
    high = Completed(MaxSince(HIGH, reset=reset), reset=over)
    low = Completed(MinSince(LOW, reset=reset), reset=over)
    return Where(complete, high, NOTHING), Where(complete, low, NOTHING)


def opening_range_position(*, minutes: int = 15, session: str = "1d") -> Expr:
    r"""Where the close is in the range of the session's first `minutes`, from 0 at its low to 1 at its high.

    .. math:: (c_t - OR_l) / (OR_h - OR_l)

    Notes
    -----
    NaN until those minutes are over, and all session where they had no bar. ``session="1d+14h30m"`` is a day that
    begins at another time than 00:00 UTC.
    """
    high, low = first_minutes(minutes, session)
    return (CLOSE - low) / (high - low)


def initial_balance_range(*, minutes: int = 60, session: str = "1d") -> Expr:
    r"""Range of the session's first hour against the close, :math:`(IB_h - IB_l) / c_t`.

    Notes
    -----
    NaN until those minutes are over, and all session where they had no bar.
    """
    high, low = first_minutes(minutes, session)
    return (high - low) / positive(CLOSE)
