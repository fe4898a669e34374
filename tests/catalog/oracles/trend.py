"""What directions, stops and their kin must give, from TA-Lib; NumPy's windows where it has another seed or rule."""

import numpy as np
import pandas as pd
import talib
from tests.catalog.market import DAY, Market
from tests.catalog.oracles.averages import smoothed, trailing
from tests.catalog.oracles.lines import later

BARS = (
    "indicators.adx", "indicators.adx(w=5)", "indicators.adxr", "indicators.adxr(w=5)", "indicators.plus_di",
    "indicators.plus_di(w=5)", "indicators.minus_di", "indicators.minus_di(w=5)", "indicators.dx",
    "indicators.dx(w=5)", "indicators.aroon_up", "indicators.aroon_up(w=7)", "indicators.aroon_down",
    "indicators.aroon_down(w=7)", "indicators.aroon_oscillator", "indicators.vortex_plus",
    "indicators.vortex_plus(w=5)", "indicators.vortex_minus", "indicators.vortex_minus(w=5)",
    "indicators.parabolic_sar", "indicators.parabolic_sar(step=0.05, max=0.4)", "indicators.supertrend_direction",
    "indicators.supertrend_direction(w=5, k=1)", "indicators.chande_kroll_stop_position",
    "indicators.chande_kroll_stop_position(p=5, x=2, q=4)", "indicators.chandelier_exit_distance",
    "indicators.chandelier_exit_distance(w=7, k=2)", "indicators.mass_index", "indicators.mass_index(e=4, w=9)",
    "indicators.vertical_horizontal_filter", "indicators.vertical_horizontal_filter(w=7)",
    "indicators.choppiness_index", "indicators.choppiness_index(w=7)", "indicators.alligator_jaw_gap",
    "indicators.alligator_jaw_gap(jaw=8:5, lips=3:1)", "indicators.gator_oscillator",
    "indicators.multi_timeframe_trend_agreement", "indicators.multi_timeframe_trend_agreement(tfs=M5:90m:D1, w=4)",
    "indicators.multi_timeframe_trend_agreement(tfs=M5:M15, w=4)",
    "indicators.rsi_price_divergence", "indicators.rsi_price_divergence(rsi=5, swing=2, w=20)",
    "indicators.gator_oscillator(jaw=8:5, teeth=5:3, lips=3:1)",
)  # fmt: skip
FADED = 600  # bars after which nothing is left of how TA-Lib starts a sum of 14


def hlc(m: Market) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return m.bar["high"], m.bar["low"], m.bar["close"]


def shifted(x: np.ndarray, ticks: int) -> np.ndarray:
    return np.concatenate([np.full(ticks, np.nan), x])[: len(x)]


def true_ranges(m: Market) -> np.ndarray:
    high, low, close = hlc(m)
    last = shifted(close, 1)
    return np.max([high - low, abs(high - last), abs(low - last)], axis=0)


def atr(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return smoothed(true_ranges(m), w, talib.RMA)


def wilder(m: Market, w: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Positive and negative indicator, index and average by the book: sums of the first `w` moves."""
    high, low, _ = hlc(m)
    up, down, span = high - shifted(high, 1), shifted(low, 1) - low, true_ranges(m)
    known = np.isfinite(up + down + span)
    plus, minus = (
        np.where((up > down) & (up > 0), up, 0),
        np.where((down > up) & (down > 0), down, 0),
    )
    a, b, c = (smoothed(np.where(known, x, np.nan), w, talib.RMA) for x in (plus, minus, span))
    a, b = 100 * a / c, 100 * b / c
    index = np.where(known, 100 * abs(a - b) / (a + b), np.nan)
    return a, b, index, smoothed(index, w, talib.RMA)


def plus_di_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return wilder(m, w)[0]


def minus_di_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return wilder(m, w)[1]


def dx_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return wilder(m, w)[2]


def adx_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return wilder(m, w)[3]


def adxr_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    average = wilder(m, w)[3]
    return (average + shifted(average, w - 1)) / 2


def plus_di(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return later(talib.PLUS_DI(*hlc(m), w), plus_di_by_hand(m, at, w), FADED)


def minus_di(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return later(talib.MINUS_DI(*hlc(m), w), minus_di_by_hand(m, at, w), FADED)


def dx(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return later(talib.DX(*hlc(m), w), dx_by_hand(m, at, w), FADED)


def adx(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return later(talib.ADX(*hlc(m), w), adx_by_hand(m, at, w), FADED)


def adxr(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return later(talib.ADXR(*hlc(m), w), adxr_by_hand(m, at, w), FADED)


def recency(x: np.ndarray, w: int) -> np.ndarray:
    """How recent the highest of `w` + 1 values is, in percent."""
    newest_first = trailing(x, w + 1)[:, ::-1]
    since = np.argmax(newest_first, axis=1)
    return np.where(np.isnan(newest_first).any(axis=1), np.nan, 100 * (w - since) / w)


def aroon_up(m: Market, at: np.ndarray, w: int = 25) -> np.ndarray:
    return talib.AROON(m.bar["high"], m.bar["low"], w)[1]


def aroon_up_by_hand(m: Market, at: np.ndarray, w: int = 25) -> np.ndarray:
    return recency(m.bar["high"], w)


def aroon_down(m: Market, at: np.ndarray, w: int = 25) -> np.ndarray:
    return talib.AROON(m.bar["high"], m.bar["low"], w)[0]


def aroon_down_by_hand(m: Market, at: np.ndarray, w: int = 25) -> np.ndarray:
    return recency(-m.bar["low"], w)


def aroon_oscillator(m: Market, at: np.ndarray, w: int = 25) -> np.ndarray:
    return talib.AROONOSC(m.bar["high"], m.bar["low"], w)


def aroon_oscillator_by_hand(m: Market, at: np.ndarray, w: int = 25) -> np.ndarray:
    return recency(m.bar["high"], w) - recency(-m.bar["low"], w)


def vortex_plus(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.VORTEX(*hlc(m), w)[0]


def vortex_plus_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    up = abs(m.bar["high"] - shifted(m.bar["low"], 1))
    return trailing(up, w).sum(axis=1) / trailing(true_ranges(m), w).sum(axis=1)


def vortex_minus(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.VORTEX(*hlc(m), w)[1]


def vortex_minus_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    down = abs(m.bar["low"] - shifted(m.bar["high"], 1))
    return trailing(down, w).sum(axis=1) / trailing(true_ranges(m), w).sum(axis=1)


def parabolic_sar(m: Market, at: np.ndarray, step: float = 0.02, max: float = 0.2) -> np.ndarray:
    """A bar that is not known moves nothing, as if it were not there."""
    high, low, _ = hlc(m)
    out, known = np.full(len(at), np.nan), np.isfinite(high) & np.isfinite(low)
    out[known] = talib.SAR(high[known], low[known], step, max)
    return out


def supertrend_direction(m: Market, at: np.ndarray, w: int = 10, k: float = 3.0) -> np.ndarray:
    turned = talib.SUPERTREND(*hlc(m), w, k)[1].astype(float)
    return np.where(turned == 0, np.nan, turned)


def supertrend_direction_by_hand(
    m: Market, at: np.ndarray, w: int = 10, k: float = 3.0
) -> np.ndarray:
    high, low, close = hlc(m)
    out, distance = np.full(len(at), np.nan), k * atr(m, at, w)
    upper, lower, last, side = np.inf, -np.inf, np.nan, 1.0
    for t in np.flatnonzero(np.isfinite(high + low + close + distance)):
        above, below = (high[t] + low[t]) / 2 + distance[t], (high[t] + low[t]) / 2 - distance[t]
        upper = above if last > upper else min(upper, above)
        lower = below if last < lower else max(lower, below)
        if not np.isnan(last) and (close[t] < lower if side == 1 else close[t] > upper):
            side = -side
        last, out[t] = close[t], side
    return out


def chande_kroll_stop_position(
    m: Market, at: np.ndarray, p: int = 10, x: float = 1.0, q: int = 9
) -> np.ndarray:
    high, low, close = hlc(m)
    size = atr(m, at, p)
    long = trailing(trailing(high, p).max(axis=1) - x * size, q).max(axis=1)
    short = trailing(trailing(low, p).min(axis=1) + x * size, q).min(axis=1)
    return (close - (long + short) / 2) / size


def chandelier_exit_distance(m: Market, at: np.ndarray, w: int = 22, k: float = 3.0) -> np.ndarray:
    size = talib.ATR(*hlc(m), w)
    return (m.bar["close"] - (talib.MAX(m.bar["high"], w) - k * size)) / size


def chandelier_exit_distance_by_hand(
    m: Market, at: np.ndarray, w: int = 22, k: float = 3.0
) -> np.ndarray:
    size = atr(m, at, w)
    return (m.bar["close"] - (trailing(m.bar["high"], w).max(axis=1) - k * size)) / size


def mass_index(m: Market, at: np.ndarray, e: int = 9, w: int = 25) -> np.ndarray:
    return talib.MASSI(m.bar["high"], m.bar["low"], e, w)


def mass_index_by_hand(m: Market, at: np.ndarray, e: int = 9, w: int = 25) -> np.ndarray:
    once = smoothed(m.bar["high"] - m.bar["low"], e)
    return trailing(once / smoothed(once, e), w).sum(axis=1)


def vertical_horizontal_filter(m: Market, at: np.ndarray, w: int = 28) -> np.ndarray:
    return talib.VHF(m.bar["close"], w)


def vertical_horizontal_filter_by_hand(m: Market, at: np.ndarray, w: int = 28) -> np.ndarray:
    values = trailing(m.bar["close"], w + 1)
    return np.ptp(values[:, 1:], axis=1) / abs(np.diff(values, axis=1)).sum(axis=1)


def choppiness_index(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    span = trailing(m.bar["high"], w).max(axis=1) - trailing(m.bar["low"], w).min(axis=1)
    return 100 * np.log10(trailing(true_ranges(m), w).sum(axis=1) / span) / np.log10(w)


def mouth(m: Market, *lines: tuple[int, ...]) -> list[np.ndarray]:
    """The alligator's lines, each from its length and shift."""
    middle = (m.bar["high"] + m.bar["low"]) / 2
    return [shifted(smoothed(middle, length, talib.RMA), shift) for length, shift in lines]


def alligator_jaw_gap(
    m: Market, at: np.ndarray, jaw: tuple[int, ...] = (13, 8), lips: tuple[int, ...] = (5, 3)
) -> np.ndarray:
    lower, upper = mouth(m, jaw, lips)
    return (upper - lower) / m.bar["close"]


def gator_oscillator(
    m: Market,
    at: np.ndarray,
    jaw: tuple[int, ...] = (13, 8),
    teeth: tuple[int, ...] = (8, 5),
    lips: tuple[int, ...] = (5, 3),
) -> np.ndarray:
    a, b, c = mouth(m, jaw, teeth, lips)
    return (abs(a - b) - abs(b - c)) / m.bar["close"]


MINUTE = 60_000_000_000
FRAMES = {"M1": MINUTE, "M5": 5 * MINUTE, "M15": 15 * MINUTE, "90m": 90 * MINUTE, "H1": 60 * MINUTE}
FRAMES |= {"H4": 240 * MINUTE, "D1": DAY}


def sampled(m: Market, width: int, statistic: object) -> np.ndarray:
    """A statistic of the bars of one width, as each bar knows it: that of the last that has ended."""
    ends = -(-m.bar["time"] // width) * width
    bars = m.bars().groupby(ends).agg({"high": "max", "low": "min", "close": "last"})
    known = np.searchsorted(bars.index.to_numpy(), m.bar["time"], side="right") - 1
    values = np.append(statistic(bars), np.nan)  # type: ignore[operator]
    return values[known]


def multi_timeframe_trend_agreement(
    m: Market,
    at: np.ndarray,
    tfs: tuple[str, ...] = ("M1", "M5", "M15", "H1", "H4", "D1"),
    w: int = 20,
) -> np.ndarray:
    def side(bars: pd.DataFrame) -> np.ndarray:
        close = bars["close"].to_numpy()
        return np.sign(close - smoothed(close, w))

    return np.mean([sampled(m, FRAMES[tf], side) for tf in tfs], axis=0)


def rsi_price_divergence(
    m: Market, at: np.ndarray, rsi: int = 14, swing: int = 5, w: int = 60
) -> np.ndarray:
    high, low, close = hlc(m)
    out, change = np.full(len(at), np.nan), close - shifted(close, 1)
    up = smoothed(np.maximum(change, 0), rsi, talib.RMA)
    down = smoothed(np.maximum(-change, 0), rsi, talib.RMA)
    strength = 100 * up / (up + down)
    swings: dict[int, list[int]] = {1: [], -1: []}
    for t in range(2 * swing, len(at)):
        p, around = t - swing, slice(t - 2 * swing, t + 1)
        if not np.isfinite([*high[around], *low[around], strength[p]]).all():
            continue
        out[t] = 0.0
        for sign, price in ((1, low), (-1, -high)):
            if price[p] == price[around].min() and (price[around] == price[p]).sum() == 1:
                if swings[sign] and p - swings[sign][-1] <= w:
                    q = swings[sign][-1]
                    apart = price[p] < price[q] and sign * strength[p] > sign * strength[q]
                    out[t] += sign * apart
                swings[sign].append(p)
    return out
