"""What stochastics must give, from TA-Lib and brute force; for hostile data by hand."""

import numpy as np
import talib
from tests.catalog.market import Market
from tests.catalog.oracles.momentum import averaged, mean, windows
from tests.catalog.oracles.strength import rsi_by_hand
from tests.catalog.oracles.volume import ratio

NAN = np.nan
BARS = tuple(
    f"indicators.{request}"
    for request in (
        "stochastic_fast_k", "stochastic_fast_k(w=5)", "stochastic_fast_k(w=5, flat=middle)", "stochastic_slow_k",
        "stochastic_slow_k(w=5, s=2)", "stochastic_slow_d", "stochastic_slow_d(w=5, s=2, d=4)", "williams_r",
        "williams_r(w=5)", "stochastic_rsi", "stochastic_rsi(rsi=5, k=4)", "kdj_j", "kdj_j(w=5, m=2)",
        "stochastic_momentum_index", "stochastic_momentum_index(w=5, r=6, s=3)", "fisher_transform",
        "fisher_transform(w=5)", "schaff_trend_cycle", "schaff_trend_cycle(fast=5, slow=9, cycle=4, factor=0.3)",
        "ichimoku_tenkan", "ichimoku_tenkan(w=5)", "ichimoku_kijun", "ichimoku_senkou_a", "ichimoku_senkou_a(shift=5)",
        "ichimoku_senkou_b", "ichimoku_senkou_b(w=10, shift=5)", "ichimoku_chikou_causal",
        "ichimoku_chikou_causal(shift=3)", "ichimoku_cloud_position",
    )
)  # fmt: skip

TOLERANCE = {
    "indicators.stochastic_rsi": (
        1e-6,
        "after a spike of a million prices the index moves by a hundred-millionth, and its rounding stays",
    ),
}


def extremes(m: Market, w: int) -> tuple[np.ndarray, np.ndarray]:
    """The lowest low and the highest high of whole windows."""
    return windows(m.bar["low"], w).min(axis=1), windows(m.bar["high"], w).max(axis=1)


def stochastic_fast_k(m: Market, at: np.ndarray, w: int = 14, flat: str = "none") -> np.ndarray:
    low, high = extremes(m, w)
    place = talib.STOCHF(m.bar["high"], m.bar["low"], m.bar["close"], w, 1)[0]
    return np.where(low == high, 50.0 if flat == "middle" else NAN, place)


def stochastic_fast_k_by_hand(
    m: Market, at: np.ndarray, w: int = 14, flat: str = "none"
) -> np.ndarray:
    low, high = extremes(m, w)
    place = 100 * ratio(m.bar["close"] - low, high - low)
    return np.where((low == high) & (flat == "middle"), 50.0, place)


def stochastic_slow_k(m: Market, at: np.ndarray, w: int = 14, s: int = 3) -> np.ndarray:
    return mean(stochastic_fast_k(m, at, w), s)


def stochastic_slow_k_by_hand(m: Market, at: np.ndarray, w: int = 14, s: int = 3) -> np.ndarray:
    return mean(stochastic_fast_k_by_hand(m, at, w), s)


def stochastic_slow_d(m: Market, at: np.ndarray, w: int = 14, s: int = 3, d: int = 3) -> np.ndarray:
    slow = talib.STOCH(m.bar["high"], m.bar["low"], m.bar["close"], w, s, 0, d, 0)[1]
    low, high = extremes(m, w)
    return np.where(windows(low == high, s + d - 1).any(axis=1), NAN, slow)


def stochastic_slow_d_by_hand(
    m: Market, at: np.ndarray, w: int = 14, s: int = 3, d: int = 3
) -> np.ndarray:
    return mean(stochastic_slow_k_by_hand(m, at, w, s), d)


def williams_r(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    low, high = extremes(m, w)
    return np.where(low == high, NAN, talib.WILLR(m.bar["high"], m.bar["low"], m.bar["close"], w))


def williams_r_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    low, high = extremes(m, w)
    return -100 * ratio(high - m.bar["close"], high - low)


def stochastic_rsi(m: Market, at: np.ndarray, rsi: int = 14, k: int = 14) -> np.ndarray:
    closes = windows(m.bar["close"], k)
    still = (closes == closes[:, :1]).all(axis=1)
    return np.where(still, NAN, talib.STOCHRSI(m.bar["close"], rsi, k, 1)[0])


def stochastic_rsi_by_hand(m: Market, at: np.ndarray, rsi: int = 14, k: int = 14) -> np.ndarray:
    closes, index = windows(m.bar["close"], k), windows(rsi_by_hand(m, at, rsi), k)
    still = (closes == closes[:, :1]).all(axis=1) | np.isnan(m.bar["close"])
    low, high = index.min(axis=1), index.max(axis=1)
    return np.where(still, NAN, 100 * ratio(index[:, -1] - low, high - low))


def smoothed(
    x: np.ndarray, low: np.ndarray, high: np.ndarray, factor: float, seed: float = NAN
) -> np.ndarray:
    """Smoothed places between two columns; a range of 0 keeps the place, what is unknown the average."""
    out, place, average = np.full(len(x), NAN), NAN, seed
    for t in range(len(x)):
        if np.isfinite(x[t] + low[t] + high[t]):
            place = (x[t] - low[t]) / (high[t] - low[t]) if high[t] > low[t] else place
            if not np.isnan(place):
                average = factor * place + (1 - factor) * (place if np.isnan(average) else average)
        out[t] = NAN if np.isnan(place) else average
    return out


def kdj_j(market: Market, at: np.ndarray, w: int = 9, m: int = 3) -> np.ndarray:
    k = smoothed(market.bar["close"], *extremes(market, w), 1 / m, 0.5)
    d = smoothed(k, np.zeros(len(k)), np.ones(len(k)), 1 / m, 0.5)
    return 100 * (3 * k - 2 * d)


def stochastic_momentum_index(
    m: Market, at: np.ndarray, w: int = 13, r: int = 25, s: int = 2
) -> np.ndarray:
    given = talib.SMI(m.bar["high"], m.bar["low"], m.bar["close"], w, s, r, 2)[0]
    first = w + r + s - 3  # TA-Lib leaves it out, as its signal is of two
    given[first] = stochastic_momentum_index_by_hand(m, at, w, r, s)[first]
    return given


def stochastic_momentum_index_by_hand(
    m: Market, at: np.ndarray, w: int = 13, r: int = 25, s: int = 2
) -> np.ndarray:
    low, high = extremes(m, w)
    height, reach = (
        averaged(averaged(x, r), s) for x in (m.bar["close"] - (high + low) / 2, high - low)
    )
    return 100 * ratio(height, reach / 2)


def fisher_transform(m: Market, at: np.ndarray, w: int = 9) -> np.ndarray:
    x, v, fisher = (m.bar["high"] + m.bar["low"]) / 2, 0.0, 0.0
    low, high = windows(x, w).min(axis=1), windows(x, w).max(axis=1)
    out = np.full(len(x), NAN)
    for t, place in enumerate(ratio(x - low, high - low)):
        if np.isfinite(place):
            v = 0.33 * 2 * (place - 0.5) + 0.67 * v
            v = 0.999 if v > 0.99 else -0.999 if v < -0.99 else v
            out[t] = fisher = np.arctanh(v) + 0.5 * fisher
    return out


def schaff_trend_cycle(
    m: Market, at: np.ndarray, fast: int = 23, slow: int = 50, cycle: int = 10, factor: float = 0.5
) -> np.ndarray:
    x = averaged(m.bar["close"], fast) - averaged(m.bar["close"], slow)
    for _ in range(2):
        x = smoothed(x, windows(x, cycle).min(axis=1), windows(x, cycle).max(axis=1), factor)
    return 100 * x


def ichimoku_tenkan(m: Market, at: np.ndarray, w: int = 9) -> np.ndarray:
    return talib.MIDPRICE(m.bar["high"], m.bar["low"], w)


def ichimoku_tenkan_by_hand(m: Market, at: np.ndarray, w: int = 9) -> np.ndarray:
    low, high = extremes(m, w)
    return (high + low) / 2


def ichimoku_kijun(m: Market, at: np.ndarray, w: int = 26) -> np.ndarray:
    return ichimoku_tenkan_by_hand(m, at, w)


def back(x: np.ndarray, k: int) -> np.ndarray:
    return np.concatenate([np.full(k, NAN), x])[: len(x)]


def ichimoku_senkou_a(m: Market, at: np.ndarray, shift: int = 26) -> np.ndarray:
    tenkan, kijun = (ichimoku_tenkan_by_hand(m, at, w) for w in (9, 26))
    return back((tenkan + kijun) / 2, shift)


def ichimoku_senkou_b(m: Market, at: np.ndarray, w: int = 52, shift: int = 26) -> np.ndarray:
    return back(ichimoku_tenkan_by_hand(m, at, w), shift)


def ichimoku_chikou_causal(m: Market, at: np.ndarray, shift: int = 26) -> np.ndarray:
    return m.bar["close"] - back(m.bar["close"], shift)


def ichimoku_cloud_position(m: Market, at: np.ndarray) -> np.ndarray:
    a, b = ichimoku_senkou_a(m, at), ichimoku_senkou_b(m, at)
    return (m.bar["close"] - (a + b) / 2) / np.where(abs(a - b) < 5e-10, NAN, abs(a - b))
