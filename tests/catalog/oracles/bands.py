"""What bands, channels and ranges must give, from TA-Lib; NumPy's windows where it has another seed or rule."""

import numpy as np
import pandas as pd
import talib
from tests.catalog.market import Market
from tests.catalog.oracles.averages import smoothed, trailing
from tests.catalog.oracles.lines import later
from tests.catalog.oracles.trend import DAY, atr, hlc, sampled, shifted

BARS = (
    "indicators.bollinger_percent_b", "indicators.bollinger_percent_b(w=7, k=1.5, ddof=1)",
    "indicators.bollinger_bandwidth", "indicators.bollinger_bandwidth(w=7)", "indicators.keltner_position",
    "indicators.keltner_position(w=7, atr=5, k=1.5)", "indicators.keltner_width",
    "indicators.keltner_width(w=7, atr=5)", "indicators.donchian_width", "indicators.donchian_width(w=7)",
    "indicators.acceleration_bands_position", "indicators.acceleration_bands_position(w=7)", "indicators.atr",
    "indicators.atr(w=5)", "indicators.natr", "indicators.natr(w=5)", "indicators.chaikin_volatility",
    "indicators.chaikin_volatility(w=5, roc=3)", "indicators.ulcer_index", "indicators.ulcer_index(w=7)",
    "indicators.average_day_range", "indicators.average_day_range(w=3)",
    "indicators.average_deviation", "indicators.average_deviation(w=7)",
)  # fmt: skip


def deviations(m: Market, w: int, ddof: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each window, 0 where all values are equal."""
    values = trailing(m.bar["close"], w)
    first = values[:, :1]
    spread = np.where(np.ptp(values, axis=1) == 0, 0.0, (values - first).std(axis=1, ddof=ddof))
    return first[:, 0] + (values - first).mean(axis=1), spread


def bollinger_percent_b(
    m: Market, at: np.ndarray, w: int = 20, k: float = 2.0, ddof: int = 0
) -> np.ndarray:
    if ddof:
        return bollinger_percent_b_by_hand(m, at, w, k, ddof)
    upper, _, lower = talib.BBANDS(m.bar["close"], w, k, k)
    return np.where(upper == lower, 0.5, (m.bar["close"] - lower) / (upper - lower))


def bollinger_percent_b_by_hand(
    m: Market, at: np.ndarray, w: int = 20, k: float = 2.0, ddof: int = 0
) -> np.ndarray:
    mean, spread = deviations(m, w, ddof)
    share = (m.bar["close"] - (mean - k * spread)) / (2 * k * spread)
    return np.where(spread == 0, 0.5, share)


def bollinger_bandwidth(m: Market, at: np.ndarray, w: int = 20, k: float = 2.0) -> np.ndarray:
    upper, middle, lower = talib.BBANDS(m.bar["close"], w, k, k)
    return (upper - lower) / middle


def bollinger_bandwidth_by_hand(
    m: Market, at: np.ndarray, w: int = 20, k: float = 2.0
) -> np.ndarray:
    mean, spread = deviations(m, w)
    return 2 * k * spread / mean


def keltner_position_by_hand(
    m: Market, at: np.ndarray, w: int = 20, atr: int = 10, k: float = 2.0
) -> np.ndarray:
    middle, reach = channel(m, at, w, atr, k)
    return (m.bar["close"] - middle) / reach


def channel(
    m: Market, at: np.ndarray, w: int, length: int, k: float
) -> tuple[np.ndarray, np.ndarray]:
    """The middle of a Keltner channel, and how far its edges are from it."""
    return smoothed(sum(hlc(m)) / 3, w), k * atr(m, at, length)


def keltner_width_by_hand(
    m: Market, at: np.ndarray, w: int = 20, atr: int = 10, k: float = 2.0
) -> np.ndarray:
    middle, reach = channel(m, at, w, atr, k)
    return 2 * reach / middle


def keltner_position(
    m: Market, at: np.ndarray, w: int = 20, atr: int = 10, k: float = 2.0
) -> np.ndarray:
    upper, middle, _ = talib.KC(*hlc(m), w, atr, k)
    theirs = (m.bar["close"] - middle) / (upper - middle)
    return later(theirs, keltner_position_by_hand(m, at, w, atr, k))


def keltner_width(
    m: Market, at: np.ndarray, w: int = 20, atr: int = 10, k: float = 2.0
) -> np.ndarray:
    upper, middle, lower = talib.KC(*hlc(m), w, atr, k)
    return later((upper - lower) / middle, keltner_width_by_hand(m, at, w, atr, k))


def donchian_width(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    upper, _, lower = talib.DONCHIAN(m.bar["high"], m.bar["low"], w)
    return (upper - lower) / m.bar["close"]


def donchian_width_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    high, low = trailing(m.bar["high"], w).max(axis=1), trailing(m.bar["low"], w).min(axis=1)
    return (high - low) / m.bar["close"]


def acceleration_bands_position(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    upper, _, lower = talib.ACCBANDS(*hlc(m), w)
    ranged = trailing(m.bar["high"] - m.bar["low"], w).any(
        axis=1
    )  # else what it leaves is rounding
    return np.where(ranged, (m.bar["close"] - lower) / (upper - lower), np.nan)


def acceleration_bands_position_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    high, low, close = hlc(m)
    share = 4 * (high - low) / (high + low)
    upper = trailing(high * (1 + share), w).mean(axis=1)
    lower = trailing(low * (1 - share), w).mean(axis=1)
    return np.where(upper == lower, np.nan, (close - lower) / (upper - lower))


def natr(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.NATR(*hlc(m), w)


def natr_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return 100 * atr(m, at, w) / m.bar["close"]


def chaikin_volatility(m: Market, at: np.ndarray, w: int = 10, roc: int = 10) -> np.ndarray:
    return talib.CVI(m.bar["high"], m.bar["low"], w, roc)


def chaikin_volatility_by_hand(m: Market, at: np.ndarray, w: int = 10, roc: int = 10) -> np.ndarray:
    span = smoothed(m.bar["high"] - m.bar["low"], w)
    return 100 * (span / shifted(span, roc) - 1)


def ulcer_index(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    highest = trailing(m.bar["close"], w).max(axis=1)
    fall = 100 * (m.bar["close"] - highest) / highest
    return np.sqrt((trailing(fall, w) ** 2).mean(axis=1))


def average_deviation(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.AVGDEV(m.bar["close"], w)


def average_deviation_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    values = trailing(m.bar["close"], w)
    away = values - values[:, :1]
    return abs(away - away.mean(axis=1, keepdims=True)).mean(axis=1)


def average_day_range(m: Market, at: np.ndarray, w: int = 14, session: str = "1d") -> np.ndarray:
    def mean(bars: pd.DataFrame) -> np.ndarray:
        return talib.ADR(bars["high"].to_numpy(), bars["low"].to_numpy(), w)

    return sampled(m, DAY, mean)
