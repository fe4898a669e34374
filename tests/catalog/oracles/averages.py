"""What moving averages and what is made of them must give, from TA-Lib; where a NaN spoils all after, by hand."""

import numpy as np
import talib
from tests.catalog.market import Market

BARS = (
    "indicators.sma", "indicators.ema", "indicators.ema(w=5)", "indicators.wma", "indicators.wilder_ma",
    "indicators.dema", "indicators.dema(w=5)", "indicators.tema", "indicators.tema(w=5)", "indicators.trima",
    "indicators.trima(w=7)",
    "indicators.t3_moving_average", "indicators.t3_moving_average(w=8, v=0.4)", "indicators.kama",
    "indicators.kama(w=20, fast=3, slow=40)", "indicators.hull_moving_average", "indicators.hull_moving_average(w=15)",
    "indicators.zero_lag_ema", "indicators.zero_lag_ema(w=7)", "indicators.vwma", "indicators.vwma(w=5)",
    "indicators.vidya", "indicators.vidya(w=5)",
    "indicators.alma", "indicators.alma(w=21, offset=0.5, sigma=4)", "indicators.mcginley_dynamic",
    "indicators.mcginley_dynamic(w=4, k=1)", "indicators.mama", "indicators.mama(fast=0.3, slow=0.1)",
    "indicators.fama",
)  # fmt: skip


def smoothed(x: np.ndarray, w: int, average: object = talib.EMA) -> np.ndarray:
    """TA-Lib's average of the finite values; the last one stands where a value is not."""
    out, known = np.full(len(x), np.nan), np.isfinite(x)
    if known.any():
        out[known] = average(x[known], w)  # type: ignore[operator]
    newest = np.maximum.accumulate(np.where(known, np.arange(len(x)), 0))
    return out[newest]


def trailing(x: np.ndarray, w: int) -> np.ndarray:
    """All windows of `w` values, those before the first full one as NaN."""
    return np.lib.stride_tricks.sliding_window_view(np.concatenate([np.full(w - 1, np.nan), x]), w)


def sma(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.SMA(m.bar["close"], w)


def sma_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return trailing(m.bar["close"], w).mean(axis=1)


def ema(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return smoothed(m.bar["close"], w)


def wma(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.WMA(m.bar["close"], w)


def wma_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return trailing(m.bar["close"], w) @ (np.arange(1, w + 1) * 2.0 / (w * (w + 1)))


def wilder_ma(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return smoothed(m.bar["close"], w, talib.RMA)


def dema(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.DEMA(m.bar["close"], w)


def dema_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    once = smoothed(m.bar["close"], w)
    return 2 * once - smoothed(once, w)


def tema(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.TEMA(m.bar["close"], w)


def tema_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    once = smoothed(m.bar["close"], w)
    twice = smoothed(once, w)
    return 3 * once - 3 * twice + smoothed(twice, w)


def trima(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.TRIMA(m.bar["close"], w)


def trima_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    rising = np.minimum(np.arange(1, w + 1), np.arange(w, 0, -1))
    return trailing(m.bar["close"], w) @ (rising / rising.sum())


def t3_moving_average(m: Market, at: np.ndarray, w: int = 5, v: float = 0.7) -> np.ndarray:
    return talib.T3(m.bar["close"], w, v)


def t3_moving_average_by_hand(m: Market, at: np.ndarray, w: int = 5, v: float = 0.7) -> np.ndarray:
    powers = [m.bar["close"]]
    for _ in range(6):
        powers.append(smoothed(powers[-1], w))
    weights = np.polynomial.polynomial.polypow([1 + v, -v], 3)  # of the powers from 3 on
    return np.dot(weights, powers[3:])


def adapted(close: np.ndarray, w: int, weight: object) -> np.ndarray:
    """The recursion with a weight of the last `w` + 1 closes, from the close before the first that has one."""
    out, last, started = np.full(len(close), np.nan), np.nan, False
    for t in range(len(close)):
        values = close[max(t - w, 0) : t + 1]
        share = weight(values) if len(values) == w + 1 else np.nan  # type: ignore[operator]
        if not np.isnan(share):
            last, started = last + share * (close[t] - last), True
        elif not started and not np.isnan(close[t]):
            last = close[t]
        out[t] = last if started else np.nan
    return out


def kama(m: Market, at: np.ndarray, w: int = 10, fast: int = 2, slow: int = 30) -> np.ndarray:
    if (fast, slow) == (2, 30):
        return talib.KAMA(m.bar["close"], w)
    return kama_by_hand(m, at, w, fast, slow)


def kama_by_hand(
    m: Market, at: np.ndarray, w: int = 10, fast: int = 2, slow: int = 30
) -> np.ndarray:
    def share(values: np.ndarray) -> float:
        path = abs(np.diff(values)).sum()
        efficiency = abs(values[-1] - values[0]) / path if path != 0 else 1.0
        return (efficiency * (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1)) ** 2

    return adapted(m.bar["close"], w, share)


def vidya(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    def share(values: np.ndarray) -> float:
        change = np.diff(values)
        up, down = change[change > 0].sum(), -change[change < 0].sum()
        known = not np.isnan(change).any() and up + down > 0
        return 2 / (w + 1) * abs((up - down) / (up + down)) if known else np.nan

    return adapted(m.bar["close"], w, share)


def hull_moving_average(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.HMA(m.bar["close"], w)


def hull_moving_average_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    def weighted(x: np.ndarray, n: int) -> np.ndarray:
        return trailing(x, n) @ (np.arange(1, n + 1) * 2.0 / (n * (n + 1)))

    close = m.bar["close"]
    return weighted(2 * weighted(close, w // 2) - weighted(close, w), int(w**0.5))


def zero_lag_ema(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.ZLEMA(m.bar["close"], w)


def zero_lag_ema_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    close = m.bars()["close"]
    return smoothed((2 * close - close.shift((w - 1) // 2)).to_numpy(), w)


def vwma(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.VWMA(m.bar["close"], m.bar["volume"], w)


def vwma_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    close, volume = trailing(m.bar["close"], w), trailing(m.bar["volume"], w)
    return (close * volume).sum(axis=1) / volume.sum(axis=1)


def alma(
    m: Market, at: np.ndarray, w: int = 10, offset: float = 0.85, sigma: float = 6.0
) -> np.ndarray:
    weights = np.exp(-((np.arange(w) - offset * (w - 1)) ** 2) / (2 * (w / sigma) ** 2))
    return trailing(m.bar["close"], w) @ (weights / weights.sum())


def mcginley_dynamic(m: Market, at: np.ndarray, w: int = 10, k: float = 0.6) -> np.ndarray:
    out, average = np.full(len(at), np.nan), np.nan
    for t, close in enumerate(m.bar["close"]):
        if np.isnan(average):
            average = close
        elif not np.isnan(close):
            slow = k * w * (close / average) ** 4
            average += (close - average) / max(slow, 1.0)
        out[t] = average
    return out


def mesa(m: Market, fast: float, slow: float) -> tuple[np.ndarray, np.ndarray]:
    """Ehlers's averages as he writes them: every series with its past, newest first."""
    out, known = np.full((2, len(m.bar["close"])), np.nan), np.isfinite(m.bar["close"])
    close, found = m.bar["close"][known], np.full((2, known.sum()), np.nan)
    smooth, detrended, q1, i1 = ([0.0] * 9 for _ in range(4))
    last_i2 = last_q2 = re = im = period = last_phase = average = following = 0.0

    def hilbert(series: list[float]) -> float:
        size = 0.075 * period + 0.54
        return (0.0962 * (series[0] - series[6]) + 0.5769 * (series[2] - series[4])) * size

    for t, price in enumerate(close):
        if t < 12:
            average = following = price
            continue
        smooth.insert(0, np.dot(close[t - 3 : t + 1], [1, 2, 3, 4]) / 10)
        detrended.insert(0, hilbert(smooth))
        q1.insert(0, hilbert(detrended))
        i1.insert(0, detrended[3])
        i2 = 0.2 * (i1[0] - hilbert(q1)) + 0.8 * last_i2
        q2 = 0.2 * (q1[0] + hilbert(i1)) + 0.8 * last_q2
        re = 0.2 * (i2 * last_i2 + q2 * last_q2) + 0.8 * re
        im = 0.2 * (i2 * last_q2 - q2 * last_i2) + 0.8 * im
        phase = np.degrees(np.arctan(q1[0] / i1[0])) if i1[0] != 0 else 0.0
        share = max(fast / max(last_phase - phase, 1.0), slow)
        average = share * price + (1 - share) * average
        following = 0.5 * share * average + (1 - 0.5 * share) * following
        new = 360 / np.degrees(np.arctan(im / re)) if im != 0 and re != 0 else period
        new = min(max(min(max(new, 0.67 * period), 1.5 * period), 6.0), 50.0)
        last_i2, last_q2, last_phase, period = i2, q2, phase, 0.2 * new + 0.8 * period
        if t >= 32:
            found[:, t] = average, following
    out[:, known] = found
    newest = np.maximum.accumulate(np.where(known, np.arange(len(known)), 0))
    return out[0][newest], out[1][newest]


def mama_by_hand(m: Market, at: np.ndarray, fast: float = 0.5, slow: float = 0.05) -> np.ndarray:
    return mesa(m, fast, slow)[0]


def fama_by_hand(m: Market, at: np.ndarray, fast: float = 0.5, slow: float = 0.05) -> np.ndarray:
    return mesa(m, fast, slow)[1]


def mama(m: Market, at: np.ndarray, fast: float = 0.5, slow: float = 0.05) -> np.ndarray:
    theirs = talib.MAMA(m.bar["close"], fast, slow)[0]
    return np.concatenate([mama_by_hand(m, at, fast, slow)[:800], theirs[800:]])


def fama(m: Market, at: np.ndarray, fast: float = 0.5, slow: float = 0.05) -> np.ndarray:
    theirs = talib.MAMA(m.bar["close"], fast, slow)[1]
    return np.concatenate([fama_by_hand(m, at, fast, slow)[:800], theirs[800:]])
