"""What volume of bars must give: statistics and what is added up, from TA-Lib, pandas, SciPy and statsmodels."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import scipy.stats
import talib
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.stattools import acf
from tests.catalog.market import DAY, Market
from tests.catalog.oracles.by_hand import accumulation_distribution_by_hand, known_only
from tests.catalog.oracles.stats import NAN, log_return, simple_return
from tests.catalog.oracles.volume import ratio, rolled

BARS = (
    "volume.time_of_day_relative_volume", "volume.time_of_day_relative_volume(days=3)",
    "volume.time_of_day_relative_volume(days=2, slot=4h)", "volume.volume_percentile", "volume.volume_percentile(w=20)",
    "volume.volume_oscillator_pct", "volume.volume_oscillator_pct(fast=3, slow=9)", "volume.volume_weighted_momentum",
    "volume.up_volume_share", "volume.up_volume_share(w=5)", "volume.volume_autocorrelation",
    "volume.volume_autocorrelation(w=20, k=3)", "volume.volume_price_correlation",
    "volume.volume_price_correlation(w=10)", "volume.chaikin_oscillator", "volume.chaikin_oscillator(fast=5, slow=20)",
    "volume.ease_of_movement", "volume.ease_of_movement(w=5, scale=1e4)", "volume.price_volume_trend",
    "volume.negative_volume_index", "volume.positive_volume_index(base=100)", "volume.positive_volume_index",
    "volume.klinger_volume_oscillator", "volume.klinger_volume_oscillator(fast=5, slow=9)",
    "volume.volume_flow_indicator", "volume.volume_flow_indicator(w=20, coef=0.1, vcoef=1.5)",
    "volume.twiggs_money_flow", "volume.twiggs_money_flow(w=5)", "volume.williams_accumulation_distribution",
    "volume.market_facilitation_index", "volume.unexpected_volume",
    "volume.unexpected_volume(w=40, lags=2, refit=10)",
)  # fmt: skip


def flat(values: np.ndarray) -> bool:
    return bool((values == values[0]).all())


def time_of_day_relative_volume(
    m: Market, at: np.ndarray, days: int = 20, slot: str = "1m"
) -> np.ndarray:
    place = pd.Series((m.bar["time"] - 1) % DAY // pd.Timedelta(slot).value)
    volume = pd.Series(m.bar["volume"])
    usual = volume.groupby(place).transform(
        lambda v: v.rolling(days).apply(np.mean, raw=True).shift(1)
    )
    return ratio(volume.to_numpy(), usual.to_numpy())


def volume_percentile(m: Market, at: np.ndarray, w: int = 250) -> np.ndarray:
    def rank(v: np.ndarray) -> float:
        return scipy.stats.percentileofscore(v[:-1], v[-1], kind="mean") / 100

    return rolled(m.bar["volume"], w, rank)


def volume_oscillator_pct(m: Market, at: np.ndarray, fast: int = 12, slow: int = 26) -> np.ndarray:
    slower = talib.EMA(m.bar["volume"], slow) if len(at) >= slow else np.full(len(at), NAN)
    return 100 * ratio(
        (talib.EMA(m.bar["volume"], fast) if len(at) >= slow else slower) - slower, slower
    )


def volume_weighted_momentum(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    r, v, out = log_return(m, at), m.bar["volume"], np.full(len(at), NAN)
    for t in range(w, len(at)):
        window = slice(t - w + 1, t + 1)
        if v[window].any():
            out[t] = np.average(r[window], weights=v[window])
    return out


def up_volume_share(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    change = np.diff(m.bar["close"], prepend=NAN)
    up = np.where(np.isnan(change), NAN, m.bar["volume"] * (change > 0))
    return ratio(rolled(up, w, np.sum), rolled(m.bar["volume"], w, np.sum))


def volume_autocorrelation(m: Market, at: np.ndarray, w: int = 60, k: int = 1) -> np.ndarray:
    def at_lag(v: np.ndarray) -> float:
        return NAN if flat(v) else acf(v - v.mean(), nlags=k, fft=False)[k]

    return rolled(np.log1p(m.bar["volume"]), w, at_lag)


def volume_price_correlation(m: Market, at: np.ndarray, w: int = 60) -> np.ndarray:
    r, v, out = np.abs(log_return(m, at)), np.log1p(m.bar["volume"]), np.full(len(at), NAN)
    for t in range(w, len(at)):
        x, y = r[t - w + 1 : t + 1], v[t - w + 1 : t + 1]
        if not (np.isnan(x).any() or flat(x) or flat(y)):
            out[t] = np.corrcoef(x, y)[0, 1]
    return out


def chaikin_oscillator(m: Market, at: np.ndarray, fast: int = 3, slow: int = 10) -> np.ndarray:
    return talib.ADOSC(m.bar["high"], m.bar["low"], m.bar["close"], m.bar["volume"], fast, slow)


def chaikin_oscillator_by_hand(
    m: Market, at: np.ndarray, fast: int = 3, slow: int = 10
) -> np.ndarray:
    line = pd.Series(accumulation_distribution_by_hand(m, at))
    fade = [line.ewm(span=span, adjust=False).mean() for span in (fast, slow)]
    return (fade[0] - fade[1]).where(np.arange(len(at)) >= slow - 1).to_numpy()


def ease_of_movement(m: Market, at: np.ndarray, w: int = 14, scale: float = 1e8) -> np.ndarray:
    high, low, volume = (m.bar[name] for name in ("high", "low", "volume"))
    move = np.diff((high + low) / 2, prepend=NAN) * (high - low)
    traded = np.flatnonzero(volume > 0)
    smooth = pd.Series(move[traded] / (volume[traded] / scale), index=traded).rolling(w)
    return smooth.apply(np.mean, raw=True).reindex(range(len(at)), method="ffill").to_numpy()


def price_volume_trend(m: Market, at: np.ndarray) -> np.ndarray:
    return talib.PVT(m.bar["close"], m.bar["volume"])


def price_volume_trend_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    return np.nancumsum(m.bar["volume"] * simple_return(m, at))


def index(m: Market, moves: np.ndarray, base: float) -> np.ndarray:
    growth = m.bars()["close"].pct_change(fill_method=None).to_numpy() + 1
    return base * np.cumprod(np.where(moves & ~np.isnan(growth), growth, 1.0))


def negative_volume_index(m: Market, at: np.ndarray, base: float = 1000) -> np.ndarray:
    return talib.NVI(m.bar["close"], m.bar["volume"]) * base / 1000


def positive_volume_index(m: Market, at: np.ndarray, base: float = 1000) -> np.ndarray:
    return talib.PVI(m.bar["close"], m.bar["volume"]) * base / 1000


def negative_volume_index_by_hand(m: Market, at: np.ndarray, base: float = 1000) -> np.ndarray:
    return index(m, np.diff(m.bar["volume"], prepend=NAN) < 0, base)


def positive_volume_index_by_hand(m: Market, at: np.ndarray, base: float = 1000) -> np.ndarray:
    return index(m, np.diff(m.bar["volume"], prepend=NAN) > 0, base)


def klinger_force(m: Market) -> np.ndarray:
    """The volume force, from bar to bar with known prices."""
    high, low, close = (m.bar[name] for name in ("high", "low", "close"))
    known = np.flatnonzero(~np.isnan(high + low + close))
    price, spread = np.round((high + low + close)[known], 9), (high - low)[known]
    out, total, trend = np.full(len(high), NAN), 0.0, 0
    for k in range(1, len(known)):
        way = 1 if price[k] > price[k - 1] else -1
        total = total + spread[k] if way == trend else spread[k - 1] + spread[k]
        trend = way
        if total:
            out[known[k]] = 100 * m.bar["volume"][known[k]] * abs(2 * spread[k] / total - 1) * way
    return out


def klinger_volume_oscillator(
    m: Market, at: np.ndarray, fast: int = 34, slow: int = 55
) -> np.ndarray:
    force = klinger_force(m)
    return known_only(force, 2 / (fast + 1), fast) - known_only(force, 2 / (slow + 1), slow)


def volume_flow_indicator(
    m: Market, at: np.ndarray, w: int = 130, coef: float = 0.2, vcoef: float = 2.5
) -> np.ndarray:
    volume, price = m.bar["volume"], (m.bar["high"] + m.bar["low"] + m.bar["close"]) / 3
    usual = np.concatenate([[NAN], rolled(volume, w, np.mean)[:-1]])
    moves = np.diff(np.log(price), prepend=NAN)
    spread = rolled(moves, 30, lambda v: 0.0 if flat(v) else np.std(v, ddof=1))
    cutoff, move = coef * spread * m.bar["close"], np.diff(price, prepend=NAN)
    way = np.where(np.isnan(cutoff + move), NAN, (move > cutoff) * 1.0 - (move < -cutoff))
    return ratio(rolled(np.minimum(volume, vcoef * usual) * way, w, np.sum), usual)


def twiggs_money_flow(m: Market, at: np.ndarray, w: int = 21) -> np.ndarray:
    last, close = np.concatenate([[NAN], m.bar["close"][:-1]]), m.bar["close"]
    high, low = np.maximum(m.bar["high"], last), np.minimum(m.bar["low"], last)
    place = np.where(high == low, 0.0, 2 * (close - low) / (high - low) - 1)
    flow = place * m.bar["volume"]
    size = np.where(np.isnan(flow), NAN, m.bar["volume"])
    return ratio(known_only(flow, 1 / w, w), known_only(size, 1 / w, w))


def williams_accumulation_distribution(m: Market, at: np.ndarray) -> np.ndarray:
    return talib.WAD(m.bar["high"], m.bar["low"], m.bar["close"])


def williams_accumulation_distribution_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    close, last = m.bar["close"], np.concatenate([[NAN], m.bar["close"][:-1]])
    up, down = np.minimum(m.bar["low"], last), np.maximum(m.bar["high"], last)
    return np.nancumsum(np.select([close > last, close < last], [close - up, close - down], 0.0))


def market_facilitation_index(m: Market, at: np.ndarray) -> np.ndarray:
    return talib.MARKETFI(m.bar["high"], m.bar["low"], m.bar["volume"])


def market_facilitation_index_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    return ratio(m.bar["high"] - m.bar["low"], m.bar["volume"])


def beyond(y: np.ndarray, w: int, refit: int, lags: int, fit: Callable[..., Any]) -> np.ndarray:
    """What a series is above what its own past says, with coefficients that are fitted now and then."""
    out, found = np.full(len(y), NAN), None
    for t in range(lags, len(y)):
        if t % refit == 0 and t >= w:
            new = fit(y[t - w : t], lags)
            found = found if new is None else new
        if found is not None:
            out[t] = y[t] - found[0] - found[1:] @ y[t - lags : t][::-1]
    return out


def by_autoreg(window: np.ndarray, lags: int) -> np.ndarray:
    return np.asarray(AutoReg(window, lags, trend="c").fit().params)


def by_least_squares(window: np.ndarray, lags: int) -> np.ndarray | None:
    """Over the rows without a gap; None where there are too few, or no one solution."""
    rows = np.array([window[k - lags : k + 1] for k in range(lags, len(window))])
    rows = rows[~np.isnan(rows).any(axis=1)]
    x = np.column_stack([np.ones(len(rows)), rows[:, :lags][:, ::-1]])
    if len(rows) < 2 * (lags + 1) or np.linalg.matrix_rank(x) <= lags:
        return None
    return np.linalg.lstsq(x, rows[:, lags])[0]


def unexpected_volume(
    m: Market, at: np.ndarray, w: int = 250, lags: int = 5, refit: int = 50
) -> np.ndarray:
    return beyond(np.log(m.bar["volume"]), w, refit, lags, by_autoreg)


def unexpected_volume_by_hand(
    m: Market, at: np.ndarray, w: int = 250, lags: int = 5, refit: int = 50
) -> np.ndarray:
    volume = np.where(m.bar["volume"] > 0, m.bar["volume"], NAN)
    return beyond(np.log(volume), w, refit, lags, by_least_squares)
