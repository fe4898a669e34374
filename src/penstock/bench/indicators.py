"""The indicators that libraries are compared by, as expressions over bars, and what they may cost."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, VOLUME
from penstock.ops.ema import Ema
from penstock.ops.expanding.wilder import Wilder
from penstock.ops.indicator.directional_index import DirectionalIndex
from penstock.ops.indicator.relative_strength import RelativeStrength
from penstock.ops.indicator.rolling_bands import RollingBands
from penstock.ops.indicator.true_range import TrueRange
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_median import RollingMedian
from penstock.ops.rolling.rolling_min import RollingMin
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_quantile import RollingQuantile
from penstock.ops.rolling.rolling_regression import RollingRegression
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
    return (RollingMean(CLOSE, window=20),)


def rsi() -> tuple[Expr, ...]:
    """Relative strength of 14 bars, Wilder's averages."""
    return (RelativeStrength(CLOSE, window=14)["index"],)


def macd() -> tuple[Expr, ...]:
    """Difference of two averages, its own average, and the distance between these."""
    line = Ema(CLOSE, span=12.0) - Ema(CLOSE, span=26.0)
    signal = Ema(line, span=9.0)
    return line, signal, line - signal


def bands() -> tuple[Expr, ...]:
    """Two standard deviations about the mean of 20 closes."""
    found = RollingBands(CLOSE, window=20, deviations=2.0)
    return found["upper"], found["middle"], found["lower"]


def atr() -> tuple[Expr, ...]:
    """Wilder's average of the true range of 14 bars."""
    return (Wilder(TrueRange(HIGH, LOW, CLOSE), window=14),)


def stochastic() -> tuple[Expr, ...]:
    """Where the close stands in the range of 14 bars, smoothed over 3 and over 3 more."""
    low = RollingMin(LOW, window=14)
    fast = (CLOSE - low) / (RollingMax(HIGH, window=14) - low) * 100.0
    slow = RollingMean(fast, window=3)
    return slow, RollingMean(slow, window=3)


def adx() -> tuple[Expr, ...]:
    """Average directional index of 14 bars."""
    return (DirectionalIndex(HIGH, LOW, CLOSE, window=14)["average"],)


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
    "ATR14": Indicator(atr, 5.0),
    "STOCH": Indicator(stochastic, 20.0),
    "ADX14": Indicator(adx, 12.0),
}
