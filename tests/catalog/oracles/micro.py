"""What microstructure must give, from NumPy, SciPy and brute force on whole columns."""

from collections import Counter

import numpy as np
import pandas as pd
import scipy.stats
from tests.catalog.market import Market
from tests.catalog.oracles.stats import NAN, log_return
from tests.catalog.oracles.volume import between, per_row, ratio

ROOT8 = 3 - 2 * np.sqrt(2)


def top(m: Market) -> tuple[np.ndarray, ...]:
    return tuple(m.quote[name] for name in ("bid_price", "bid_size", "ask_price", "ask_size"))


def mid_price(m: Market, at: np.ndarray) -> np.ndarray:
    return (m.quote["ask_price"] + m.quote["bid_price"]) / 2


def bid_ask_spread(m: Market, at: np.ndarray) -> np.ndarray:
    spread = m.quote["ask_price"] - m.quote["bid_price"]
    return np.where(spread < 0, NAN, spread)


def relative_spread(m: Market, at: np.ndarray, unit: str = "bps") -> np.ndarray:
    return {"bps": 1e4, "percent": 100}[unit] * bid_ask_spread(m, at) / mid_price(m, at)


def weighted_mid_price(m: Market, at: np.ndarray) -> np.ndarray:
    bid, bid_size, ask, ask_size = top(m)
    return (bid * ask_size + ask * bid_size) / (bid_size + ask_size)


def queue_imbalance(m: Market, at: np.ndarray) -> np.ndarray:
    return (m.quote["bid_size"] - m.quote["ask_size"]) / (m.quote["bid_size"] + m.quote["ask_size"])


def mid_before_trades(m: Market) -> np.ndarray:
    quotes = pd.DataFrame({"time": m.quote["time"], "mid": mid_price(m, m.quote["time"])})
    trades = pd.DataFrame({"time": m.trade["time"]})
    return pd.merge_asof(trades, quotes, on="time", allow_exact_matches=False)["mid"].to_numpy()


def effective_spread(m: Market, at: np.ndarray, W: str = "60s") -> np.ndarray:
    mid, sign = mid_before_trades(m), m.trade["side"]
    cost, counts = 2 * sign * (m.trade["price"] - mid) / mid, (sign != 0) & ~np.isnan(mid)
    out = np.full(len(at), NAN)
    for row, window in enumerate(between(m.trade["time"], at, pd.Timedelta(W).value)):
        used = counts[window]
        if used.any():
            out[row] = 1e4 * np.average(cost[window][used], weights=m.trade["size"][window][used])
    return out


def matured(m: Market, at: np.ndarray, tau: str, W: str, distance: np.ndarray) -> np.ndarray:
    """The mean of twice a signed distance over the mid, of the trades that are ``tau`` old since less than ``W``."""
    mid, sign = mid_before_trades(m), m.trade["side"]
    cost, due = 2e4 * sign * distance / mid, m.trade["time"] + pd.Timedelta(tau).value
    counts, width = (sign != 0) & ~np.isnan(cost), pd.Timedelta(W).value
    out = np.full(len(at), NAN)
    for row, now in enumerate(at):
        used = counts & (due > now - width) & (due <= now)
        if used.any():
            out[row] = np.mean(cost[used])
    return out


def mid_later(m: Market, tau: str) -> np.ndarray:
    seen = np.searchsorted(m.quote["time"], m.trade["time"] + pd.Timedelta(tau).value, "left")
    return np.where(seen > 0, mid_price(m, m.quote["time"])[seen - 1], NAN)


def realized_spread(m: Market, at: np.ndarray, tau: str = "5s", W: str = "60s") -> np.ndarray:
    return matured(m, at, tau, W, m.trade["price"] - mid_later(m, tau))


def price_impact_spread(m: Market, at: np.ndarray, tau: str = "5s", W: str = "60s") -> np.ndarray:
    return matured(m, at, tau, W, mid_later(m, tau) - mid_before_trades(m))


def roll_spread(m: Market, at: np.ndarray, w: int = 100) -> np.ndarray:
    change = np.diff(m.trade["price"])
    out = np.full(len(at), NAN)
    for t in range(w + 1, len(at)):
        now, before = change[t - w : t], change[t - w - 1 : t - 1]
        out[t] = 2 * np.sqrt(max(0.0, -np.cov(now, before)[0, 1]))
    return out


def corwin_schultz_spread(
    m: Market, at: np.ndarray, w: int = 20, overnight_adj: bool = True
) -> np.ndarray:
    high, low, close = (m.bar[name] for name in ("high", "low", "close"))
    spread = np.full(len(at), NAN)
    for t in range(1, len(at)):
        h, l, last = high[t], low[t], close[t - 1]  # noqa: E741
        if overnight_adj and last > h:
            h, l = last, l + last - h  # noqa: E741
        elif overnight_adj and last < l:
            h, l = h - (l - last), last  # noqa: E741
        beta = np.log(high[t - 1] / low[t - 1]) ** 2 + np.log(h / l) ** 2
        gamma = np.log(max(h, high[t - 1]) / min(l, low[t - 1])) ** 2
        alpha = (np.sqrt(2 * beta) - np.sqrt(beta)) / ROOT8 - np.sqrt(gamma / ROOT8)
        value = 2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha))
        spread[t] = value if np.isnan(value) else max(0.0, value)
    return pd.Series(spread).rolling(w).apply(np.mean, raw=True).to_numpy()


def abdi_ranaldo_spread(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    close, eta = np.log(m.bar["close"]), (np.log(m.bar["high"]) + np.log(m.bar["low"])) / 2
    out = np.full(len(at), NAN)
    for t in range(w, len(at)):
        s = np.arange(t - w, t)
        mean = np.mean((close[s] - eta[s]) * (close[s] - eta[s + 1]))
        out[t] = NAN if np.isnan(mean) else np.sqrt(max(0.0, 4 * mean))
    return out


def amihud_illiquidity(m: Market, at: np.ndarray, w: int = 20, scale: float = 1e6) -> np.ndarray:
    returns, value = np.abs(log_return(m, at)), m.bar["close"] * m.bar["volume"]
    out = np.full(len(at), NAN)
    for t in range(w - 1, len(at)):
        window = slice(t - w + 1, t + 1)
        traded = m.bar["volume"][window] > 0
        if traded.any():
            out[t] = scale * np.mean(returns[window][traded] / value[window][traded])
    return out


def slopes(x: np.ndarray, y: np.ndarray, w: int) -> np.ndarray:
    out = np.full(len(x), NAN)
    for t in range(w - 1, len(x)):
        a, b = x[t - w + 1 : t + 1], y[t - w + 1 : t + 1]
        if np.isfinite(b).all() and (a != a[0]).any():
            out[t] = scipy.stats.linregress(a, b).slope
    return out


def mid_at(m: Market, at: np.ndarray) -> np.ndarray:
    count = np.searchsorted(m.quote["time"], at, side="left")
    return np.concatenate([[NAN], mid_price(m, at)])[count]


def kyle_lambda(m: Market, at: np.ndarray, w: int = 300) -> np.ndarray:
    flow = per_row(m, at, m.trade["side"] * m.trade["size"])
    return slopes(flow, np.diff(mid_at(m, at), prepend=NAN), w)


def hasbrouck_lambda(m: Market, at: np.ndarray, w: int = 300) -> np.ndarray:
    flow = per_row(m, at, m.trade["side"] * np.sqrt(m.trade["price"] * m.trade["size"]))
    return slopes(flow, np.diff(np.log(mid_at(m, at)), prepend=NAN), w)


def updates(m: Market) -> np.ndarray:
    """Times at which the best bid or ask is another than before."""
    quotes = m.quotes().drop(columns="time").fillna(0.0)
    return m.quote["time"][(quotes != quotes.shift(1)).any(axis=1).to_numpy()]


def quote_intensity(m: Market, at: np.ndarray, halflife: str = "10s") -> np.ndarray:
    rate = np.log(2) / pd.Timedelta(halflife).total_seconds()
    times = updates(m)
    out = [rate * np.exp(-rate * (t - times[times < t]) / 1e9).sum() for t in at]
    return np.array(out)


def quote_to_trade_ratio(m: Market, at: np.ndarray, W: str = "60s") -> np.ndarray:
    width = pd.Timedelta(W).value
    quotes = [r.stop - r.start for r in between(updates(m), at, width)]
    trades = [r.stop - r.start for r in between(m.trade["time"], at, width)]
    return ratio(np.array(quotes, float), np.array(trades, float))


def trade_duration_mean(m: Market, at: np.ndarray, w: int = 200) -> np.ndarray:
    times = np.unique(m.trade["time"])
    means = (
        pd.Series(np.diff(times, prepend=times[0] - 10**18) / 1e9)
        .rolling(w)
        .apply(np.mean, raw=True)
    )
    means[:w] = NAN  # the first gap is none
    return means.to_numpy()[np.searchsorted(times, m.trade["time"])]


def of_sizes(m: Market, w: int, statistic: object) -> np.ndarray:
    out = np.full(len(m.trade["size"]), NAN)
    for t in range(w - 1, len(out)):
        out[t] = statistic(m.trade["size"][t - w + 1 : t + 1])  # type: ignore[operator]
    return out


def trade_size_mean_log(m: Market, at: np.ndarray, w: int = 500) -> np.ndarray:
    return of_sizes(m, w, lambda v: np.mean(np.log(v)))


def trade_size_skewness(m: Market, at: np.ndarray, w: int = 500) -> np.ndarray:
    return of_sizes(
        m, w, lambda v: NAN if (v == v[0]).all() else scipy.stats.skew(np.log(v), bias=False)
    )


def hill(sizes: np.ndarray, share: float) -> float:
    ordered = np.sort(sizes)[::-1]
    k = int(share * len(sizes))
    excess = np.log(ordered[:k] / ordered[k]).mean()
    return 1 / excess if excess else NAN


def trade_size_tail_index(m: Market, at: np.ndarray, w: int = 2000, k: float = 0.05) -> np.ndarray:
    return of_sizes(m, w, lambda v: hill(v, k))


def bin_entropy(sizes: np.ndarray) -> float:
    if (sizes <= 0).any():
        return NAN  # 0 has no power of two
    counts = np.array(list(Counter(np.floor(np.log2(sizes)).tolist()).values()))
    return scipy.stats.entropy(counts) / np.log(len(counts)) if len(counts) > 1 else 0.0


def trade_size_entropy(m: Market, at: np.ndarray, w: int = 500) -> np.ndarray:
    return of_sizes(m, w, bin_entropy)


def mode_share(sizes: np.ndarray, top: int) -> float:
    counts = Counter(sizes.tolist())
    common = sum(count for _, count in counts.most_common(top)) / len(sizes)
    return common - min(top, len(counts)) / len(counts)


def trade_size_clustering(m: Market, at: np.ndarray, w: int = 500) -> np.ndarray:
    return of_sizes(m, w, lambda v: mode_share(v, 5))
