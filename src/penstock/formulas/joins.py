"""As-of joins in one call."""

from penstock.core.time import Duration, duration
from penstock.expr import VIEW, Expr
from penstock.ops.asof import AsOf
from penstock.ops.clock.as_of_before import AsOfBefore
from penstock.ops.clock.as_of_within import AsOfWithin
from penstock.ops.clock.earlier import Earlier
from penstock.streams import Clock

EVER = Duration(1 << 62)  # 146 years


def as_of(
    x: Expr,
    on: Clock = VIEW,
    *,
    tolerance: Duration | str | int | None = None,
    strict: bool = False,
) -> Expr:
    """The last value of a column at each tick of another clock.

    Parameters
    ----------
    x
        What to sample.
    on
        At whose ticks; the view's by default.
    tolerance
        A value that is older is NaN; any age is allowed by default.
    strict
        Whether the value must be of an earlier time; by default it may be of the same time if it stands at or before
        the tick.

    Examples
    --------
    >>> from penstock.expr import quote
    >>> as_of(quote.bid_price, tolerance="5s")
    AsOfWithin(quote.bid_price, tolerance=5s, on=view)
    """
    if strict:
        before = Earlier(x)
        within = EVER if tolerance is None else duration(tolerance)
        return AsOfBefore(x, before["value"], before["age"], tolerance=within, on=on)
    return AsOf(x, on=on) if tolerance is None else AsOfWithin(x, duration(tolerance), on=on)
