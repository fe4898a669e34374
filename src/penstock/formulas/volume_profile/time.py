"""Time at price: how many half hours of a session touched a price."""

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.expr import Expr, Operator
from penstock.formulas.columns import CLOSE, HIGH, LOW
from penstock.formulas.guards import tick_number
from penstock.formulas.sessions import bar_session
from penstock.formulas.volume_profile.levels import BINS, Tick, width
from penstock.ops.profile.time_profile import TimeProfile
from penstock.ops.session.first_since import FirstSince
from penstock.streams import Every

HALF_HOUR = duration("30m")


def brackets(period: Duration, session: str, tick: Tick, bins: int) -> Operator:
    """Which brackets of a session touched each price."""
    reset = bar_session(session)
    offset = reset.offset if isinstance(reset, Every) else 1
    if period <= 0:
        raise DefinitionError(f"Time profile: period must be positive, got {period}")
    bracket = FirstSince(tick_number(CLOSE), reset=Every(period, offset=Duration(offset % period)))
    return TimeProfile(HIGH, LOW, CLOSE, bracket, tick=width(tick), bins=bins, reset=reset)


def tpo_count_at_price(
    *,
    period: Duration = HALF_HOUR,
    session: str = "1d",
    tick: Tick = "auto",
    bins: int = BINS,
) -> Expr:
    r"""How many of the session's half hours touched the bin that the close is in.

    .. math:: \#\{ k : \exists t \in \text{bracket } k, \; b(l_t) \le b(c) \le b(h_t) \}

    Notes
    -----
    A bar touches every bin from its low to its high. Brackets are `period` long from the session's beginning, and
    those without a bar do not count. NaN from the 64th bracket of a session on. Bins are those of the volume profile.
    Memory: 2 `bins` numbers.
    """
    return brackets(period, session, tick, bins)["count"]


def single_print_count(
    *,
    period: Duration = HALF_HOUR,
    session: str = "1d",
    tick: Tick = "auto",
    bins: int = BINS,
) -> Expr:
    r"""How many bins of the session's range exactly one of its half hours touched.

    .. math:: \#\{ b : \#\{ k : \text{bracket } k \text{ touched } b \} = 1 \}

    Notes
    -----
    The ends of the range count as the middle does. Brackets and bins are those of `tpo_count_at_price`.
    """
    return brackets(period, session, tick, bins)["single"]
