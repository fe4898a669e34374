"""What the rest of price must give: shapes of bars, trends, swings, openings."""

import itertools

import numpy as np
import pandas as pd
import talib
from tests.catalog.market import DAY, SECOND, Market
from tests.catalog.oracles.by_hand import true_range_by_hand
from tests.catalog.oracles.stats import NAN, log_return
from tests.catalog.oracles.volume import ratio, rolled

BARS = (
    "price.volatility_adjusted_return", "price.volatility_adjusted_return(w=10)", "price.momentum_12_1",
    "price.momentum_12_1(lookback=20, skip=0)", "price.quadratic_trend_curvature",
    "price.quadratic_trend_curvature(w=5)", "price.fib_retracement_position",
    "price.fib_retracement_position(w=10, pct=0.005)", "price.fib_retracement_position(pct=0.002, measure=nearest)",
    "price.median_price", "price.weighted_close", "price.average_price", "price.heikin_ashi_close", "price.bar_range",
    "price.upper_shadow_ratio", "price.lower_shadow_ratio", "price.bars_since_new_high",
    "price.bars_since_new_high(w=10)", "price.inside_bar", "price.outside_bar", "price.narrow_range_n",
    "price.narrow_range_n(n=3)", "price.wide_range_bar", "price.wide_range_bar(w=5, k=1.2)",
    "price.opening_range_position", "price.opening_range_position(minutes=30, session=1d+13h30m)",
    "price.opening_range_position(minutes=180)",
)  # fmt: skip
TRADES = (
    "price.tick_direction_run_length", "price.running_session_high_distance",
    "price.running_session_high_distance(session=60s)",
)  # fmt: skip
PAIRS = ("price.excess_return", "price.excess_return(asset=b, bench=a)")
RATIOS = np.array([0.236, 0.382, 0.5, 0.618, 0.786])


def parts(m: Market) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return m.bar["open"], m.bar["high"], m.bar["low"], m.bar["close"]


def volatility_adjusted_return(m: Market, at: np.ndarray, w: int = 60) -> np.ndarray:
    r = log_return(m, at)
    spread = rolled(r, w, lambda v: np.std(v, ddof=1) if (v != v[0]).any() else 0.0)
    return ratio(r, np.concatenate([[NAN], spread[:-1]]))


def momentum_12_1(m: Market, at: np.ndarray, lookback: int = 252, skip: int = 21) -> np.ndarray:
    close = m.bars()["close"]
    return (close.shift(skip) / close.shift(lookback) - 1).to_numpy()


def quadratic_trend_curvature(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    def bend(v: np.ndarray) -> float:
        return np.polyfit(np.arange(w) - (w - 1) / 2, v - v[-1], 2)[0] / v[-1]

    return rolled(m.bar["close"], w, bend)


def swings(high: np.ndarray, low: np.ndarray, pct: float) -> list[tuple[int, float]]:
    """Pivots as (bar at which they are known, price): the first bar whose price is so far from the end before it."""
    known = np.flatnonzero(~np.isnan(high) & ~np.isnan(low))
    found: list[tuple[int, float]] = []
    ends = {1: -np.inf, -1: np.inf}
    side = 0
    for t in known:
        turned = 0
        if side <= 0 and high[t] >= ends[-1] * (1 + pct) and not (side < 0 and low[t] < ends[-1]):
            turned = 1
        elif side >= 0 and low[t] <= ends[1] * (1 - pct) and not (side > 0 and high[t] > ends[1]):
            turned = -1
        if turned:
            found.append((t, ends[-turned]))
            side, ends = turned, {1: high[t], -1: low[t]}
        else:
            ends = {1: max(ends[1], high[t]), -1: min(ends[-1], low[t])}
    return found


def fib_retracement_position(
    m: Market, at: np.ndarray, w: int = 120, pct: float = 0.03, measure: str = "position"
) -> np.ndarray:
    _, high, low, close = parts(m)
    out, found = np.full(len(close), NAN), swings(high, low, pct)
    for (_, old), (start, last) in itertools.pairwise(found):
        part = slice(start, start + w)
        out[start:] = NAN
        place = (close[part] - min(old, last)) / (max(old, last) - min(old, last))
        if measure == "nearest":
            back = (close[part] - last) / (old - last)
            away = back[:, None] - RATIOS
            place = away[np.arange(len(back)), np.argmin(np.abs(away), axis=1)]
        out[part] = place
    return out


def median_price(m: Market, at: np.ndarray) -> np.ndarray:
    return talib.MEDPRICE(m.bar["high"], m.bar["low"])


def weighted_close(m: Market, at: np.ndarray) -> np.ndarray:
    return talib.WCLPRICE(m.bar["high"], m.bar["low"], m.bar["close"])


def average_price(m: Market, at: np.ndarray) -> np.ndarray:
    return talib.AVGPRICE(*parts(m))


def median_price_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    return np.mean(parts(m)[1:3], axis=0)


def weighted_close_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    return np.average(parts(m)[1:], weights=[1, 1, 2], axis=0)


def average_price_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    return np.mean(parts(m), axis=0)


def heikin_ashi_close(m: Market, at: np.ndarray) -> np.ndarray:
    start, _, _, close = talib.HA(*parts(m))
    return close / start - 1


def heikin_ashi_close_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    close = average_price_by_hand(m, at)
    out, start = np.full(len(close), NAN), (m.bar["open"][0] + m.bar["close"][0]) / 2
    for t, value in enumerate(close):
        out[t] = value / start - 1
        start = start if np.isnan(value) else (start + value) / 2
    return out


def bar_range(m: Market, at: np.ndarray) -> np.ndarray:
    return m.bar["high"] - m.bar["low"]


def upper_shadow_ratio(m: Market, at: np.ndarray) -> np.ndarray:
    first, high, low, close = parts(m)
    return np.where(high == low, 0.0, (high - np.maximum(first, close)) / (high - low))


def lower_shadow_ratio(m: Market, at: np.ndarray) -> np.ndarray:
    first, high, low, close = parts(m)
    return np.where(high == low, 0.0, (np.minimum(first, close) - low) / (high - low))


def bars_since_new_high(m: Market, at: np.ndarray, w: int = 250) -> np.ndarray:
    high = m.bar["high"]
    highest = [t for t in range(w - 1, len(high)) if high[t] == high[t - w + 1 : t + 1].max()]
    last = np.searchsorted(highest, np.arange(len(high)), side="right") - 1
    return np.array([t - highest[k] if k >= 0 else NAN for t, k in enumerate(last)])


def beside(m: Market) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Bars, the ones before, and where both are known."""
    frame, last = m.bars(), m.bars().shift(1)
    return frame, last, (frame["high"] + frame["low"] + last["high"] + last["low"]).notna()


def inside_bar(m: Market, at: np.ndarray) -> np.ndarray:
    frame, last, known = beside(m)
    inside = (frame["high"] <= last["high"]) & (frame["low"] >= last["low"])
    return inside.astype(float).where(known).to_numpy()


def outside_bar(m: Market, at: np.ndarray) -> np.ndarray:
    frame, last, known = beside(m)
    outside = (frame["high"] > last["high"]) & (frame["low"] < last["low"])
    return (outside * np.sign(frame["close"] - frame["open"])).where(known).to_numpy()


def narrow_range_n(m: Market, at: np.ndarray, n: int = 7) -> np.ndarray:
    width = pd.Series(np.round(bar_range(m, at), 9))
    least = width.rolling(n).min()
    return (width == least).astype(float).where(least.notna()).to_numpy()


def wide_range_bar(m: Market, at: np.ndarray, w: int = 20, k: float = 2.0) -> np.ndarray:
    width = true_range_by_hand(m, at)
    usual = np.concatenate([[NAN], rolled(width, w, np.mean)[:-1]])
    sign = np.sign(m.bar["close"] - m.bar["open"])
    return np.where(np.isnan(ratio(width, usual)), NAN, (ratio(width, usual) >= k) * sign)


def first_part(m: Market, minutes: int, session: str) -> tuple[np.ndarray, np.ndarray]:
    """High and low of each session's first minutes, at the bars that end after them."""
    offset = 13.5 * 3600 * SECOND if "13h30m" in session else 0
    since = m.bar["time"] - 1 - int(offset)
    day, early = since // DAY, since % DAY < minutes * 60 * SECOND
    high = pd.Series(np.where(early, m.bar["high"], NAN)).groupby(day).transform("max")
    low = pd.Series(np.where(early, m.bar["low"], NAN)).groupby(day).transform("min")
    return high.mask(early).to_numpy(), low.mask(early).to_numpy()


def opening_range_position(
    m: Market, at: np.ndarray, minutes: int = 15, session: str = "1d"
) -> np.ndarray:
    high, low = first_part(m, minutes, session)
    return ratio(m.bar["close"] - low, high - low)


def tick_direction_run_length(m: Market, at: np.ndarray) -> np.ndarray:
    price, out = m.trade["price"], np.full(len(at), NAN)
    way, run = 0.0, 0
    for t in range(1, len(price)):
        now = np.sign(price[t] - price[t - 1]) or way
        run = run + 1 if now == way else 1
        way = now
        out[t] = run * way if way else NAN
    return out


def running_session_high_distance(m: Market, at: np.ndarray, session: str = "1d") -> np.ndarray:
    groups = m.trade["time"] // (DAY if session == "1d" else pd.Timedelta(session).value)
    price = pd.Series(m.trade["price"])
    before = price.groupby(groups).cummax().groupby(groups).shift(1)
    return ((before - price) / price).to_numpy()


def excess_return(m: Market, at: np.ndarray, bench: str = "b", asset: str = "a") -> np.ndarray:
    moves = []
    for role in (asset, bench):
        counts = np.searchsorted(m.roles[role]["time"], at, side="left")
        close = np.concatenate([[NAN], m.roles[role]["close"]])[counts]
        moves.append(np.diff(np.log(close), prepend=NAN))
    return moves[0] - moves[1]
