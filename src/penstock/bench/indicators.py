"""The indicators that libraries are compared by, as expressions over bars, and what they may cost."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, VOLUME
from penstock.formulas.ranges import average_true_range
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.ema import Ema
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_median import RollingMedian
from penstock.ops.rolling.rolling_min import RollingMin
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_quantile import RollingQuantile
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.window.window_vwap import WindowVwap


@dataclass(frozen=True, slots=True)
class Indicator:
    """Columns of one indicator, and its targets in ns: live for all of them, in blocks per column."""

    columns: Callable[[], tuple[Expr, ...]]
    live: float
    block: float | None = 2.0


def moment(name: str) -> Callable[[], tuple[Expr, ...]]:
    """One output of the moments of 100 closes."""
    return lambda: (RollingMoments(CLOSE, window=100)[name],)


def sma() -> tuple[Expr, ...]:
    """The mean of 20 closes."""
    return (RollingSum(CLOSE, window=20) / 20.0,)


def rsi() -> tuple[Expr, ...]:
    """Relative strength of 14 bars, Wilder's averages."""
    change = CLOSE - Lag(CLOSE, ticks=1)
    up, down = (Wilder(Maximum(x, 0.0), window=14) for x in (change, 0.0 - change))
    return (up / (up + down) * 100.0,)


def macd() -> tuple[Expr, ...]:
    """Difference of two averages, its own average, and the distance between these."""
    line = Ema(CLOSE, span=12.0) - Ema(CLOSE, span=26.0)
    signal = Ema(line, span=9.0)
    return line, signal, line - signal


def bands() -> tuple[Expr, ...]:
    """Two standard deviations about the mean of 20 closes."""
    moments = RollingMoments(CLOSE, window=20)
    mean, width = moments["mean"], moments["std"] * 2.0
    return mean + width, mean, mean - width


def stochastic() -> tuple[Expr, ...]:
    """Where the close stands in the range of 14 bars, smoothed over 3 and over 3 more."""
    low = RollingMin(LOW, window=14)
    fast = (CLOSE - low) / (RollingMax(HIGH, window=14) - low) * 100.0
    slow = RollingSum(fast, window=3) / 3.0
    return slow, RollingSum(slow, window=3) / 3.0


def adx() -> tuple[Expr, ...]:
    """Average directional index of 14 bars."""
    rise, fall = HIGH - Lag(HIGH, ticks=1), Lag(LOW, ticks=1) - LOW
    up, down = Maximum(rise, 0.0), Maximum(fall, 0.0)
    # the larger of the two moves counts, the other is 0; equal ones are both 0
    plus = Wilder(up * Greater(up, down), window=14)
    minus = Wilder(down * Greater(down, up), window=14)
    true_range = average_true_range(w=14)
    plus, minus = plus / true_range, minus / true_range
    return (Wilder(Abs(plus - minus) / (plus + minus) * 100.0, window=14),)


INDICATORS: dict[str, Indicator] = {
    "SMA20": Indicator(sma, 3.0),
    "EMA20": Indicator(lambda: (Ema(CLOSE, span=20.0),), 3.0),
    "RSI14": Indicator(rsi, 5.0),
    "MACD": Indicator(macd, 6.0),
    "BB20": Indicator(bands, 8.0),
    "STD100": Indicator(moment("std"), 6.0),
    "MIN100": Indicator(lambda: (RollingMin(CLOSE, window=100),), 10.0),
    "MAX100": Indicator(lambda: (RollingMax(CLOSE, window=100),), 10.0),
    "SKEW100": Indicator(moment("skew"), 8.0),
    "KURT100": Indicator(moment("kurtosis"), 8.0),
    "CORR100": Indicator(
        lambda: (RollingRegression(CLOSE, VOLUME, window=100)["correlation"],), 8.0
    ),
    "MED100": Indicator(lambda: (RollingMedian(CLOSE, window=100),), 45.0, None),
    "Q100": Indicator(lambda: (RollingQuantile(CLOSE, window=100, q=0.9),), 60.0, None),
    "VWAP60s": Indicator(lambda: (WindowVwap(CLOSE, VOLUME, width="60s"),), 15.0),
    "ATR14": Indicator(lambda: (average_true_range(w=14),), 5.0),
    "STOCH": Indicator(stochastic, 20.0),
    "ADX14": Indicator(adx, 12.0),
}
