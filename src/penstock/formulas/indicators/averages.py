"""Moving averages of the close with fixed weights.

What is not finite is skipped by an exponential average, whose last value stands, and makes a window's average NaN for
as long as it is in the window.
"""

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE
from penstock.ops.expanding.sma_seeded_ema import SmaSeededEma
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.rolling.rolling_mean import RollingMean
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
