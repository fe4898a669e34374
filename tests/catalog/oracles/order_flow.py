"""What order flow must give, from NumPy, SciPy and pandas over whole columns, prices as whole billionths."""

import numpy as np
import pandas as pd
import scipy.stats
from tests.catalog.market import DAY, Market
from tests.catalog.oracles.stats import NAN, seen
from tests.catalog.oracles.volume import per_row, ratio

BARS = ("order_flow.bulk_buy_fraction", "order_flow.bulk_buy_fraction(w=10, side=sell)")
FLOW = (
    "order_flow.tick_rule_sign", "order_flow.signed_volume", "order_flow.signed_volume(W=5s, sign=tick)",
    "order_flow.trade_flow_imbalance", "order_flow.trade_flow_imbalance(W=5s, sign=tick)",
    "order_flow.trade_count_imbalance", "order_flow.trade_count_imbalance(W=5s, sign=tick)",
    "order_flow.cumulative_volume_delta", "order_flow.cumulative_volume_delta(anchor=60s, sign=tick)",
    "order_flow.cumulative_volume_delta(anchor=start)", "order_flow.market_order_rate",
    "order_flow.market_order_rate(W=3s, sign=tick)", "order_flow.trade_sign_autocorrelation",
    "order_flow.trade_sign_autocorrelation(w=50, k=3, sign=tick)", "order_flow.trade_sign_entropy",
    "order_flow.trade_sign_entropy(w=50, m=2, sign=tick)", "order_flow.signed_run_length",
    "order_flow.signed_run_length(sign=tick)", "order_flow.large_trade_flag",
    "order_flow.large_trade_flag(q=0.9, w=50)",
    "order_flow.large_trade_volume_share", "order_flow.large_trade_volume_share(W=20s, q=0.9, w=50)",
    "order_flow.large_trade_imbalance", "order_flow.large_trade_imbalance(W=20s, q=0.9, w=50, sign=tick)",
)  # fmt: skip
TRADES = FLOW
TIMED = (
    *FLOW, "order_flow.cvd_slope", "order_flow.cvd_slope(w=10, sign=tick)", "order_flow.cvd_price_divergence",
    "order_flow.cvd_price_divergence(w=5, sign=tick)", "order_flow.delta_intrabar_max",
    "order_flow.delta_intrabar_max(sign=tick)", "order_flow.delta_intrabar_min",
    "order_flow.delta_intrabar_min(sign=tick)", "order_flow.sidedness",
    "order_flow.sidedness(w=20, slot=2s, sign=tick)",
)  # fmt: skip


def nano(prices: np.ndarray) -> list[int | None]:
    """Prices in whole billionths; None where there is none."""
    return [round(p * 1e9) if np.isfinite(p) else None for p in prices.tolist()]


def ticks(m: Market) -> list[int | None]:
    """The tick rule, trade by trade."""
    out: list[int | None] = []
    sign, prices = None, m.trade["price"].tolist()
    for now, last in zip(prices, [prices[0], *prices[:-1]], strict=True):
        sign = 1 if now > last else -1 if now < last else sign
        out.append(sign)
    return out


def quotes_before(m: Market) -> list[tuple[int | None, int | None]]:
    """The best bid and ask of the last quote of an earlier time than each trade."""
    count = np.searchsorted(m.quote["time"], m.trade["time"], side="left")
    bids, asks = nano(m.quote["bid_price"]), nano(m.quote["ask_price"])
    return [(bids[n - 1], asks[n - 1]) if n else (None, None) for n in count]


def by_quote(p: int, bid: int | None, ask: int | None) -> int | None:
    return None if bid is None or ask is None else int(np.sign(2 * p - bid - ask))


def by_touch(p: int, bid: int | None, ask: int | None) -> int:
    if bid is None or ask is None or ask <= bid:
        return 0
    return (p == ask) - (p == bid)


def by_zone(p: int, bid: int | None, ask: int | None) -> int:
    if bid is None or ask is None or ask <= bid:
        return 0
    zone = 3 * (ask - bid)
    return (0 <= 10 * (ask - p) <= zone) - (0 <= 10 * (p - bid) <= zone)


def signs(m: Market, sign: str) -> np.ndarray:
    """The sign of each trade by a rule, NaN where it is unknown."""
    if sign == "flag":
        return np.sign(m.trade["side"]).astype(float)
    tick = ticks(m)
    if sign == "tick":
        return np.array(tick, float)
    prices, quotes = nano(m.trade["price"]), quotes_before(m)
    rule = {"quote": by_quote, "lee_ready": by_quote, "emo": by_touch, "clnv": by_zone}[sign]
    said = [rule(p, *quote) for p, quote in zip(prices, quotes, strict=True)]
    if sign == "quote":
        return np.array(said, float)
    return np.array([t if s == 0 else s for s, t in zip(said, tick, strict=True)], float)


def sides(m: Market, sign: str) -> np.ndarray:
    return np.nan_to_num(signs(m, sign))


def last(m: Market, at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The value of the last trade that each row may know."""
    return np.concatenate([[NAN], values])[seen(m.trade["time"], at)]


def windows(times: np.ndarray, at: np.ndarray, W: str) -> list[slice]:
    """The events of each row's window: (t - W, t] on their own clock, [T - W, T) at timed ticks."""
    stops = seen(times, at)
    own = len(times) == len(at) and (times == at).all()
    starts = np.searchsorted(times, at - pd.Timedelta(W).value, side="right" if own else "left")
    return [slice(start, stop) for start, stop in zip(starts, stops, strict=True)]


def sums(m: Market, at: np.ndarray, W: str, values: np.ndarray) -> np.ndarray:
    return np.array([values[r].sum() for r in windows(m.trade["time"], at, W)])


def tick_rule_sign(m: Market, at: np.ndarray) -> np.ndarray:
    return last(m, at, signs(m, "tick"))


def bulk_buy_fraction(
    m: Market, at: np.ndarray, w: int = 50, dist: str = "normal", side: str = "buy"
) -> np.ndarray:
    change = np.diff(m.bar["close"], prepend=NAN)
    out = np.full(len(at), NAN)
    for t in range(w + 1, len(at)):
        before = change[t - w : t]
        if (before != before[0]).any():
            out[t] = scipy.stats.norm(0, np.std(before, ddof=1)).cdf(change[t])
    return out if side == "buy" else 1 - out


def signed_volume(m: Market, at: np.ndarray, W: str = "60s", sign: str = "flag") -> np.ndarray:
    return sums(m, at, W, sides(m, sign) * m.trade["size"])


def trade_flow_imbalance(
    m: Market, at: np.ndarray, W: str = "60s", sign: str = "flag"
) -> np.ndarray:
    side, size = sides(m, sign), m.trade["size"]
    buys, sells = sums(m, at, W, (side > 0) * size), sums(m, at, W, (side < 0) * size)
    return ratio(buys - sells, buys + sells)


def trade_count_imbalance(
    m: Market, at: np.ndarray, W: str = "60s", sign: str = "flag"
) -> np.ndarray:
    buys, sells = (1.0 * sums(m, at, W, s * sides(m, sign) > 0) for s in (1, -1))
    return ratio(buys - sells, buys + sells)


def deltas(m: Market, sign: str) -> np.ndarray:
    return sides(m, sign) * m.trade["size"]


def cumulative_volume_delta(
    m: Market, at: np.ndarray, anchor: str = "session", sign: str = "flag"
) -> np.ndarray:
    period = {"session": DAY, "start": 1 << 62}.get(anchor) or pd.Timedelta(anchor).value
    delta = pd.Series(deltas(m, sign)).groupby(m.trade["time"] // period).cumsum().to_numpy()
    return last(m, at, delta)


def cvd_slope(m: Market, at: np.ndarray, w: int = 60, sign: str = "flag") -> np.ndarray:
    delta, volume = last(m, at, np.cumsum(deltas(m, sign))), per_row(m, at, m.trade["size"])
    mean = pd.Series(volume).rolling(w).apply(np.mean, raw=True).to_numpy()
    slope = np.full(len(at), NAN)
    for t in range(w - 1, len(at)):
        slope[t] = scipy.stats.linregress(np.arange(w), delta[t - w + 1 : t + 1]).slope
    return ratio(slope, mean)


def cvd_price_divergence(m: Market, at: np.ndarray, w: int = 60, sign: str = "flag") -> np.ndarray:
    def scaled(x: np.ndarray) -> np.ndarray:
        moved = np.full(len(x), NAN)
        moved[w:] = x[w:] - x[:-w]
        std = (
            pd.Series(moved)
            .rolling(5 * w)
            .apply(lambda v: np.std(v, ddof=1) if (v != v[0]).any() else NAN, raw=True)
        )
        return moved / std.to_numpy()

    price = np.log(last(m, at, m.trade["price"]))
    return scaled(last(m, at, np.cumsum(deltas(m, sign)))) - scaled(price)


def intrabar(m: Market, at: np.ndarray, sign: str, running: np.ufunc) -> np.ndarray:
    delta, size = deltas(m, sign), m.trade["size"]
    ends = np.searchsorted(m.trade["time"], at, side="left")
    out = np.full(len(at), NAN)
    for row, (start, stop) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        if stop > start:
            best = running.accumulate(np.cumsum(delta[start:stop]))[-1]
            out[row] = best / size[start:stop].sum()
    return out


def delta_intrabar_max(m: Market, at: np.ndarray, sign: str = "flag") -> np.ndarray:
    return intrabar(m, at, sign, np.maximum)


def delta_intrabar_min(m: Market, at: np.ndarray, sign: str = "flag") -> np.ndarray:
    return intrabar(m, at, sign, np.minimum)


def market_order_rate(m: Market, at: np.ndarray, W: str = "10s", sign: str = "flag") -> np.ndarray:
    keys = list(zip(m.trade["time"].tolist(), sides(m, sign).tolist(), strict=True))
    first = np.array([i == 0 or key != keys[i - 1] for i, key in enumerate(keys)], float)
    return sums(m, at, W, first) / pd.Timedelta(W).total_seconds()


def slot_ends(first: int, until: int, slot: str) -> np.ndarray:
    width = pd.Timedelta(slot).value
    return np.arange(first // width * width + width, until + 1, width)


def sidedness(
    m: Market, at: np.ndarray, w: int = 60, slot: str = "10s", sign: str = "flag"
) -> np.ndarray:
    ends, side = slot_ends(m.trade["time"][0], at[-1], slot), sides(m, sign)
    count = np.searchsorted(m.trade["time"], ends, side="left")
    bought, sold = (
        np.diff(np.concatenate([[0], np.cumsum(s * side > 0)])[count], prepend=0) for s in (1, -1)
    )
    out = np.full(len(at), NAN)
    for row, n in enumerate(np.searchsorted(ends, at, side="right")):
        x, y = pd.Series(bought[:n][-w:]), pd.Series(sold[:n][-w:])
        if n >= w and x.nunique() > 1 and y.nunique() > 1:
            out[row] = x.corr(y)
    return out


def of_known(m: Market, at: np.ndarray, sign: str, w: int, statistic: object) -> np.ndarray:
    """A statistic of the last w known signs at each row."""
    side = sides(m, sign)
    values, count = side[side != 0], np.cumsum(side != 0)
    found = np.full(len(values) + 1, NAN)
    for t in range(w, len(values) + 1):
        found[t] = statistic(values[t - w : t])  # type: ignore[operator]
    return last(m, at, found[count])


def trade_sign_autocorrelation(
    m: Market, at: np.ndarray, w: int = 1000, k: int = 1, sign: str = "flag"
) -> np.ndarray:
    def correlation(e: np.ndarray) -> float:
        flat = (e[k:] == e[k]).all() or (e[:-k] == e[0]).all()
        return NAN if flat else pd.Series(e).autocorr(k)

    return of_known(m, at, sign, w, correlation)


def trade_sign_entropy(
    events: Market, at: np.ndarray, w: int = 1000, m: int = 3, sign: str = "flag"
) -> np.ndarray:
    def entropy(e: np.ndarray) -> float:
        words = np.lib.stride_tricks.sliding_window_view(e, m)
        counts = np.unique(words, axis=0, return_counts=True)[1]
        return scipy.stats.entropy(counts) / (m * np.log(2))

    return of_known(events, at, sign, w, entropy)


def signed_run_length(m: Market, at: np.ndarray, sign: str = "flag") -> np.ndarray:
    side = pd.Series(sides(m, sign))
    run = side.groupby((side != side.shift()).cumsum()).cumcount() + 1
    return last(m, at, (run * side).to_numpy())


def large(m: Market, q: float, w: int) -> np.ndarray:
    size = m.trade["size"]
    flags = np.full(len(size), NAN)
    for t in range(w, len(size)):
        flags[t] = size[t] > np.quantile(size[t - w : t], q)
    return flags


def large_trade_flag(m: Market, at: np.ndarray, q: float = 0.99, w: int = 5000) -> np.ndarray:
    return last(m, at, large(m, q, w))


def large_trade_volume_share(
    m: Market, at: np.ndarray, W: str = "300s", q: float = 0.99, w: int = 5000
) -> np.ndarray:
    flags, size = large(m, q, w), m.trade["size"]
    taken, whole = np.where(flags == 1, size, 0.0), np.where(np.isnan(flags), 0.0, size)
    return ratio(sums(m, at, W, taken), sums(m, at, W, whole))


def large_trade_imbalance(
    m: Market, at: np.ndarray, W: str = "300s", q: float = 0.99, w: int = 5000, sign: str = "flag"
) -> np.ndarray:
    size, side = np.where(large(m, q, w) == 1, m.trade["size"], 0.0), sides(m, sign)
    return ratio(sums(m, at, W, size * side), sums(m, at, W, size * np.abs(side)))
