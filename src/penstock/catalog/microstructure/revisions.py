"""What trades tell and what they cost, by models of how quotes and prices follow them, fitted from time to time."""

from penstock.declare import Feature
from penstock.expr import TRADE, Expr
from penstock.fits.trade_impact import (
    PRICE_REVISION,
    QUOTE_REVISION,
    SPREAD_PARTS,
    impact_response,
)
from penstock.formulas.columns import PRICE, SIZE
from penstock.formulas.guards import bare, whole
from penstock.formulas.order_flow.signs import Rule, direction
from penstock.formulas.quotes import bid_ask_spread, mid_price
from penstock.formulas.returns import log_change
from penstock.ops.asof import AsOf
from penstock.ops.fitted import Fitted
from penstock.ops.group.cell import Cell
from penstock.ops.lag import Lag
from penstock.ops.row.stack import Stack

BASIS_POINTS = 1e4


def share(parts: Expr) -> Expr:
    """The first of two parts by both, as of the row."""
    first, second = (AsOf(Cell(parts, cell=cell)) for cell in (0, 1))
    return first / (first + second)


def price_change() -> Expr:
    """The change of the trade price, in billionths and without its unit."""
    return bare(whole(PRICE - Lag(PRICE, ticks=1)))


def glosten_harris_adverse_selection(
    *, w: int = 500, refit: int = 100, sign: Rule = "flag"
) -> Expr:
    r"""Share of half the spread that stays in the price: what a trade of mean size tells.

    .. math:: \frac{z_0 + z_1 \bar V}{c_0 + c_1 \bar V + z_0 + z_1 \bar V}, \quad
              \Delta p_t = c_0 \Delta Q_t + c_1 \Delta (Q_t V_t) + z_0 Q_t + z_1 Q_t V_t + e_t

    Notes
    -----
    A model's estimate by least squares without a constant, over the last `w` trades; fitted every `refit` trades, and
    used from the next one on. :math:`\bar V` is their mean size. Trades whose side is unknown by the rule of
    `signed_volume`, `sign`, have a :math:`Q` of 0. No fit where all sizes are equal. Estimates may leave 0 to 1.
    """
    rows = Stack(Stack(price_change(), direction(sign)), bare(SIZE))
    costs = Fitted(rows, SPREAD_PARTS, window=w, every=refit)
    return share(costs)


def mrr_information_share(*, w: int = 1_000, refit: int = 200, sign: Rule = "flag") -> Expr:
    r"""Share of half the spread that is for what trades tell, by what of their side was not expected.

    .. math:: \frac{\theta}{\theta + \phi}, \quad
              \Delta p_t = \alpha + (\phi + \theta) x_t - (\phi + \rho \theta) x_{t-1} + e_t

    Notes
    -----
    A model's estimate over the last `w` trades: :math:`x` is the side of a trade, and :math:`\rho` its correlation with
    that of the trade before, around 0. Of the source's moments, that of trades inside the spread is left out; the rest
    are least squares. Fitted every `refit` trades, and used from the next one on. Trades whose side is unknown by the
    rule of `signed_volume`, `sign`, have an :math:`x` of 0. Estimates may leave 0 to 1.
    """
    rows = Stack(price_change(), direction(sign))
    return share(Fitted(rows, PRICE_REVISION, window=w, every=refit))


def huang_stoll_alpha(*, w: int = 1_000, refit: int = 200, sign: Rule = "flag") -> Expr:
    r"""Share of half the spread by which quotes move for what a trade tells, beside what they move for stocks held.

    .. math::
        \Delta m_t = (\alpha + \beta) \tfrac{S_{t-1}}{2} Q_{t-1}
                     - \alpha (1 - 2 \pi) \tfrac{S_{t-2}}{2} Q_{t-2} + e_t, \quad
        \operatorname{E}[Q_{t-1} \mid Q_{t-2}] = (1 - 2 \pi) Q_{t-2}

    Notes
    -----
    A model's estimate, in two steps of least squares without a constant: the probability of a reversal :math:`\pi`, and
    then :math:`\alpha`. Mid and spread are those of the last quote before a trade's position, :math:`Q` is its side.
    Over the last `w` trades, fitted every `refit` trades, and used from the next one on. Trades whose side is unknown
    by the rule of `signed_volume`, `sign`, have a :math:`Q` of 0. The source takes prints of one order as one trade:
    where feeds print each fill, sides repeat, and the estimate may leave 0 to 1.
    """
    mid, spread = AsOf(mid_price(), on=TRADE), AsOf(bid_ask_spread(), on=TRADE)
    # whole billionths: equal spreads whose last bits differ would make a regressor of rounding
    moved, half = bare(whole(mid - Lag(mid, ticks=1))), bare(whole(spread)) / 2.0
    rows = Stack(Stack(moved, half), direction(sign))
    return AsOf(Cell(Fitted(rows, QUOTE_REVISION, window=w, every=refit), cell=0))


def hasbrouck_var_impact(
    *, lags: int = 5, h: int = 20, w: int = 2_000, refit: int = 500, sign: Rule = "flag"
) -> Expr:
    r"""How far the mid has moved `h` trades after a buy that was not expected, in basis points.

    .. math::
        10^4 \sum_{k=0}^{h} \frac{\partial r_{t+k}}{\partial v_t}, \quad
        r_t = a_0 + \sum_{i=1}^{p} a_i r_{t-i} + \sum_{i=0}^{p} b_i x_{t-i} + u_t, \quad
        x_t = c_0 + \sum_{i=1}^{p} c_i r_{t-i} + \sum_{i=1}^{p} d_i x_{t-i} + v_t

    Notes
    -----
    A model's estimate: a vector autoregression with :math:`p` `lags` of the side :math:`x_t` of a trade and the log
    return :math:`r_t` of the mid from before it to before the next trade, which sides move at once and not the other
    way round. Mids are those of the last quote before a trade's position. Over the last `w` trades, fitted every
    `refit` trades, and used from the next one on. Trades whose side is unknown by the rule of `signed_volume`, `sign`,
    have an :math:`x` of 0.
    """
    mid, side = AsOf(mid_price(), on=TRADE), direction(sign)
    rows = Stack(log_change(mid), Lag(side, ticks=1))
    found = Fitted(rows, impact_response(lags, h), window=w, every=refit)
    return AsOf(found) * BASIS_POINTS


FEATURES = (
    Feature(
        "microstructure.hasbrouck_var_impact",
        hasbrouck_var_impact,
        says="How far the mid has moved some trades after a buy that was not expected, an estimate.",
        source="Hasbrouck 1991",
        oracle="statsmodels.tsa.api.VAR",
    ),
    Feature(
        "microstructure.glosten_harris_adverse_selection",
        glosten_harris_adverse_selection,
        says="Share of half the spread that stays in the price after a trade of mean size, an estimate.",
        source="Glosten-Harris 1988",
        oracle="statsmodels.api.OLS",
    ),
    Feature(
        "microstructure.huang_stoll_alpha",
        huang_stoll_alpha,
        says="Share of half the spread by which quotes move for what a trade tells, an estimate.",
        source="Huang-Stoll 1997",
        oracle="statsmodels.api.OLS in two steps",
    ),
    Feature(
        "microstructure.mrr_information_share",
        mrr_information_share,
        says="Share of half the spread that is for what trades tell, an estimate.",
        source="Madhavan-Richardson-Roomans 1997",
        oracle="scipy.optimize.least_squares",
    ),
)
