"""Forced orders: what was liquidated, and where more would be.

A forced sell closes a long, a forced buy a short. Venues publish fewer than there are, Binance one a second: sums are
lower bounds.
"""

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.expr import VIEW, Expr, liquidation
from penstock.formulas.columns import CLOSE, HIGH, LOW, PRICE, SIZE, VOLUME
from penstock.formulas.guards import positive
from penstock.formulas.spans import FIVE_MINUTES, MINUTE
from penstock.ops.asof import AsOf
from penstock.ops.decay.decayed_rate import DecayedRate
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.sign import Sign
from penstock.ops.rolling.rolling_quantile import RollingQuantile
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import Clock, Every

WEEK, MONTH = duration("7d"), duration("30d")
A_DAY = 86_400.0


def notional(sign: int = 0) -> Expr:
    """The value of a forced order; 0 where it is of the other side."""
    value = liquidation.price * liquidation.size
    if sign == 0:
        return value
    return value * (Greater if sign > 0 else Less)(liquidation.side, 0.0)


def forced(W: Duration, sign: int = 0, on: Clock = VIEW) -> Expr:
    """The value of forced orders of the last `W`; 0 without one, before the first too."""
    return WindowSum(notional(sign), width=W, on=on)


def long_liquidation_notional(*, W: Duration = FIVE_MINUTES) -> Expr:
    r"""Value of the longs that were liquidated in the last `W`, :math:`\sum_W p_i q_i 1\{\text{sell}\}`."""
    return forced(W, -1)


def short_liquidation_notional(*, W: Duration = FIVE_MINUTES) -> Expr:
    r"""Value of the shorts that were liquidated in the last `W`, :math:`\sum_W p_i q_i 1\{\text{buy}\}`."""
    return forced(W, 1)


def liquidation_imbalance(*, W: Duration = FIVE_MINUTES) -> Expr:
    r"""Shorts less longs that were liquidated in the last `W`, by their sum, :math:`(S - L) / (S + L)`.

    Notes
    -----
    NaN without any.
    """
    short, long = forced(W, 1), forced(W, -1)
    return (short - long) / positive(short + long)


def liquidation_intensity(*, halflife: Duration = MINUTE, adv: Duration = WEEK) -> Expr:
    r"""Value that is liquidated a second, fading, against the value that is traded a day.

    .. math:: \frac{\lambda \sum_i e^{-\lambda (t - t_i)} p_i q_i}{86400 \, \mu \sum_j e^{-\mu (t - t_j)} p_j q_j},
              \quad \lambda = \ln 2 / h

    Notes
    -----
    What is traded a day is a rate too, whose weights halve every `adv`; it is too low until some `adv` of trades have
    gone by.
    """
    traded = DecayedRate(PRICE * SIZE, halflife=adv) * A_DAY
    return DecayedRate(notional(), halflife=halflife) / positive(traded)


def liquidation_cascade_flag(
    *, k: float = 5.0, W: Duration = MINUTE, history: Duration = MONTH, q: float = 0.99
) -> Expr:
    r"""1 where shorts and -1 where longs are liquidated at a pace that is `k` times unusual, else 0.

    .. math:: 1\{N_W > k \, Q_q(N_W)\} \operatorname{sgn}(S_W - L_W)

    Notes
    -----
    The quantile is of the sums of the spans of `W` that ended in the last `history`, one after the other; NaN until
    that has gone by. Where nearly all spans are empty it is 0, and every liquidation is unusual.
    """
    spans = history // W
    if not (k > 0.0 and W > 0 and spans >= 2):
        raise DefinitionError(
            f"liquidation_cascade_flag: k must be positive and history at least two of W, got k={k} and {spans} spans"
        )
    usual = RollingQuantile(forced(W, on=Every(W)), window=spans, q=q)
    return Greater(forced(W), AsOf(usual) * k) * Sign(forced(W, 1) - forced(W, -1))


def liquidation_to_volume_share(*, W: Duration = FIVE_MINUTES) -> Expr:
    r"""Value that was liquidated in the last `W` against the value that was traded.

    .. math:: \sum_W p_i q_i 1\{\text{forced}\} \Big/ \sum_W p_j q_j
    """
    return forced(W) / positive(WindowSum(PRICE * SIZE, width=W))


def entry(w: int) -> Expr:
    """Volume-weighted typical price of the last bars."""
    value = RollingSum((HIGH + LOW + CLOSE) / 3.0 * VOLUME, window=w)
    return value / positive(RollingSum(VOLUME, window=w))


def estimated_long_liquidation_price(
    *, leverage: float = 10.0, mmr: float = 0.005, w: int = 24
) -> Expr:
    r"""Where longs would be liquidated that were opened over the last `w` bars: a model, not an observation.

    .. math:: P_e \frac{1 - 1/L}{1 - m}

    Notes
    -----
    Isolated margin of a linear contract; that positions were opened at the volume-weighted typical price of the last
    `w` bars is assumed. NaN without volume.
    """
    _check(leverage, mmr)
    return entry(w) * ((1.0 - 1.0 / leverage) / (1.0 - mmr))


def estimated_short_liquidation_price(
    *, leverage: float = 10.0, mmr: float = 0.005, w: int = 24
) -> Expr:
    r"""Where shorts would be liquidated that were opened over the last `w` bars: a model, not an observation.

    .. math:: P_e \frac{1 + 1/L}{1 + m}

    Notes
    -----
    As `estimated_long_liquidation_price`.
    """
    _check(leverage, mmr)
    return entry(w) * ((1.0 + 1.0 / leverage) / (1.0 + mmr))


def _check(leverage: float, mmr: float) -> None:
    if not (leverage >= 1.0 and 0.0 <= mmr < 1.0):
        raise DefinitionError(
            f"Liquidation price: leverage must be at least 1 and mmr from 0 to below 1, got {leverage} and {mmr}"
        )
