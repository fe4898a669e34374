"""What the pivots of the last session must give, from pandas and TA-Lib."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import talib
from tests.catalog.market import Market
from tests.catalog.oracles.by_hand import known_only, true_range_by_hand
from tests.catalog.oracles.stats import firsts, previous, sessions
from tests.catalog.oracles.volume import ratio

BARS = (
    "price.pivot_point_woodie", "price.pivot_point_woodie(level=R1)", "price.pivot_point_woodie(level=S2, base=close)",
    "price.pivot_point_camarilla", "price.pivot_point_camarilla(level=S1)", "price.pivot_point_camarilla(level=R4)",
    "price.pivot_point_demark", "price.pivot_point_demark(level=S1)", "price.pivot_point_demark(level=P)",
    "price.pivot_point_fibonacci", "price.pivot_point_fibonacci(level=S2)", "price.pivot_point_fibonacci(level=P)",
    "price.central_pivot_range_width",
)  # fmt: skip
Levels = Callable[..., np.ndarray]


def session_before(m: Market) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Open, high, low and close of the session before each bar's own."""
    day = sessions(m)
    groups = m.bars().groupby(day)
    start = pd.Series(m.bar["open"]).groupby(day).agg(lambda v: v[v.notna()].iloc[0])
    close = groups["close"].agg(lambda v: v.iloc[-1])
    return (
        previous(start, day),
        previous(groups["high"].max(), day),
        previous(groups["low"].min(), day),
        previous(close, day),
    )


def woodie(m: Market, level: str, base: str = "open") -> np.ndarray:
    _, high, low, close = session_before(m)
    twice = close if base == "close" else firsts(m, "open", sessions(m))
    p = (high + low + 2 * twice) / 4
    return {"P": p, "R1": 2 * p - low, "S1": 2 * p - high, "S2": p - high + low}[level]


def camarilla(m: Market, level: str) -> np.ndarray:
    _, high, low, close = session_before(m)
    return close + {"R3": 1 / 4, "S1": -1 / 12, "R4": 1 / 2}[level] * 1.1 * (high - low)


def demark(m: Market, level: str) -> np.ndarray:
    start, high, low, close = session_before(m)
    sums = [high + 2 * low + close, 2 * high + low + close, high + low + 2 * close]
    x = np.select([close < start, close > start, close == start], sums, np.nan)
    return {"P": x / 4, "R1": x / 2 - low, "S1": x / 2 - high}[level]


def fibonacci(m: Market, level: str) -> np.ndarray:
    _, high, low, close = session_before(m)
    return (high + low + close) / 3 + {"P": 0, "R1": 0.382, "S2": -0.618}[level] * (high - low)


def far(m: Market, level: np.ndarray) -> np.ndarray:
    atr = talib.ATR(m.bar["high"], m.bar["low"], m.bar["close"], 14)
    return (m.bar["close"] - level) / atr


def far_by_hand(m: Market, level: np.ndarray) -> np.ndarray:
    atr = known_only(true_range_by_hand(m, m.bar["time"]), 1 / 14, 14)
    return ratio(m.bar["close"] - level, atr)


def pivot_point_woodie(
    m: Market, at: np.ndarray, level: str = "P", base: str = "open"
) -> np.ndarray:
    return far(m, woodie(m, level, base))


def pivot_point_woodie_by_hand(
    m: Market, at: np.ndarray, level: str = "P", base: str = "open"
) -> np.ndarray:
    return far_by_hand(m, woodie(m, level, base))


def pivot_point_camarilla(m: Market, at: np.ndarray, level: str = "R3") -> np.ndarray:
    return far(m, camarilla(m, level))


def pivot_point_camarilla_by_hand(m: Market, at: np.ndarray, level: str = "R3") -> np.ndarray:
    return far_by_hand(m, camarilla(m, level))


def pivot_point_demark(m: Market, at: np.ndarray, level: str = "R1") -> np.ndarray:
    return far(m, demark(m, level))


def pivot_point_demark_by_hand(m: Market, at: np.ndarray, level: str = "R1") -> np.ndarray:
    return far_by_hand(m, demark(m, level))


def pivot_point_fibonacci(m: Market, at: np.ndarray, level: str = "R1") -> np.ndarray:
    return far(m, fibonacci(m, level))


def pivot_point_fibonacci_by_hand(m: Market, at: np.ndarray, level: str = "R1") -> np.ndarray:
    return far_by_hand(m, fibonacci(m, level))


def central_pivot_range_width(m: Market, at: np.ndarray) -> np.ndarray:
    _, high, low, close = session_before(m)
    p, bc = (high + low + close) / 3, (high + low) / 2
    return np.abs(2 * p - bc - bc) / p
