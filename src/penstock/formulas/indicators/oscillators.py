"""What a bar is against the bars before: distances from averages, buying against selling, squeezes."""

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, OPEN
from penstock.formulas.indicators.averages import ema, sma
from penstock.formulas.indicators.extremes import median_price, midpoint
from penstock.formulas.ranges import true_range, typical_price
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.indicator.rolling_bands import RollingBands
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_mean_abs_dev import RollingMeanAbsDev
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.rolling.rolling_trend import RollingTrend


def cci(*, w: int = 20) -> Expr:
    r"""Commodity channel index: the typical price against its average, in mean deviations.

    .. math:: \frac{tp_t - S_w(tp)_t}{0.015 \cdot \frac{1}{w} \sum_{i<w} |tp_{t-i} - S_w(tp)_t|}
    """
    price = typical_price()
    return (price - RollingMean(price, window=w)) / (RollingMeanAbsDev(price, window=w) * 0.015)


def awesome_oscillator(*, fast: int = 5, slow: int = 34) -> Expr:
    r"""Quick average of the bars' middles less the slow one, :math:`S_5((h + l) / 2) - S_{34}((h + l) / 2)`."""
    price = median_price()
    return RollingMean(price, window=fast) - RollingMean(price, window=slow)


def accelerator_oscillator(*, signal: int = 5) -> Expr:
    r"""The awesome oscillator less its average, :math:`AO_t - S_5(AO)_t`."""
    oscillator = awesome_oscillator()
    return oscillator - RollingMean(oscillator, window=signal)


def ultimate_oscillator(*, w1: int = 7, w2: int = 14, w3: int = 28) -> Expr:
    r"""Buying pressure as a share of true ranges over three spans, the shortest weighing most.

    .. math::
        \frac{100}{7} (4 A_7 + 2 A_{14} + A_{28}), \quad
        A_w = \frac{\sum_w (c_i - \min(l_i, c_{i-1}))}{\sum_w TR_i}

    Notes
    -----
    NaN where a span has no range; TA-Lib counts it as 0.
    """
    pressure, reach = CLOSE - Minimum(LOW, Lag(CLOSE, ticks=1)), true_range()
    shares = [RollingSum(pressure, window=w) / RollingSum(reach, window=w) for w in (w1, w2, w3)]
    return (shares[0] * 4.0 + shares[1] * 2.0 + shares[2]) * (100.0 / 7.0)


def relative_vigor_index(*, w: int = 10) -> Expr:
    r"""Bodies of the last bars against their ranges, both smoothed over four bars.

    .. math::
        \frac{\sum_w s(c - o)}{\sum_w s(h - l)}, \quad s(x)_t = \tfrac{1}{6} (x_t + 2 x_{t-1} + 2 x_{t-2} + x_{t-3})

    Notes
    -----
    The weights 1, 2, 2, 1 are those of a sum of two within a sum of three.
    """
    body, reach = (
        RollingSum(RollingSum(RollingSum(x, window=2), window=3), window=w)
        for x in (CLOSE - OPEN, HIGH - LOW)
    )
    return body / reach


def elder_bull_power(*, w: int = 13) -> Expr:
    r"""The high less the exponential average of the close, :math:`h_t - E_w(c)_t`."""
    return HIGH - ema(w=w)


def elder_bear_power(*, w: int = 13) -> Expr:
    r"""The low less the exponential average of the close, :math:`l_t - E_w(c)_t`."""
    return LOW - ema(w=w)


def balance_of_power() -> Expr:
    r"""The body of the bar as a share of its range, :math:`(c - o) / (h - l)`; NaN for a bar without range."""
    return (CLOSE - OPEN) / (HIGH - LOW)


def pretty_good_oscillator(*, w: int = 14) -> Expr:
    r"""Distance of the close to its average, in exponentially averaged true ranges.

    .. math:: (c_t - S_w(c)_t) / E_w(TR)_t

    Notes
    -----
    While nothing moves the ranges fade, so the average is the one that equals equal closes in the last bit.
    """
    average = RollingMoments(CLOSE, window=w)["mean"]
    return (CLOSE - average) / SmaSeededEma(true_range(), window=w)


def ease_squeeze_on(*, w: int = 20, bb: float = 2.0, kc: float = 1.5) -> Expr:
    r"""1 while Bollinger's bands lie inside Keltner's channel, else 0.

    .. math:: 1 \{ b \, s_w(c)_t < k \, S_w(TR)_t \}

    Notes
    -----
    Both lie about the simple average of the close, so one is inside where its half width is smaller. The deviation
    has divisor w; the channel is of simple averages of the true range.
    """
    bands = RollingBands(CLOSE, window=w, deviations=bb)
    return Less(bands["upper"] - bands["middle"], RollingMean(true_range(), window=w) * kc)


def squeeze_momentum(*, w: int = 20) -> Expr:
    r"""Where the line through the last `w` distances of the close to the middle of its channel ends.

    .. math::
        \hat y_t \text{ of } c - \tfrac{1}{2} \Big( \frac{\max_w h + \min_w l}{2} + S_w(c) \Big)
    """
    middle = (midpoint(w=w) + sma(w=w)) / 2.0
    return RollingTrend(CLOSE - middle, window=w)["end"]
