"""Several venues of one symbol, each in a role."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.expr import Columns, Expr, Funding, Fx, OpenInterest, Quote, Trade, columns
from penstock.formulas.columns import LEVELS
from penstock.formulas.exchange.basis import mid
from penstock.formulas.guards import positive
from penstock.formulas.joins import as_of
from penstock.formulas.quotes import mid_price
from penstock.formulas.spans import FIVE_MINUTES, FIVE_SECONDS, MINUTE
from penstock.ops.asof import AsOf
from penstock.ops.book.depth_within import DepthWithin
from penstock.ops.book.distance_weighted_imbalance import DistanceWeightedImbalance
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.where import Where
from penstock.ops.window.window_sum import WindowSum
from penstock.ops.window.window_time_mean import WindowTimeMean
from penstock.ops.window.window_vwap import WindowVwap

HOUR = duration("1h")
NS_AN_HOUR = 3.6e12
YEAR = 365.0 * 24.0  # hours
Currency = Literal["one", "fx"]
Venues = tuple[str, ...]  # roles
PAIR = ("a", "b")


def cross_exchange_spread(*, venues: Venues = PAIR, max_age: Duration = FIVE_SECONDS) -> Expr:
    r"""One venue's middle price against another's, :math:`\ln(m_a / m_b)`.

    Notes
    -----
    Of the quotes in the roles `venues`. NaN where either is older than `max_age`, or crossed.
    """
    one, two = two_of(venues)
    return Log(mid(one, max_age) / mid(two, max_age))


def cross_exchange_arbitrage_edge(
    *, fees: float = 0.0005, venues: Venues = PAIR, max_age: Duration = FIVE_SECONDS
) -> Expr:
    r"""What buying at one venue and selling at the other would leave after fees, by the mean of their middles.

    .. math:: \frac{\max(b_a (1 - f) - a_b (1 + f), \; b_b (1 - f) - a_a (1 + f))}{(m_a + m_b) / 2}

    Notes
    -----
    `fees` is what a taker pays at each of `venues`. NaN where either quote is older than `max_age`, or crossed. Of
    quotes as they were seen: nobody could have traded at both at one moment.
    """
    roles = two_of(venues)
    one, two = (columns(Quote, role) for role in roles)
    bids, asks = (
        [as_of(x, tolerance=max_age) for x in pair]
        for pair in ((one.bid_price, two.bid_price), (one.ask_price, two.ask_price))
    )
    sells = [bid * (1.0 - fees) for bid in bids]
    buys = [ask * (1.0 + fees) for ask in asks]
    best = Maximum(sells[0] - buys[1], sells[1] - buys[0])
    return best / (added([mid(role, max_age) for role in roles]) / 2.0)


def arbitrage_index(*, venues: Venues = PAIR, W: Duration = MINUTE) -> Expr:
    r"""The dearest venue against the cheapest, :math:`\max_v p_v / \min_v p_v`.

    Notes
    -----
    :math:`p_v` is the volume-weighted price of the last `W`; of trades in the roles `venues`. NaN where
    one had no trade.
    """
    prices = [WindowVwap(t.price, t.size, width=W) for t in traded(venues)]
    high = low = prices[0]
    for price in prices[1:]:
        high, low = Maximum(high, price), Minimum(low, price)
    return high / positive(low)


def traded(venues: Venues) -> list[Columns]:
    """The trades of venues."""
    return [columns(Trade, role) for role in several(venues)]


def several(venues: Venues) -> Venues:
    """Two venues or more."""
    if len(venues) < 2 or len(set(venues)) < len(venues) or not all(venues):
        raise DefinitionError(f"venues: two different roles or more are needed, got {venues}")
    return venues


def two_of(venues: Venues) -> Venues:
    """Two venues."""
    if len(venues) != 2:
        raise DefinitionError(f"venues: two roles are needed, got {venues}")
    return several(venues)


def regional_premium(
    *, A: str = "a", B: str = "b", fx: Currency = "one", max_age: Duration = FIVE_SECONDS
) -> Expr:
    r"""What is paid at venue `A` above venue `B` in one currency, :math:`p_a / p_b \cdot x - 1`.

    Notes
    -----
    With ``fx`` the last rate of exchange turns the first venue's money into the second's; with ``one`` they are the
    same.
    """
    one, two = two_of((A, B))
    ratio = mid(one, max_age) / mid(two, max_age)
    if fx == "one":
        return ratio - 1.0
    rate = columns(Fx)
    return ratio * AsOf(positive((rate.bid + rate.ask) / 2.0)) - 1.0


def stablecoin_premium() -> Expr:
    r"""A coin's middle price in the money that it stands for, :math:`m_t - 1`."""
    return mid_price() - 1.0


def funding_spread_cross_exchange(*, venues: Venues = PAIR, interval_h: float = 8.0) -> Expr:
    r"""One venue's funding against another's, both for a year, :math:`f_a - f_b`.

    Notes
    -----
    An interval that an event does not name is `interval_h`.
    """
    one, two = two_of(venues)
    return yearly(one, interval_h) - yearly(two, interval_h)


def yearly(role: str, interval_h: float) -> Expr:
    """The last settled rate of a venue for a year."""
    if not interval_h > 0.0:
        raise DefinitionError(f"funding: interval_h must be positive, got {interval_h}")
    of = columns(Funding, role)
    hours = Where(Greater(of.interval, 0.0), of.interval / NS_AN_HOUR, interval_h)
    return AsOf(of.rate * (YEAR / hours))


def oi_weighted_funding(*, venues: Venues = PAIR, interval_h: float = 8.0) -> Expr:
    r"""Funding for a year over venues, by what is open there, :math:`\sum_v \text{OI}_v f_v / \sum_v \text{OI}_v`.

    Notes
    -----
    By value, of venues in the roles `venues`; NaN while one of them has said nothing.
    """
    held = [AsOf(columns(OpenInterest, role).value) for role in several(venues)]
    paid = [value * yearly(role, interval_h) for value, role in zip(held, venues, strict=True)]
    return added(paid) / positive(added(held))


def added(parts: list[Expr]) -> Expr:
    """A sum."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def venue_volume_share(*, W: Duration = HOUR, venues: Venues = PAIR) -> Expr:
    r"""The first venue's share of the volume of the last `W`, :math:`v_a / \sum_v v_v`; NaN without any."""
    volumes = [WindowSum(t.size, width=W) for t in traded(venues)]
    return volumes[0] / positive(added(volumes))


def venue_volume_hhi(*, W: Duration = HOUR, venues: Venues = PAIR) -> Expr:
    r"""How concentrated the volume of the last `W` is on venues, :math:`\sum_v (v_v / V)^2`; NaN without any."""
    volumes = [WindowSum(t.size, width=W) for t in traded(venues)]
    whole = positive(added(volumes))
    return added([(v / whole) * (v / whole) for v in volumes])


def maker_presence_score(
    *,
    W: Duration = FIVE_MINUTES,
    bps: float = 10.0,
    min: float = 10_000.0,
) -> Expr:
    r"""Share of the last `W` in which both sides had a value of `min` within `bps` basis points of the mid.

    .. math:: \frac{1}{W} \int_{t-W}^{t} 1\{D^b_s \ge D, \; D^a_s \ge D\} \, ds

    Notes
    -----
    Who quotes is not seen: the book as a whole stands for its makers. A crossed or one-sided book has nobody.
    """
    bid, ask = (FillNan(DepthWithin(LEVELS, bps=bps, side=s), value=0.0) for s in ("bid", "ask"))
    return WindowTimeMean(GreaterEqual(bid, min) * GreaterEqual(ask, min), width=W)


def quote_symmetry_score(*, W: Duration = FIVE_MINUTES, L: int = 5, lam: float = 0.5) -> Expr:
    r"""How even both sides of the book were over the last `W`, from 0 to 1.

    .. math:: 1 - \frac{1}{W} \int_{t-W}^{t} \frac{|d^b_s - d^a_s|}{d^b_s + d^a_s} \, ds

    Notes
    -----
    Depths are of `L` levels, level i weighing :math:`e^{-\lambda (i - 1)}`; a book without one of them counts as
    one-sided.
    """
    uneven = Abs(DistanceWeightedImbalance(LEVELS, depth=L, decay=lam))
    return 1.0 - WindowTimeMean(FillNan(uneven, value=1.0), width=W)
