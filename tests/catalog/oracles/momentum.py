"""What momentum indicators must give, from TA-Lib, pandas and brute force; where a NaN spoils all after, by hand."""

import math

import numpy as np
import pandas as pd
import talib
from tests.catalog.market import Market
from tests.catalog.oracles.by_hand import known_only
from tests.catalog.oracles.volume import ratio

NAN = np.nan
BARS = tuple(
    f"indicators.{request}"
    for request in (
        "momentum", "momentum(w=1)", "rate_of_change", "rate_of_change(w=3)", "trix", "trix(w=4)", "tsi",
        "tsi(r=8, s=3)", "kst", "kst(rocs=3:5, smas=4:2)", "coppock_curve", "coppock_curve(r1=3, r2=5, w=4)",
        "detrended_price_oscillator", "detrended_price_oscillator(w=7)", "bias_indicator", "bias_indicator(w=5)",
        "qstick", "qstick(w=3)", "forecast_oscillator", "forecast_oscillator(w=5)", "efficiency_ratio",
        "efficiency_ratio(w=3)", "center_of_gravity", "center_of_gravity(w=4)", "correlation_trend_indicator",
        "correlation_trend_indicator(w=6)", "td_setup_count", "td_setup_count(lag=2, n=5)",
    )
)  # fmt: skip


def windows(x: np.ndarray, w: int) -> np.ndarray:
    """All windows of `w` values, those before the first full one as NaN."""
    return np.lib.stride_tricks.sliding_window_view(np.concatenate([np.full(w - 1, NAN), x]), w)


def mean(x: np.ndarray, w: int) -> np.ndarray:
    """Averages of whole windows, exact to the last bit; NaN while a value is."""
    return np.array([v[0] if (v == v[0]).all() else math.fsum(v) / w for v in windows(x, w)])


def weighted(x: np.ndarray, w: int) -> np.ndarray:
    """Averages of whole windows that weigh the newest most."""
    return windows(x, w) @ (np.arange(1, w + 1) * 2.0 / (w * (w + 1)))


def averaged(x: np.ndarray, w: int) -> np.ndarray:
    """Exponential averages of what is known, from the mean of the first `w`."""
    return known_only(x, 2 / (w + 1), w)


def shift(x: np.ndarray, k: int) -> np.ndarray:
    return pd.Series(x).shift(k).to_numpy()


def changes(m: Market) -> np.ndarray:
    return np.diff(m.bar["close"], prepend=NAN)


def momentum(m: Market, at: np.ndarray, w: int = 10) -> np.ndarray:
    return talib.MOM(m.bar["close"], w)


def rate_of_change(m: Market, at: np.ndarray, w: int = 10) -> np.ndarray:
    return talib.ROC(m.bar["close"], w)


def trix(m: Market, at: np.ndarray, w: int = 15) -> np.ndarray:
    return talib.TRIX(m.bar["close"], w)


def trix_by_hand(m: Market, at: np.ndarray, w: int = 15) -> np.ndarray:
    average = averaged(averaged(averaged(m.bar["close"], w), w), w)
    return 100 * (average / shift(average, 1) - 1)


def tsi(m: Market, at: np.ndarray, r: int = 25, s: int = 13) -> np.ndarray:
    return talib.TSI(m.bar["close"], r, s)


def tsi_by_hand(m: Market, at: np.ndarray, r: int = 25, s: int = 13) -> np.ndarray:
    moved, size = (averaged(averaged(x, r), s) for x in (changes(m), abs(changes(m))))
    return 100 * ratio(moved, size)


def kst(
    m: Market,
    at: np.ndarray,
    rocs: tuple[int, ...] = (10, 15, 20, 30),
    smas: tuple[int, ...] = (10, 10, 10, 15),
) -> np.ndarray:
    close = pd.Series(m.bar["close"])
    parts = [
        (j + 1) * (100 * (close / close.shift(k) - 1)).rolling(w).apply(np.mean, raw=True)
        for j, (k, w) in enumerate(zip(rocs, smas, strict=True))
    ]
    return sum(parts).to_numpy()


def coppock_curve(m: Market, at: np.ndarray, r1: int = 14, r2: int = 11, w: int = 10) -> np.ndarray:
    return talib.COPPOCK(m.bar["close"], w, r2, r1)


def coppock_curve_by_hand(
    m: Market, at: np.ndarray, r1: int = 14, r2: int = 11, w: int = 10
) -> np.ndarray:
    return weighted(talib.ROC(m.bar["close"], r1) + talib.ROC(m.bar["close"], r2), w)


def detrended_price_oscillator(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.DPO(m.bar["close"], w)


def detrended_price_oscillator_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return shift(m.bar["close"], w // 2 + 1) - mean(m.bar["close"], w)


def bias_indicator(m: Market, at: np.ndarray, w: int = 26) -> np.ndarray:
    return m.bar["close"] / mean(m.bar["close"], w) - 1


def qstick(m: Market, at: np.ndarray, w: int = 10) -> np.ndarray:
    return talib.QSTICK(m.bar["open"], m.bar["close"], w)


def qstick_by_hand(m: Market, at: np.ndarray, w: int = 10) -> np.ndarray:
    return mean(m.bar["close"] - m.bar["open"], w)


def forecast_oscillator(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.FOSC(m.bar["close"], w)


def forecast_oscillator_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    close, place = m.bar["close"], np.arange(w) - (w - 1) / 2
    ahead = 1 / w + (w + 1) / 2 * place / (
        place @ place
    )  # what each of the closes adds to the forecast
    before = windows(shift(close, 1), w)
    foretold = before[:, 0] + (before - before[:, :1]) @ ahead
    return 100 * (close - foretold) / close


def efficiency_ratio(m: Market, at: np.ndarray, w: int = 10) -> np.ndarray:
    path = windows(abs(changes(m)), w).sum(axis=1)
    return np.where(path == 0, 0.0, talib.ER(m.bar["close"], w))  # TA-Lib gives 1 for no path


def efficiency_ratio_by_hand(m: Market, at: np.ndarray, w: int = 10) -> np.ndarray:
    path = windows(abs(changes(m)), w).sum(axis=1)
    return np.where(path == 0, 0.0, abs(momentum(m, at, w)) / path)


def center_of_gravity(m: Market, at: np.ndarray, w: int = 10) -> np.ndarray:
    closes = windows(m.bar["close"], w)
    return -(closes @ np.arange(w, 0, -1.0)) / closes.sum(axis=1)


def correlation_trend_indicator(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    closes = windows(m.bar["close"], w)
    centred = closes - closes.mean(axis=1, keepdims=True)
    centred[(closes == closes[:, :1]).all(axis=1)] = NAN
    place = np.arange(w) - (w - 1) / 2
    return centred @ place / np.sqrt((centred**2).sum(axis=1) * (place @ place))


def td_setup_count(m: Market, at: np.ndarray, lag: int = 4, n: int = 9) -> np.ndarray:
    close, out, count = m.bar["close"], np.full(len(at), NAN), 0
    for t in range(len(close)):
        side = np.sign(close[t] - close[t - lag]) if t >= lag else NAN
        if np.isnan(side):
            count = 0
            continue
        count = count + side if count * side > 0 else side
        out[t] = np.clip(count, -n, n)
    return out
