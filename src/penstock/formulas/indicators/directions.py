"""Which way bars go, and how firmly: directional movement, aroon, vortex, trailing stops."""

import operator
from functools import reduce

from penstock.expr import Expr, Timeframe
from penstock.formulas.columns import CLOSE, HIGH, LOW
from penstock.formulas.indicators.averages import ema
from penstock.formulas.ranges import average_true_range, true_range
from penstock.formulas.timeframes import time_bars
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.sign import Sign
from penstock.ops.indicator.directional_index import DirectionalIndex
from penstock.ops.indicator.parabolic_sar import ParabolicSar
from penstock.ops.indicator.relative_strength import RelativeStrength
from penstock.ops.indicator.supertrend import Supertrend
from penstock.ops.indicator.swing_divergence import SwingDivergence
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_arg_max import RollingArgMax
from penstock.ops.rolling.rolling_arg_min import RollingArgMin
from penstock.ops.rolling.rolling_sum import RollingSum


def directional(w: int) -> DirectionalIndex:
    """Wilder's directional indicators and index; all features of one length share it."""
    return DirectionalIndex(HIGH, LOW, CLOSE, window=w)


def plus_di(*, w: int = 14) -> Expr:
    r"""Wilder's positive directional indicator, :math:`100 \, W(M^+) / W(R)`.

    M is how far a bar's high is above the last one's, where that is farther than the low went down; R the true range;
    W Wilder's average, which starts from a mean of `w`. TA-Lib starts from a sum of one fewer, which fades.
    """
    return directional(w)["plus"]


def minus_di(*, w: int = 14) -> Expr:
    r"""Wilder's negative directional indicator, :math:`100 \, W(M^-) / W(R)`; the mirror of `plus_di`."""
    return directional(w)["minus"]


def dx(*, w: int = 14) -> Expr:
    r"""Wilder's directional index, :math:`100 |D^+ - D^-| / (D^+ + D^-)`; NaN where nothing moved."""
    return directional(w)["index"]


def adx(*, w: int = 14) -> Expr:
    r"""Average directional index, :math:`W(\mathrm{DX})`, from the mean of the first `w`."""
    return directional(w)["average"]


def adxr(*, w: int = 14) -> Expr:
    r"""Directional movement rating, :math:`(\mathrm{ADX}_t + \mathrm{ADX}_{t-w+1}) / 2`."""
    return (adx(w=w) + Lag(adx(w=w), ticks=w - 1)) * 0.5


def aroon_up(*, w: int = 25) -> Expr:
    r"""How recent the highest of `w` + 1 highs is, :math:`100 (w - k) / w` with k bars since; the newest counts."""
    return 100.0 - RollingArgMax(HIGH, window=w + 1) * (100.0 / w)


def aroon_down(*, w: int = 25) -> Expr:
    r"""How recent the lowest of `w` + 1 lows is, :math:`100 (w - k) / w` with k bars since; the newest counts."""
    return 100.0 - RollingArgMin(LOW, window=w + 1) * (100.0 / w)


def aroon_oscillator(*, w: int = 25) -> Expr:
    r"""Aroon up less aroon down, :math:`100 (k_{low} - k_{high}) / w`, from -100 to 100."""
    return aroon_up(w=w) - aroon_down(w=w)


def vortex_plus(*, w: int = 14) -> Expr:
    r"""Distances from the last low up to the high against true ranges.

    .. math:: \sum_w |h_t - l_{t-1}| / \sum_w \mathrm{TR}_t
    """
    return RollingSum(Abs(HIGH - Lag(LOW, ticks=1)), window=w) / RollingSum(true_range(), window=w)


def vortex_minus(*, w: int = 14) -> Expr:
    r"""Distances from the last high down to the low against true ranges.

    .. math:: \sum_w |l_t - h_{t-1}| / \sum_w \mathrm{TR}_t
    """
    return RollingSum(Abs(LOW - Lag(HIGH, ticks=1)), window=w) / RollingSum(true_range(), window=w)


def parabolic_sar(*, step: float = 0.02, max: float = 0.2) -> Expr:
    r"""Wilder's parabolic stop, :math:`y_{t+1} = y_t + \alpha (e_t - y_t)`, turned where a bar touches it.

    See `ParabolicSar`; the first side is TA-Lib's, up unless the second bar moved down.
    """
    return ParabolicSar(HIGH, LOW, step=step, maximum=max)["stop"]


def supertrend_direction(*, w: int = 10, k: float = 3.0) -> Expr:
    r"""1 while the close is above a stop that trails the middle of bars, -1 while below.

    .. math:: (h_t + l_t) / 2 \mp k \, \mathrm{ATR}_w

    It begins with 1, and turns where a close passes the stop; see `Supertrend`.
    """
    return Supertrend(HIGH, LOW, CLOSE, average_true_range(w=w) * k)["direction"]


def multi_timeframe_trend_agreement(
    *, tfs: tuple[str, ...] = ("M1", "M5", "M15", "H1", "H4", "D1"), w: int = 20
) -> Expr:
    r"""How many timeframes are above their average less how many are below, as a share of all.

    .. math:: \frac{1}{n} \sum_j \operatorname{sgn}(c_j - E_w(c_j))

    over the last finished bar of each timeframe j, such as ``M5`` or ``90s``; one that is not finished is not seen. NaN
    until all have an average. A timeframe that is shorter than the source's own bars has the source's.
    """
    signs = [Timeframe(Sign(CLOSE - ema(w=w)), on=time_bars(tf)) for tf in tfs]
    return reduce(operator.add, signs) / float(len(signs))


def rsi_price_divergence(*, rsi: int = 14, swing: int = 5, w: int = 60) -> Expr:
    r"""1 where a lower swing low has a higher RSI, -1 where a higher swing high has a lower one, else 0.

    .. math::
        1[l_p < l_q, \, \mathrm{RSI}_p > \mathrm{RSI}_q] - 1[h_{p'} > h_{q'}, \, \mathrm{RSI}_{p'} < \mathrm{RSI}_{q'}]

    A swing low p is below the lows of the `swing` bars on each side; it is compared to the one before it, q, at most
    `w` bars earlier, and told at the bar that confirms it, `swing` bars late.
    """
    strength = RelativeStrength(CLOSE, window=rsi)["index"]
    return SwingDivergence(HIGH, LOW, strength, reach=swing, window=w)
