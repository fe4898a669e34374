"""Spreads and price impact estimated from trades and bars."""

import math

from penstock.core.time import Duration
from penstock.expr import TRADE, Expr
from penstock.formulas.bar_flow import aggressor, net_signed_root_dollar, net_signed_volume
from penstock.formulas.columns import CLOSE, HIGH, LOW, PRICE, SIZE, VOLUME
from penstock.formulas.guards import known, positive, square
from penstock.formulas.quotes import mid_price
from penstock.formulas.returns import log_change, log_ratio, log_return
from penstock.formulas.spans import FIVE_SECONDS, MINUTE
from penstock.ops.asof import AsOf
from penstock.ops.clock.delayed import Delayed
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.exp import Exp
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.elementwise.where import Where
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.window.window_vwap import WindowVwap
from penstock.streams import Delay

CORWIN_SCHULTZ = 3.0 - 2.0 * math.sqrt(2.0)


def effective_spread(*, W: Duration = MINUTE) -> Expr:
    r"""Twice the distance of trades from the mid before them, weighted by size, in basis points.

    .. math:: 10^4 \frac{\sum_i v_i\, 2 e_i (p_i - m_i) / m_i}{\sum_i v_i}

    Notes
    -----
    The mid is that of the last quote before the trade's position in the stream. Trades without a known aggressor or
    without a mid before them do not count.
    """
    mid = AsOf(mid_price(), on=TRADE)
    cost = aggressor() * (PRICE - mid) / mid * 2e4
    return WindowVwap(FillNan(cost, value=0.0), SIZE * Abs(aggressor()) * known(cost), width=W)


def realized_spread(*, tau: Duration = FIVE_SECONDS, W: Duration = MINUTE) -> Expr:
    r"""Twice the distance of trades from the mid some time after them, averaged, in basis points: what the maker kept.

    .. math:: 10^4 \frac{1}{n} \sum_i 2 e_i (p_i - m_{i+\tau}) / m_i

    Notes
    -----
    Over the trades that became `tau` old within the last `W`: a value is known only then. The mid :math:`m_i` is that
    of the last quote before the trade's position, the later one that of the last quote before the time
    :math:`t_i + \tau`. Trades without a known aggressor or without a mid do not count.
    With the price impact it adds up to the effective spread, trade by trade.
    """
    matured = Delay(TRADE, tau)
    price = Delayed(PRICE, on=matured)
    return matured_mean(matured, price - AsOf(mid_price(), on=matured), W)


def price_impact_spread(*, tau: Duration = FIVE_SECONDS, W: Duration = MINUTE) -> Expr:
    r"""Twice the signed move of the mid in some time after trades, averaged, in basis points: what the taker knew.

    .. math:: 10^4 \frac{1}{n} \sum_i 2 e_i (m_{i+\tau} - m_i) / m_i

    Notes
    -----
    Over the trades that became `tau` old within the last `W`, with the mids of the realized spread.
    """
    matured = Delay(TRADE, tau)
    return matured_mean(matured, AsOf(mid_price(), on=matured) - mid_before(matured), W)


def mid_before(matured: Delay) -> Expr:
    """The mid that a trade met, when the trade has matured."""
    return Delayed(AsOf(mid_price(), on=TRADE), on=matured)


def matured_mean(matured: Delay, distance: Expr, width: Duration) -> Expr:
    """The mean of twice a distance in the aggressor's direction over the mid, of the trades that matured."""
    side = Delayed(aggressor(), on=matured)
    cost = side * distance / mid_before(matured) * 2e4
    return WindowVwap(FillNan(cost, value=0.0), Abs(side) * known(cost), width=width)


def roll_spread(*, w: int = 100) -> Expr:
    r"""Spread implied by the bounce of trade prices.

    .. math:: 2 \sqrt{\max(0, -\operatorname{cov}(\Delta p_t, \Delta p_{t-1}))}

    Notes
    -----
    Over `w` pairs of successive changes. A covariance above 0 has no spread: 0.
    """
    change = PRICE - Lag(PRICE, ticks=1)
    covariance = RollingRegression(change, Lag(change, ticks=1), window=w)["covariance"]
    return Sqrt(Maximum(0.0 - covariance, 0.0)) * 2.0


def corwin_schultz_spread(*, w: int = 20, overnight_adj: bool = True) -> Expr:
    r"""Spread from the highs and lows of two successive bars, averaged over `w`.

    .. math:: S = \frac{2 (e^\alpha - 1)}{1 + e^\alpha}, \quad
              \alpha = \frac{\sqrt{2 \beta} - \sqrt{\beta}}{3 - 2 \sqrt 2} - \sqrt{\frac{\gamma}{3 - 2 \sqrt 2}}

    Notes
    -----
    :math:`\beta` is the sum of the two squared log ranges, :math:`\gamma` the squared log range of both bars
    together. A negative estimate counts as 0. With `overnight_adj`, a bar that lies beyond the previous close
    is shifted to touch it.
    """
    last = Lag(CLOSE, ticks=1)
    shift = Maximum(last - HIGH, 0.0) - Maximum(LOW - last, 0.0)
    high, low = (HIGH + shift, LOW + shift) if overnight_adj else (HIGH, LOW)
    high_before, low_before = Lag(HIGH, ticks=1), Lag(LOW, ticks=1)
    beta = square(log_ratio(high_before, low_before)) + square(log_ratio(high, low))
    gamma = square(log_ratio(Maximum(high, high_before), Minimum(low, low_before)))
    alpha = (Sqrt(beta * 2.0) - Sqrt(beta)) / CORWIN_SCHULTZ - Sqrt(gamma / CORWIN_SCHULTZ)
    grown = Exp(alpha)
    spread = Maximum((grown - 1.0) * 2.0 / (grown + 1.0), 0.0)
    return RollingMoments(spread, window=w)["mean"]


def abdi_ranaldo_spread(*, w: int = 20) -> Expr:
    r"""Spread from closes and the middles of two successive bars' ranges.

    .. math:: \sqrt{\max(0, 4 \overline{(c_t - \eta_t)(c_t - \eta_{t+1})})}, \quad \eta = (\ln H + \ln L) / 2

    Notes
    -----
    In logarithms. The term of bar t needs bar t+1 and is emitted there, so the mean is over the `w` terms known.
    """
    close = Log(positive(CLOSE))
    middle = (Log(positive(HIGH)) + Log(positive(LOW))) / 2.0
    close_before = Lag(close, ticks=1)
    terms = (close_before - Lag(middle, ticks=1)) * (close_before - middle)
    return Sqrt(Maximum(RollingMoments(terms, window=w)["mean"] * 4.0, 0.0))


def amihud_illiquidity(*, w: int = 20, scale: float = 1e6) -> Expr:
    r"""Absolute return per dollar traded, averaged over the bars of `w` that traded, times `scale`.

    .. math:: \text{scale} \cdot \overline{|r_t| / (c_t v_t)}

    Notes
    -----
    Bars carry no dollar volume, so it is close times volume. Bars without volume are left out of the mean.
    """
    traded = Greater(VOLUME, 0.0)
    ratio = Where(traded, Abs(log_return()) / (CLOSE * VOLUME), 0.0)
    return RollingSum(ratio, window=w) / RollingSum(traded, window=w) * scale


def kyle_lambda(*, w: int = 300) -> Expr:
    r"""Price impact of net signed volume: slope of the mid's change on it, bar by bar.

    .. math:: \Delta m_t = \alpha + \lambda \sum_{i \in \text{bar } t} e_i v_i + \epsilon_t

    Notes
    -----
    A bar is the time between two ticks of the view's clock; bars without trades have a flow of 0.
    """
    mid = AsOf(mid_price())
    return RollingRegression(net_signed_volume(), mid - Lag(mid, ticks=1), window=w)["slope"]


def hasbrouck_lambda(*, w: int = 300) -> Expr:
    r"""Price impact of signed root dollar volume: slope of the mid's log return on it, bar by bar.

    .. math:: r_t = \alpha + \lambda \sum_{i \in \text{bar } t} e_i \sqrt{p_i v_i} + \epsilon_t
    """
    return RollingRegression(net_signed_root_dollar(), log_change(AsOf(mid_price())), window=w)[
        "slope"
    ]
