"""What the moves of quotes must give, by brute force over quotes."""

import numpy as np
import pandas as pd
from statsmodels.tsa.ar_model import AutoReg
from tests.catalog.market import SECOND, Market
from tests.catalog.oracles.micro import bid_ask_spread, mid_price
from tests.catalog.oracles.order_flow import nano, sides, windows
from tests.catalog.oracles.stats import NAN, seen

QUOTES = (
    "microstructure.log_quoted_spread", "microstructure.spread_in_ticks",
    "microstructure.spread_in_ticks(tick=0.25)",
    "microstructure.mid_change_rate", "microstructure.mid_change_rate(W=3s)", "microstructure.quote_flicker_rate",
    "microstructure.quote_flicker_rate(W=3s, max_ms=2000)", "microstructure.quote_age",
    "microstructure.quote_volatility", "microstructure.quote_volatility(W=3s)", "microstructure.crossed_locked_share",
    "microstructure.crossed_locked_share(W=7s)", "microstructure.quote_slope", "microstructure.quote_slope(log=log1p)",
    "microstructure.market_depth_hasbrouck_seppi", "microstructure.market_depth_hasbrouck_seppi(log=log1p)",
)  # fmt: skip
QUOTED = (
    "microstructure.mid_change_rate(W=5s)", "microstructure.quote_age", "microstructure.quote_volatility(W=9s)",
    "microstructure.crossed_locked_share(W=11s)", "microstructure.spread_mean_reversion_speed",
    "microstructure.spread_mean_reversion_speed(w=15)",
    "microstructure.spread_mean_reversion_speed(w=12, sample=500ms)", "microstructure.depth_resilience",
    "microstructure.depth_resilience(frac=0.9, T=2s, span=4, side=ask, sign=tick)",
    "microstructure.depth_resilience(frac=0.9, T=3s, side=bid)",
)  # fmt: skip


def per_second(m: Market, at: np.ndarray, W: str, flags: np.ndarray) -> np.ndarray:
    counts = [flags[r].sum() for r in windows(m.quote["time"], at, W)]
    return np.array(counts, float) / pd.Timedelta(W).total_seconds()


def mid_change_rate(m: Market, at: np.ndarray, W: str = "60s") -> np.ndarray:
    twice = [None if a is None or b is None else a + b for a, b in zip(
        nano(m.quote["ask_price"]), nano(m.quote["bid_price"]), strict=True)]  # fmt: skip
    flags, known = np.zeros(len(twice), bool), None
    for i, now in enumerate(twice):
        if now is not None:
            flags[i], known = known is not None and now != known, now
    return per_second(m, at, W, flags)


def quote_flicker_rate(
    m: Market, at: np.ndarray, W: str = "60s", max_ms: float = 100.0
) -> np.ndarray:
    time, total = m.quote["time"], np.zeros(len(at))
    for name in ("bid_price", "ask_price"):
        price = np.nan_to_num(m.quote[name])
        changes = [i for i in range(len(price)) if i == 0 or price[i] != price[i - 1]]
        flags = np.zeros(len(price), bool)
        for before, last, now in zip(changes, changes[1:], changes[2:], strict=False):
            soon = time[now] - time[last] <= max_ms * 1e6
            flags[now] = price[now] == price[before] and soon
        total += per_second(m, at, W, flags)
    return total


def quote_age(m: Market, at: np.ndarray) -> np.ndarray:
    prices = np.nan_to_num(np.column_stack([m.quote["bid_price"], m.quote["ask_price"]]))
    moved = np.ones(len(prices), bool)
    moved[1:] = (prices[1:] != prices[:-1]).any(axis=1)
    last = np.maximum.accumulate(np.where(moved, m.quote["time"], 0))
    count = seen(m.quote["time"], at)
    return np.where(count > 0, (at - last[count - 1]) / 1e9, NAN)


def in_force(
    m: Market, at: np.ndarray, W: str, values: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The values that were in force in each row's window, and for how long; one for a moment before any time passed."""
    times, width, out = m.quote["time"], pd.Timedelta(W).value, []
    for t, n in zip(at, seen(times, at), strict=True):
        start = max(t - width, times[0])
        edges = np.clip(np.append(times[:n], t), start, t)
        lengths = np.diff(edges)
        held = lengths > 0
        if n and not held.any():
            out.append((values[n - 1 : n], np.ones(1)))
        else:
            out.append((values[:n][held], lengths[held].astype(float)))
    return out


def quote_volatility(m: Market, at: np.ndarray, W: str = "60s") -> np.ndarray:
    out = np.full(len(at), NAN)
    for row, (mid, held) in enumerate(in_force(m, at, W, mid_price(m, at))):
        if len(mid) and np.isfinite(mid).all():
            base = mid[-1]
            mean = np.average(mid - base, weights=held)
            out[row] = np.sqrt(np.average((mid - base - mean) ** 2, weights=held)) / (base + mean)
    return out


def crossed_locked_share(m: Market, at: np.ndarray, W: str = "300s") -> np.ndarray:
    flags = (m.quote["bid_price"] >= m.quote["ask_price"]).astype(float)
    found = in_force(m, at, W, flags)
    return np.array([np.average(f, weights=held) if len(f) else NAN for f, held in found])


def spread_mean_reversion_speed(
    m: Market, at: np.ndarray, w: int = 500, sample: str = "1s"
) -> np.ndarray:
    width = pd.Timedelta(sample).value
    start = min(m.quote["time"][0], m.trade["time"][0] if m.trade else m.quote["time"][0])
    ends = np.arange(start // width * width + width, at[-1] + 1, width)
    count = np.searchsorted(m.quote["time"], ends, side="left")
    spread = np.concatenate([[NAN], bid_ask_spread(m, at)])[count]
    values = np.full(len(ends) + 1, NAN)
    for n in range(w, len(ends) + 1):
        part = spread[n - w : n]
        if np.isfinite(part).all() and (part[:-1] != part[0]).any():
            slope = AutoReg(part, lags=1).fit().params[1]
            values[n] = -np.log(slope) / (width / SECOND) if slope > 1e-12 else NAN
    return values[np.searchsorted(ends, at, side="right")]


def depth_resilience(
    m: Market,
    at: np.ndarray,
    frac: float = 0.5,
    T: str = "5s",
    span: float = 20.0,
    side: str = "both",
    sign: str = "flag",
) -> np.ndarray:
    names = ("bid", "ask") if side == "both" else (side,)
    means = [one_side(m, at, frac, pd.Timedelta(T).value, span, name, sign) for name in names]
    return sum(means) / len(means)


def one_side(
    m: Market, at: np.ndarray, frac: float, limit: int, span: float, name: str, sign: str
) -> np.ndarray:
    size, times = m.quote[f"{name}_size"], m.quote["time"]
    trades = m.trade["time"][sides(m, sign) == (-1 if name == "bid" else 1)]
    mean, means, free = NAN, np.full(len(size) + 1, NAN), 0
    episodes = []
    follows = np.searchsorted(
        times, trades, side="left"
    )  # a quote of a trade's time comes after it
    last = np.searchsorted(trades, times, side="right")  # trades that each quote follows
    for i in range(len(size)):
        fresh = last[i] > (last[i - 1] if i else 0)
        if not fresh or i < free:
            continue
        before = follows[last[i] - 1] - 1
        if before >= 0 and size[i] < frac * size[before]:
            wanted = frac * size[before]
            end = next(
                (
                    j
                    for j in range(i + 1, len(size))
                    if size[j] >= wanted or times[j] - times[i] >= limit
                ),
                None,
            )
            if end is None:
                break
            episodes.append((end, min(times[end] - times[i], limit) / 1e9))
            free = end
    for end, seconds in episodes:
        mean = seconds if np.isnan(mean) else mean + 2 / (span + 1) * (seconds - mean)
        means[end + 1 :] = mean
    return means[seen(times, at)]


def market_depth_hasbrouck_seppi(m: Market, at: np.ndarray, log: str = "log") -> np.ndarray:
    sizes = [np.where(m.quote[n] > 0, m.quote[n], NAN) for n in ("bid_size", "ask_size")]
    rule = {"log": np.log, "log1p": np.log1p}[log]
    return rule(sizes[0]) + rule(sizes[1])


def quote_slope(m: Market, at: np.ndarray, log: str = "log") -> np.ndarray:
    depth = market_depth_hasbrouck_seppi(m, at, log)
    return bid_ask_spread(m, at) / np.where(depth == 0, NAN, depth)


def log_quoted_spread(m: Market, at: np.ndarray) -> np.ndarray:
    logs = np.log(m.quote["ask_price"]) - np.log(m.quote["bid_price"])
    return np.where(m.quote["ask_price"] >= m.quote["bid_price"], logs, NAN)


def spread_in_ticks(m: Market, at: np.ndarray, tick: float = 0.01) -> np.ndarray:
    return np.round(bid_ask_spread(m, at) / tick)
