"""What moving averages and what is made of them must give, from TA-Lib; where a NaN spoils all after, by hand."""

import numpy as np
import talib
from tests.catalog.market import Market

BARS = (
    "indicators.sma", "indicators.ema", "indicators.ema(w=5)", "indicators.wma", "indicators.wilder_ma",
    "indicators.dema", "indicators.dema(w=5)", "indicators.tema", "indicators.tema(w=5)", "indicators.trima",
    "indicators.trima(w=7)", "indicators.moving_average_ribbon_spread",
    "indicators.moving_average_ribbon_spread(ws=3:5:8)",
)  # fmt: skip


def _smoothed(x: np.ndarray, w: int, average: object = talib.EMA) -> np.ndarray:
    """TA-Lib's average of the finite values; the last one stands where a value is not."""
    out, known = np.full(len(x), np.nan), np.isfinite(x)
    if known.any():
        out[known] = average(x[known], w)  # type: ignore[operator]
    newest = np.maximum.accumulate(np.where(known, np.arange(len(x)), 0))
    return out[newest]


def _windows(x: np.ndarray, w: int) -> np.ndarray:
    """All windows of `w` values, those before the first full one as NaN."""
    return np.lib.stride_tricks.sliding_window_view(np.concatenate([np.full(w - 1, np.nan), x]), w)


def sma(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.SMA(m.bar["close"], w)


def sma_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return _windows(m.bar["close"], w).mean(axis=1)


def ema(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return _smoothed(m.bar["close"], w)


def wma(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.WMA(m.bar["close"], w)


def wma_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return _windows(m.bar["close"], w) @ (np.arange(1, w + 1) * 2.0 / (w * (w + 1)))


def wilder_ma(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return _smoothed(m.bar["close"], w, talib.RMA)


def dema(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.DEMA(m.bar["close"], w)


def dema_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    once = _smoothed(m.bar["close"], w)
    return 2 * once - _smoothed(once, w)


def tema(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.TEMA(m.bar["close"], w)


def tema_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    once = _smoothed(m.bar["close"], w)
    twice = _smoothed(once, w)
    return 3 * once - 3 * twice + _smoothed(twice, w)


def trima(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.TRIMA(m.bar["close"], w)


def trima_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    rising = np.minimum(np.arange(1, w + 1), np.arange(w, 0, -1))
    return _windows(m.bar["close"], w) @ (rising / rising.sum())


def moving_average_ribbon_spread(
    m: Market, at: np.ndarray, ws: tuple[int, ...] = (10, 20, 30, 40, 50)
) -> np.ndarray:
    ribbon = np.array([_smoothed(m.bar["close"], w) for w in ws])
    return (ribbon.max(axis=0) - ribbon.min(axis=0)) / m.bar["close"]
