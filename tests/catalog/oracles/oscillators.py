"""What oscillators must give, from TA-Lib and brute force; for hostile data by hand."""

import numpy as np
import talib
from tests.catalog.market import Market
from tests.catalog.oracles.by_hand import true_range_by_hand, typical_price_by_hand
from tests.catalog.oracles.momentum import averaged, mean, shift, windows
from tests.catalog.oracles.stochastics import extremes
from tests.catalog.oracles.volume import ratio

NAN = np.nan
BARS = tuple(
    f"indicators.{request}"
    for request in (
        "cci", "cci(w=5)", "awesome_oscillator", "awesome_oscillator(fast=3, slow=8)", "accelerator_oscillator",
        "accelerator_oscillator(signal=3)", "ultimate_oscillator", "ultimate_oscillator(w1=2, w2=4, w3=8)",
        "relative_vigor_index", "relative_vigor_index(w=4)", "elder_bull_power", "elder_bull_power(w=5)",
        "elder_bear_power", "elder_bear_power(w=5)", "balance_of_power", "pretty_good_oscillator",
        "pretty_good_oscillator(w=5)", "ease_squeeze_on", "ease_squeeze_on(w=10, bb=1.5, kc=1.2)", "squeeze_momentum",
        "squeeze_momentum(w=6)",
    )
)  # fmt: skip

TOLERANCE = {
    "indicators.accelerator_oscillator": (
        1e-7,
        "while a spike of a million prices is in the slow average alone, its rounding is in every difference",
    ),
}


def cci(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.CCI(m.bar["high"], m.bar["low"], m.bar["close"], w)


def cci_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    price = typical_price_by_hand(m, at)
    average = mean(price, w)
    deviation = abs(windows(price, w) - average[:, None]).mean(axis=1)
    return ratio(price - average, 0.015 * deviation)


def middle(m: Market) -> np.ndarray:
    return (m.bar["high"] + m.bar["low"]) / 2


def awesome_oscillator(m: Market, at: np.ndarray, fast: int = 5, slow: int = 34) -> np.ndarray:
    return talib.AO(m.bar["high"], m.bar["low"], fast, slow)


def awesome_oscillator_by_hand(
    m: Market, at: np.ndarray, fast: int = 5, slow: int = 34
) -> np.ndarray:
    return mean(middle(m), fast) - mean(middle(m), slow)


def accelerator_oscillator(m: Market, at: np.ndarray, signal: int = 5) -> np.ndarray:
    return talib.AC(m.bar["high"], m.bar["low"], 5, 34, signal)


def accelerator_oscillator_by_hand(m: Market, at: np.ndarray, signal: int = 5) -> np.ndarray:
    oscillator = awesome_oscillator_by_hand(m, at)
    return oscillator - mean(oscillator, signal)


def ultimate_oscillator(
    m: Market, at: np.ndarray, w1: int = 7, w2: int = 14, w3: int = 28
) -> np.ndarray:
    known = np.isfinite(ultimate_oscillator_by_hand(m, at, w1, w2, w3))
    got = talib.ULTOSC(m.bar["high"], m.bar["low"], m.bar["close"], w1, w2, w3)
    return np.where(known, got, NAN)


def ultimate_oscillator_by_hand(
    m: Market, at: np.ndarray, w1: int = 7, w2: int = 14, w3: int = 28
) -> np.ndarray:
    pressure = m.bar["close"] - np.minimum(m.bar["low"], shift(m.bar["close"], 1))
    shares = [
        ratio(windows(pressure, w).sum(axis=1), windows(true_range_by_hand(m, at), w).sum(axis=1))
        for w in (w1, w2, w3)
    ]
    return 100 * (4 * shares[0] + 2 * shares[1] + shares[2]) / 7


def relative_vigor_index(m: Market, at: np.ndarray, w: int = 10) -> np.ndarray:
    weights = np.convolve(np.array([1, 2, 2, 1]) / 6, np.ones(w))
    body, reach = m.bar["close"] - m.bar["open"], m.bar["high"] - m.bar["low"]
    return ratio(windows(body, w + 3) @ weights, windows(reach, w + 3) @ weights)


def elder_bull_power(m: Market, at: np.ndarray, w: int = 13) -> np.ndarray:
    return talib.ERI(m.bar["high"], m.bar["low"], m.bar["close"], w)[0]


def elder_bull_power_by_hand(m: Market, at: np.ndarray, w: int = 13) -> np.ndarray:
    return m.bar["high"] - averaged(m.bar["close"], w)


def elder_bear_power(m: Market, at: np.ndarray, w: int = 13) -> np.ndarray:
    return talib.ERI(m.bar["high"], m.bar["low"], m.bar["close"], w)[1]


def elder_bear_power_by_hand(m: Market, at: np.ndarray, w: int = 13) -> np.ndarray:
    return m.bar["low"] - averaged(m.bar["close"], w)


def balance_of_power(m: Market, at: np.ndarray) -> np.ndarray:
    power = talib.BOP(m.bar["open"], m.bar["high"], m.bar["low"], m.bar["close"])
    return np.where(m.bar["high"] == m.bar["low"], NAN, power)


def pretty_good_oscillator(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    distance = m.bar["close"] - mean(m.bar["close"], w)
    return ratio(distance, averaged(true_range_by_hand(m, at), w))


def ease_squeeze_on(
    m: Market, at: np.ndarray, w: int = 20, bb: float = 2.0, kc: float = 1.5
) -> np.ndarray:
    average, reach = mean(m.bar["close"], w), kc * mean(true_range_by_hand(m, at), w)
    deviation = bb * windows(m.bar["close"], w).std(axis=1)
    inside = (average + deviation < average + reach) & (average - deviation > average - reach)
    return np.where(np.isnan(deviation + reach), NAN, inside)


def squeeze_momentum(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    low, high = extremes(m, w)
    distance = m.bar["close"] - ((high + low) / 2 + mean(m.bar["close"], w)) / 2
    return talib.LINEARREG(distance, w)


def squeeze_momentum_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    low, high = extremes(m, w)
    distance = m.bar["close"] - ((high + low) / 2 + mean(m.bar["close"], w)) / 2
    place = np.arange(w) - (w - 1) / 2
    return windows(distance, w) @ (1 / w + (w - 1) / 2 * place / (place @ place))
