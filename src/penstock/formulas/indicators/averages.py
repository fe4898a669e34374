"""Moving averages of the close with fixed weights.

What is not finite is skipped by an exponential average, whose last value stands, and makes a window's average NaN for
as long as it is in the window.
"""

import math

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, VOLUME
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_gaussian_mean import RollingGaussianMean
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.rolling.rolling_weighted_mean import RollingWeightedMean


def sma(*, w: int = 20) -> Expr:
    r"""Simple moving average, :math:`\frac{1}{w} \sum_{i<w} c_{t-i}`."""
    return RollingMean(CLOSE, window=w)


def ema(*, w: int = 20) -> Expr:
    r"""Exponential moving average that starts from the mean of the first `w` closes.

    .. math:: E_t = E_{t-1} + \frac{2}{w + 1} (c_t - E_{t-1}), \quad E_w = \frac{1}{w} \sum_{i \le w} c_i
    """
    return SmaSeededEma(CLOSE, window=w)


def wma(*, w: int = 20) -> Expr:
    r"""Linearly weighted moving average, :math:`\frac{2}{w (w + 1)} \sum_{i<w} (w - i) c_{t-i}`."""
    return RollingWeightedMean(CLOSE, window=w)


def wilder_ma(*, w: int = 14) -> Expr:
    r"""Wilder's smoothing of the close, from the mean of the first `w`.

    .. math:: R_t = R_{t-1} + (c_t - R_{t-1}) / w, \quad R_w = \frac{1}{w} \sum_{i \le w} c_i
    """
    return Wilder(CLOSE, window=w)


def dema(*, w: int = 20) -> Expr:
    r"""Double exponential moving average, :math:`2 E(c) - E(E(c))`; each average starts from a mean of `w`."""
    once = ema(w=w)
    return once * 2.0 - SmaSeededEma(once, window=w)


def tema(*, w: int = 20) -> Expr:
    r"""Triple exponential moving average, :math:`3 E(c) - 3 E(E(c)) + E(E(E(c)))`."""
    once = ema(w=w)
    twice = SmaSeededEma(once, window=w)
    return (once - twice) * 3.0 + SmaSeededEma(twice, window=w)


def trima(*, w: int = 20) -> Expr:
    r"""Triangular moving average: a simple average of a simple average.

    .. math:: S_{\lceil (w+1)/2 \rceil}(S_{\lfloor (w+1)/2 \rfloor}(c))
    """
    return RollingMean(RollingMean(CLOSE, window=(w + 1) // 2), window=w // 2 + 1)


def t3_moving_average(*, w: int = 5, v: float = 0.7) -> Expr:
    r"""Tillson's average: a generalised double exponential average, taken three times.

    .. math::
        T_3 = G(G(G(c))), \quad G(x) = (1 + v) E_w(x) - v E_w(E_w(x))

    Notes
    -----
    As TA-Lib has it, the powers of the average E are taken first, each starting from a mean of the one before, and are
    then weighted as multiplying out says: :math:`-v^3 E^6 + 3 v^2 (1 + v) E^5 - 3 v (1 + v)^2 E^4 + (1 + v)^3 E^3`.
    """
    once = ema(w=w)
    twice = SmaSeededEma(once, window=w)
    third = SmaSeededEma(twice, window=w)
    fourth = SmaSeededEma(third, window=w)
    fifth = SmaSeededEma(fourth, window=w)
    sixth = SmaSeededEma(fifth, window=w)
    u = 1.0 + v
    return (
        third * u**3
        - fourth * (3.0 * v * u * u)
        + (fifth * (3.0 * v * v * u) - sixth * (v * v * v))
    )


def hull_moving_average(*, w: int = 20) -> Expr:
    r"""Hull's average: twice the short weighted average less the long one, smoothed.

    .. math:: W_{\lfloor \sqrt{w} \rfloor}(2 W_{\lfloor w/2 \rfloor}(c) - W_w(c))
    """
    ahead = wma(w=w // 2) * 2.0 - wma(w=w)
    return RollingWeightedMean(ahead, window=math.isqrt(w))


def zero_lag_ema(*, w: int = 20) -> Expr:
    r"""Exponential average of the close moved on by what it did over the average's lag.

    .. math:: E_w(2 c_t - c_{t-k}), \quad k = \lfloor (w - 1) / 2 \rfloor
    """
    return SmaSeededEma(CLOSE * 2.0 - Lag(CLOSE, ticks=(w - 1) // 2), window=w)


def vwma(*, w: int = 20) -> Expr:
    r"""Volume-weighted moving average, :math:`\sum_w c v / \sum_w v`; NaN where there was no volume."""
    return RollingSum(CLOSE * VOLUME, window=w) / RollingSum(VOLUME, window=w)


def alma(*, w: int = 10, offset: float = 0.85, sigma: float = 6.0) -> Expr:
    r"""Arnaud Legoux's average: the weights are a bell whose top lies near the newest close.

    .. math::
        \frac{\sum_{i<w} g_i c_{t-w+1+i}}{\sum_{i<w} g_i}, \quad
        g_i = \exp \left( -\frac{(i - o (w - 1))^2}{2 (w / \sigma)^2} \right)

    with o = `offset`. Some libraries apply the weights in reverse.
    """
    return RollingGaussianMean(CLOSE, window=w, offset=offset, sigma=sigma)
