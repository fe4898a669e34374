"""Volume that is added up with the sign or the size of a bar's move."""

from penstock.expr import Expr, When
from penstock.formulas.columns import CLOSE, HIGH, LOW, VOLUME
from penstock.formulas.guards import NOTHING, known, positive, tick_number, whole
from penstock.formulas.ranges import typical_price
from penstock.formulas.returns import log_change, simple_return
from penstock.formulas.volumes import accumulation_distribution
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.exp import Exp
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.where import Where
from penstock.ops.ema import Ema
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.indicator.klinger_force import KlingerForce
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.session.cumulative_sum import CumulativeSum

DEVIATION = 30  # bars of Katsanos's standard deviation


def chaikin_oscillator(*, fast: int = 3, slow: int = 10) -> Expr:
    r"""Fast less slow average of the accumulation/distribution line, :math:`\text{EMA}_f(AD) - \text{EMA}_s(AD)`.

    Notes
    -----
    Both averages begin with the line's first value, as TA-Lib has it; NaN before the `slow`-th bar.
    """
    line = accumulation_distribution()
    gap = Ema(line, span=float(fast)) - Ema(line, span=float(slow))
    return Where(GreaterEqual(tick_number(CLOSE), float(slow)), gap, NOTHING)


def ease_of_movement(*, w: int = 14, scale: float = 100_000_000.0) -> Expr:
    r"""How far the middle of a bar moved per volume and range, averaged over the last `w` bars with volume.

    .. math:: \text{SMA}_w \left( \frac{(h_t + l_t - h_{t-1} - l_{t-1}) / 2}{(v_t / \text{scale}) / (h_t - l_t)} \right)

    Notes
    -----
    A bar without volume is skipped, the average stands; the bar after it still moves against it.
    """
    middle = (HIGH + LOW) / 2.0
    ease = (middle - Lag(middle, ticks=1)) * (HIGH - LOW) / (VOLUME / scale)
    traded = AsOf(ease, on=When(Greater(VOLUME, 0.0)))
    return RollingMoments(traded, window=w)["mean"]


def price_volume_trend() -> Expr:
    r"""Running volume times the simple return, :math:`\sum v_i (c_i / c_{i-1} - 1)`, from 0 at the first bar."""
    return CumulativeSum(VOLUME * simple_return())


def compounded(counts: Expr, base: float) -> Expr:
    """An index that moves with the close at some bars and stands at the others."""
    return Exp(CumulativeSum(Where(counts, log_change(CLOSE), 0.0))) * base


def negative_volume_index(*, base: float = 1000.0) -> Expr:
    r"""An index that moves with the close at bars of less volume than the one before.

    .. math:: N_t = N_{t-1} \frac{c_t}{c_{t-1}} \text{ if } v_t < v_{t-1} \text{ else } N_{t-1}, \quad N_0 = \text{base}
    """
    return compounded(Less(VOLUME, Lag(VOLUME, ticks=1)), base)


def positive_volume_index(*, base: float = 1000.0) -> Expr:
    r"""An index that moves with the close at bars of more volume than the one before.

    .. math:: P_t = P_{t-1} \frac{c_t}{c_{t-1}} \text{ if } v_t > v_{t-1} \text{ else } P_{t-1}, \quad P_0 = \text{base}
    """
    return compounded(Greater(VOLUME, Lag(VOLUME, ticks=1)), base)


def klinger_volume_oscillator(*, fast: int = 34, slow: int = 55) -> Expr:
    r"""Fast less slow average of Klinger's volume force.

    .. math::
        \text{EMA}_f(F) - \text{EMA}_s(F), \quad F_t = 100 \, v_t \left| 2 \frac{d_t}{D_t} - 1 \right| T_t, \quad
        D_t = \begin{cases} D_{t-1} + d_t & T_t = T_{t-1} \\ d_{t-1} + d_t & \text{else} \end{cases}

    Notes
    -----
    d = h - l, and T is 1 where h + l + c rose (by at least a billionth), else -1. With d and D, as Klinger has it; many
    libraries leave them out. Averages are seeded with the mean of their first values.
    """
    force = KlingerForce(whole(HIGH + LOW + CLOSE), HIGH - LOW, VOLUME)
    return SmaSeededEma(force, window=fast) - SmaSeededEma(force, window=slow)


def volume_flow_indicator(*, w: int = 130, coef: float = 0.2, vcoef: float = 2.5) -> Expr:
    r"""Volume of the last `w` bars with the sign of moves that are big enough, in average volumes.

    .. math::
        \frac{1}{\bar v} \sum_{i=t-w+1}^{t} \min(v_i, k \bar v_i) \, [1\{\Delta p_i > q_i\} - 1\{\Delta p_i < -q_i\}],
        \quad q_i = a \, s_{30}(\Delta \ln p)_i \, c_i, \quad \bar v_i = \frac{1}{w} \sum_{j=i-w}^{i-1} v_j

    Notes
    -----
    p is the typical price, a and k are `coef` and `vcoef`. As in Katsanos's formula the average volume is that of the
    bars before; the deviation is that of a sample. His last step, smoothing over 3 bars, is left to the reader.
    """
    price = typical_price()
    usual = Lag(RollingMoments(VOLUME, window=w)["mean"], ticks=1)
    spread = RollingMoments(log_change(price), window=DEVIATION)["std"]
    cutoff, move = spread * coef * CLOSE, price - Lag(price, ticks=1)
    way = Greater(move, cutoff) - Greater(cutoff * -1.0, move)
    return RollingSum(Minimum(VOLUME, usual * vcoef) * way, window=w) / usual


def twiggs_money_flow(*, w: int = 21) -> Expr:
    r"""Volume weighted by where bars closed in their true range, per volume, in Wilder's average.

    .. math::
        \frac{\text{RMA}_w(a)}{\text{RMA}_w(v)}, \quad a_t = v_t \left( 2 \frac{c_t - l'_t}{h'_t - l'_t} - 1 \right)

    Notes
    -----
    h' and l' are the true high and low, which include the previous close. A bar without a true range weighs 0. A bar
    without a price is skipped by both averages.
    """
    last = Lag(CLOSE, ticks=1)
    high, low = Maximum(HIGH, last), Minimum(LOW, last)
    place = Where(Equal(high, low), 0.0, (CLOSE - low) / (high - low) * 2.0 - 1.0)
    flow = place * VOLUME
    return Wilder(flow, window=w) / Wilder(Where(known(flow), VOLUME, NOTHING), window=w)


def williams_accumulation_distribution() -> Expr:
    r"""Running distance of the close from the true low of rising bars and the true high of falling ones.

    .. math::
        \sum_i \begin{cases} c_i - \min(l_i, c_{i-1}) & c_i > c_{i-1} \\ c_i - \max(h_i, c_{i-1}) & c_i < c_{i-1} \\
        0 & \text{else} \end{cases}
    """
    last = Lag(CLOSE, ticks=1)
    falling = Where(Less(CLOSE, last), CLOSE - Maximum(HIGH, last), 0.0)
    return CumulativeSum(Where(Greater(CLOSE, last), CLOSE - Minimum(LOW, last), falling))


def market_facilitation_index() -> Expr:
    r"""Range of a bar per volume, :math:`(h_t - l_t) / v_t`; NaN without volume."""
    return (HIGH - LOW) / positive(VOLUME)
