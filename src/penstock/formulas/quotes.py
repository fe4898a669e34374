"""The best bid and ask: mid, spread, imbalance, and when they change."""

from typing import Literal

from penstock.core.time import Duration
from penstock.expr import Expr
from penstock.formulas.columns import ASK_PRICE, ASK_SIZE, BID_PRICE, BID_SIZE, PRICE
from penstock.formulas.guards import NOTHING
from penstock.formulas.spans import MINUTE, TEN_SECONDS
from penstock.ops.decay.decayed_rate import DecayedRate
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.window.window_count import WindowCount
from penstock.ops.window.window_sum import WindowSum

SpreadUnit = Literal["bps", "percent", "fraction"]
SCALE: dict[str, float] = {"bps": 1e4, "percent": 1e2, "fraction": 1.0}


def mid_price() -> Expr:
    r"""Middle of the best bid and ask, :math:`(P^a_1 + P^b_1) / 2`."""
    return (ASK_PRICE + BID_PRICE) / 2.0


def bid_ask_spread() -> Expr:
    r"""Best ask less best bid, :math:`P^a_1 - P^b_1`; NaN while the book is crossed."""
    return Where(GreaterEqual(ASK_PRICE, BID_PRICE), ASK_PRICE - BID_PRICE, NOTHING)


def relative_spread(*, unit: SpreadUnit = "bps") -> Expr:
    r"""Spread against the mid, :math:`10^4 (P^a_1 - P^b_1) / m` in basis points.

    Notes
    -----
    ``unit="percent"`` is what some feeds call ``spread_pct``: times 1e2, not 1e4.
    """
    return bid_ask_spread() / mid_price() * SCALE[unit]


def weighted_mid_price() -> Expr:
    r"""Mid that leans to the side with less size, :math:`(P^b Q^a + P^a Q^b) / (Q^a + Q^b)`.

    Notes
    -----
    Best prices with best sizes. The requirements mixed best prices with the sizes of ten levels, which is
    neither this nor the depth-weighted mid.
    """
    return (BID_PRICE * ASK_SIZE + ASK_PRICE * BID_SIZE) / (ASK_SIZE + BID_SIZE)


def queue_imbalance() -> Expr:
    r"""Size at the best bid against the best ask, :math:`(Q^b_1 - Q^a_1) / (Q^b_1 + Q^a_1)`."""
    return (BID_SIZE - ASK_SIZE) / (BID_SIZE + ASK_SIZE)


def same_as_before(x: Expr) -> Expr:
    """1 where a column of the quote is what it was; an absent side counts as a value."""
    here = FillNan(x, value=0.0)
    return FillNan(Equal(here, Lag(here, ticks=1)), value=0.0)


def quote_update() -> Expr:
    """1 where a best price or size differs from the quote before, else 0; the first quote is an update.

    Notes
    -----
    Quotes that come from a book tick with every change of any level, so repeated ones must not count.
    """
    prices = same_as_before(BID_PRICE) * same_as_before(ASK_PRICE)
    sizes = same_as_before(BID_SIZE) * same_as_before(ASK_SIZE)
    return 1.0 - prices * sizes


def quote_intensity(*, halflife: Duration = TEN_SECONDS) -> Expr:
    r"""Updates of the best bid and ask per second, with exponentially fading memory.

    .. math:: \lambda \sum_i e^{-\lambda (t - t_i)}, \quad \lambda = \ln 2 / \text{halflife}
    """
    return DecayedRate(quote_update(), halflife=halflife)


def quote_to_trade_ratio(*, W: Duration = MINUTE) -> Expr:
    r"""Updates of the best bid and ask per trade over a window of time; NaN without trades.

    .. math:: \#\{\text{updates in } W\} / \#\{\text{trades in } W\}
    """
    return WindowSum(quote_update(), width=W) / WindowCount(PRICE, width=W)
