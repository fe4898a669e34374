"""What microstructure must give, from NumPy, SciPy and brute force on whole columns."""

from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import scipy.stats
from tests.catalog.market import Market
from tests.catalog.oracles_stats import NAN, log_return
from tests.catalog.oracles_volume import between, per_row, ratio

from penstock.fits.hawkes import fit_hawkes

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


def sides(m: Market, depth: int) -> tuple[np.ndarray, ...]:
    """Bid prices and sizes, ask prices and sizes of the first levels."""
    levels = m.book["levels"].reshape(len(m.book["levels"]), -1, 4)[:, :depth]
    return tuple(levels[:, :, i] for i in range(4))


def full(m: Market, depth: int, values: np.ndarray) -> np.ndarray:
    """NaN where a level is missing."""
    missing = np.isnan(sides(m, depth)[0]).any(1) | np.isnan(sides(m, depth)[2]).any(1)
    return np.where(missing, NAN, values)


def depth_weighted_mid(m: Market, at: np.ndarray, L: int = 10) -> np.ndarray:
    bid, bid_size, ask, ask_size = sides(m, L)
    q_bid, q_ask = bid_size.sum(1), ask_size.sum(1)
    mean_bid, mean_ask = (bid * bid_size).sum(1) / q_bid, (ask * ask_size).sum(1) / q_ask
    return (mean_bid * q_ask + mean_ask * q_bid) / (q_bid + q_ask)


def depth_imbalance(m: Market, at: np.ndarray, L: int = 5) -> np.ndarray:
    _, bid, _, ask = sides(m, L)
    return full(m, L, (bid.sum(1) - ask.sum(1)) / (bid.sum(1) + ask.sum(1)))


def distance_weighted_imbalance(
    m: Market, at: np.ndarray, L: int = 10, lam: float = 0.5
) -> np.ndarray:
    _, bid, _, ask = sides(m, L)
    weights = np.exp(-lam * np.arange(L))
    return full(m, L, ((bid - ask) @ weights) / ((bid + ask) @ weights))


def depth_within_bps(m: Market, at: np.ndarray, bps: float = 10.0, side: str = "bid") -> np.ndarray:
    bid, bid_size, ask, ask_size = sides(m, 10)
    mid = (bid[:, :1] + ask[:, :1]) / 2
    near_bid = np.where(np.abs(bid - mid) / mid <= bps / 1e4, bid * bid_size, 0.0).sum(1)
    near_ask = np.where(np.abs(ask - mid) / mid <= bps / 1e4, ask * ask_size, 0.0).sum(1)
    both = {"bid": near_bid, "ask": near_ask, "both": near_bid + near_ask}[side]
    return np.where(bid[:, 0] <= ask[:, 0], both, NAN)  # crossed, or a side is empty


def total_depth(m: Market, at: np.ndarray, L: int = 10, side: str = "both") -> np.ndarray:
    _, bid, _, ask = sides(m, L)
    return {"bid": bid.sum(1), "ask": ask.sum(1), "both": bid.sum(1) + ask.sum(1)}[side]


def elasticity(prices: np.ndarray, sizes: np.ndarray, mid: float) -> float:
    depth = np.log(np.cumsum(sizes))
    total = depth[0] / abs(prices[0] / mid - 1)
    for k in range(len(prices) - 1):
        total += (depth[k + 1] / depth[k] - 1) / abs(prices[k + 1] / prices[k] - 1)
    return total / len(prices)


def order_book_slope(m: Market, at: np.ndarray, L: int = 10) -> np.ndarray:
    bid, bid_size, ask, ask_size = sides(m, L)
    out = np.full(len(at), NAN)
    for row in range(len(at)):
        mid = (bid[row, 0] + ask[row, 0]) / 2
        with np.errstate(all="ignore"):
            both = [
                elasticity(ask[row], ask_size[row], mid),
                elasticity(bid[row], bid_size[row], mid),
            ]
        out[row] = np.mean(both) if np.isfinite(both).all() and bid[row, 0] < ask[row, 0] else NAN
    return out


def order_book_entropy(m: Market, at: np.ndarray, L: int = 10) -> np.ndarray:
    _, bid, _, ask = sides(m, L)
    return full(m, L, scipy.stats.entropy(np.hstack([bid, ask]), axis=1) / np.log(2 * L))


def walk(prices: np.ndarray, sizes: np.ndarray, notional: float) -> float:
    """Average price of taking a notional from the best level on; NaN where there is not enough."""
    left, bought = notional, 0.0
    for price, size in zip(prices, sizes, strict=True):
        if np.isnan(price):
            break
        taken = min(left, price * size)
        left, bought = left - taken, bought + taken / price
        if left <= 0:
            return notional / bought
    return NAN


def cost_of_round_trip(m: Market, at: np.ndarray, notional: float = 100_000.0) -> np.ndarray:
    bid, bid_size, ask, ask_size = sides(m, 10)
    out = np.full(len(at), NAN)
    for row in range(len(at)):
        mid = (bid[row, 0] + ask[row, 0]) / 2
        buy, sell = walk(ask[row], ask_size[row], notional), walk(bid[row], bid_size[row], notional)
        out[row] = 1e4 * (buy - sell) / mid if bid[row, 0] <= ask[row, 0] else NAN
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
    return np.where(at > m.quote["time"][0], out, NAN)


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


def chain_state(quote: np.ndarray, tick: float, bins: int, spreads: int) -> tuple[int, int]:
    """Spread and imbalance of a quote as the numbers of their intervals."""
    bid, bid_size, ask, ask_size = quote
    share = bid_size / (bid_size + ask_size)
    return min(max(round((ask - bid) / tick), 1), spreads) - 1, min(int(share * bins), bins - 1)


def microprice_table(quotes: np.ndarray, bins: int, spreads: int) -> tuple[float, np.ndarray]:
    """Stoikov's adjustment by summing B^i G1 until it stands, over transitions and their mirror images."""
    sound = (quotes[:, 2] > quotes[:, 0]) & (quotes[:, 1] > 0) & (quotes[:, 3] > 0)
    tick, size = (quotes[sound, 2] - quotes[sound, 0]).min(), bins * spreads
    stay, go, gain, seen = (
        np.zeros((size, size)),
        np.zeros((size, size)),
        np.zeros(size),
        np.zeros(size),
    )
    for now, then in zip(
        quotes[:-1][sound[:-1] & sound[1:]], quotes[1:][sound[:-1] & sound[1:]], strict=True
    ):
        (s0, i0), (s1, i1) = (chain_state(q, tick, bins, spreads) for q in (now, then))
        move = round((then[0] + then[2] - now[0] - now[2]) / tick) * tick / 2
        for a, b, m in ((i0, i1, move), (bins - 1 - i0, bins - 1 - i1, -move)):
            (go if m else stay)[s0 * bins + a, s1 * bins + b] += 1
            gain[s0 * bins + a] += m
            seen[s0 * bins + a] += 1
    used = seen > 0
    wait = np.linalg.inv(np.eye(used.sum()) - (stay[used][:, used].T / seen[used]).T)
    step, jump = wait @ (gain[used] / seen[used]), wait @ (go[used][:, used].T / seen[used]).T
    total = np.zeros(used.sum())
    while np.abs(step).max() > 1e-15:
        total, step = total + step, jump @ step
    table = np.full(size, NAN)
    table[used] = total
    return tick, table


def microprice(
    m: Market, at: np.ndarray, nI: int = 10, nS: int = 3, window: int = 5_000, refit: int = 1_000
) -> np.ndarray:
    quotes, mid = np.column_stack(top(m)), mid_price(m, at)
    out = np.full(len(at), NAN)
    for row in range(len(at)):
        fits = row // refit * refit  # used from the tick after the fit on
        if fits >= window:
            if row == fits or row == 0:
                tick, table = microprice_table(quotes[fits - window : fits], nI, nS)
            if quotes[row, 2] >= quotes[row, 0]:
                spread, share = chain_state(quotes[row], tick, nI, nS)
                out[row] = mid[row] + table[spread * nI + share]
    return out


def hawkes_intensity(
    m: Market,
    at: np.ndarray,
    mu: float | str = "auto",
    alpha: float | str = "auto",
    beta: float | str = "auto",
    window: int = 1_000,
    refit: int = 500,
) -> np.ndarray:
    """Every earlier event summed anew, each gap faded at the rate then in force; the fit is tested in tests/fits."""
    times = np.unique(m.trade["time"])
    gaps, rates = np.diff(times, prepend=times[:1]) / 1e9, np.full((len(times), 3), NAN)
    for event in range(len(times)):
        fits = event // refit * refit
        if mu != "auto":
            rates[event] = mu, alpha, beta
        elif fits >= window:
            rates[event] = fitted_hawkes(
                np.where(np.arange(len(gaps)) > 0, gaps, NAN)[fits - window : fits].tobytes()
            )
    faded = np.cumsum(
        np.where(np.isnan(rates[:, 2]), 1e6, rates[:, 2] * gaps)
    )  # before the first fit: forgotten
    last = (
        np.searchsorted(times, at, side="right") - 1
    )  # on the clock of trades, the event of the row itself
    past = [np.exp(faded[:event] - faded[event]).sum() for event in range(len(times))]
    return rates[last, 0] + rates[last, 1] * np.array(past)[last]


@cache
def fitted_hawkes(gaps: bytes) -> np.ndarray:
    return fit_hawkes(np.frombuffer(gaps))
