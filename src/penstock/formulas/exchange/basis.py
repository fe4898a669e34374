"""One price against another of the same underlying: perpetual, future, spot, mark."""

from penstock.core.time import Duration
from penstock.expr import Expr, MarkPrice, Quote, columns
from penstock.formulas.columns import PRICE
from penstock.formulas.guards import NOTHING, positive
from penstock.formulas.joins import as_of
from penstock.formulas.spans import FIVE_SECONDS
from penstock.formulas.times import EXPIRIES
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.where import Where
from penstock.ops.time.scheduled import Scheduled

YEAR, QUARTER = 365.0, 91.0  # days


def mid(role: str, max_age: Duration) -> Expr:
    """The middle of the last quote in a role; NaN where it is crossed or too old."""
    of = columns(Quote, role)
    sound = Where(Less(of.ask_price, of.bid_price), NOTHING, (of.bid_price + of.ask_price) / 2.0)
    return as_of(positive(sound), tolerance=max_age)


def years(expiry: str) -> Expr:
    """Years to the next expiry; NaN where it is less than a day away."""
    days = Scheduled(schedule=expiry)["days"]
    return Where(Less(days, 1.0), NOTHING, days) / YEAR


def perp_spot_basis(*, max_age: Duration = FIVE_SECONDS) -> Expr:
    r"""A perpetual's middle price against the spot's, :math:`\ln(m_\text{perp} / m_\text{spot})`.

    Notes
    -----
    Of the quotes in the roles ``perp`` and ``spot``, as they stand at the view's tick; NaN where one is older than
    `max_age`, or crossed.
    """
    return Log(mid("perp", max_age) / mid("spot", max_age))


def mark_last_divergence() -> Expr:
    r"""The last trade against the mark price, :math:`p_t / \text{mark}_t - 1`."""
    return AsOf(PRICE) / AsOf(positive(columns(MarkPrice).price)) - 1.0


def futures_annualized_basis(*, expiry: str = EXPIRIES, max_age: Duration = FIVE_SECONDS) -> Expr:
    r"""What a future's price is above the spot's, for a year, :math:`\ln(F / S) \cdot 365 / d`.

    Notes
    -----
    Of the quotes in the roles ``future`` and ``spot``; `expiry` as in ``time.days_to_expiry``, NaN less than a day
    before it.
    """
    return Log(mid("future", max_age) / mid("spot", max_age)) / years(expiry)


def term_structure_slope(
    *, near: str = EXPIRIES, far: str = "", max_age: Duration = FIVE_SECONDS
) -> Expr:
    r"""How much the yearly basis of a later future is above that of an earlier one, by the years between them.

    .. math:: (b_\text{far} - b_\text{near}) / (T_\text{far} - T_\text{near})

    Notes
    -----
    Of the quotes in the roles ``near``, ``far`` and ``spot``. Without `far` the later one expires 91 days after the
    earlier one. NaN unless it is the later one.
    """
    first = years(near)
    second = years(far) if far else first + QUARTER / YEAR
    spot = mid("spot", max_age)
    rise = Log(mid("far", max_age) / spot) / second - Log(mid("near", max_age) / spot) / first
    return rise / positive(second - first)
