"""What runs, sweeps and the book's updates must give, by brute force over events."""

from fractions import Fraction

import numpy as np
import pandas as pd
import scipy.stats
from tests.catalog.market import Market
from tests.catalog.oracles.order_flow import last, nano, sides, slot_ends, sums, windows
from tests.catalog.oracles.stats import NAN
from tests.catalog.oracles.volume import ratio

TRADES = (
    "order_flow.signed_run_volume", "order_flow.signed_run_volume(sign=tick)", "order_flow.tick_imbalance_theta",
    "order_flow.tick_imbalance_theta(E0=10, sign=tick)", "order_flow.sweep_flag",
    "order_flow.sweep_flag(dt=2s, min_levels=3, sign=tick)", "order_flow.sweep_levels",
    "order_flow.sweep_levels(dt=2s, sign=tick)", "order_flow.sweep_notional_rate",
    "order_flow.sweep_notional_rate(W=20s, dt=2s, min_levels=3, sign=tick)", "order_flow.propagator_impact",
    "order_flow.propagator_impact(N=20, beta=0.5, sign=tick)", "order_flow.vpin",
    "order_flow.vpin(n=5, bucket=150, bars_sd=2s, w=5)", "order_flow.vpin(n=5, bucket=90, sign=flag)",
    "order_flow.vpin(n=4, bucket=7, sign=tick)",
)  # fmt: skip
TIMED = TRADES
QUOTED = (
    "order_flow.depth_consumption_ratio", "order_flow.depth_consumption_ratio(W=3s, sign=tick)",
    "order_flow.limit_add_rate", "order_flow.limit_add_rate(W=3s, side=ask, L=3)", "order_flow.cancel_rate",
    "order_flow.cancel_rate(W=3s, L=3)", "order_flow.cancel_to_trade_ratio",
    "order_flow.cancel_to_trade_ratio(W=3s, L=10)", "order_flow.add_cancel_imbalance",
    "order_flow.add_cancel_imbalance(W=3s, L=3, sign=tick)",
)  # fmt: skip


def signed_run_volume(m: Market, at: np.ndarray, sign: str = "flag") -> np.ndarray:
    side = pd.Series(sides(m, sign))
    volume = (side * m.trade["size"]).groupby((side != side.shift()).cumsum()).cumsum()
    return last(m, at, volume.to_numpy())


def tick_imbalance_theta(
    m: Market, at: np.ndarray, E0: int | str = "auto", sign: str = "flag"
) -> np.ndarray:
    """Bar after bar: each is the first whose running sum of signs goes as far as the bars before it expect."""
    b, first = sides(m, sign), 100 if E0 == "auto" else int(E0)
    out, start = np.full(len(b), NAN), 0
    lengths, tilts = np.empty(0), np.empty(0)
    while start < len(b):
        theta, count = np.abs(np.cumsum(b[start:])), np.cumsum(b[start:] != 0)
        if not lengths.size:
            reach, ends = theta / first, count >= first
        else:
            mean = pd.Series(tilts).ewm(span=20, adjust=False).mean().iloc[-1]
            reach = theta / max(lengths[-1] * abs(mean), np.sqrt(lengths[-1]))
            ends = reach >= 1
        stop = int(np.argmax(ends)) + 1 if ends.any() else len(theta)
        out[start : start + stop] = reach[:stop]
        ticks, tilt = count[stop - 1], b[start : start + stop].sum() / max(count[stop - 1], 1)
        grown = ticks if not lengths.size else lengths[-1] + 2 / 21 * (ticks - lengths[-1])
        lengths = np.append(lengths, np.clip(grown, first / 4, first * 4))
        tilts, start = np.append(tilts, tilt), start + stop
    return last(m, at, out)


def swept(m: Market, dt: str, sign: str) -> tuple[np.ndarray, list[list[int]]]:
    """The levels that each trade's sweep has taken, and the sweeps as lists of trades."""
    side, price, time = sides(m, sign), m.trade["price"], m.trade["time"]
    levels, sweeps = np.zeros(len(side)), list[list[int]]()
    for t in np.flatnonzero(side):
        fresh = not sweeps or sweeps[-1][-1] != t - 1 or side[t] != side[t - 1]
        if fresh or time[t] - time[sweeps[-1][0]] > pd.Timedelta(dt).value:
            sweeps.append([])
        sweeps[-1].append(t)
        so_far = side[t] * price[sweeps[-1]]
        levels[t] = len(set(np.maximum.accumulate(so_far).tolist()))
    return levels, sweeps


def sweep_levels(m: Market, at: np.ndarray, dt: str = "50ms", sign: str = "flag") -> np.ndarray:
    return last(m, at, swept(m, dt, sign)[0])


def sweep_flag(
    m: Market, at: np.ndarray, dt: str = "50ms", min_levels: int = 2, sign: str = "flag"
) -> np.ndarray:
    return last(m, at, sides(m, sign) * (swept(m, dt, sign)[0] >= min_levels))


def sweep_notional_rate(
    m: Market,
    at: np.ndarray,
    W: str = "300s",
    dt: str = "50ms",
    min_levels: int = 2,
    sign: str = "flag",
) -> np.ndarray:
    levels, sweeps = swept(m, dt, sign)
    value, side = m.trade["price"] * m.trade["size"], sides(m, sign)
    counted = np.zeros(len(value))
    for sweep in sweeps:
        enough = [t for t in sweep if levels[t] >= min_levels]
        for t in enough:
            counted[t] = side[t] * value[t]
        if enough:
            counted[enough[0]] = side[sweep[0]] * value[sweep[0] : enough[0] + 1].sum()
    return np.clip(ratio(sums(m, at, W, counted), sums(m, at, W, value)), -1, 1)


def propagator_impact(
    m: Market, at: np.ndarray, N: int = 200, beta: float = 0.2, sign: str = "flag"
) -> np.ndarray:
    impulse = sides(m, sign) * np.log1p(m.trade["size"])
    left = np.convolve(impulse, np.arange(1, N + 1) ** -beta)[: len(impulse)]
    left[: N - 1] = NAN
    return last(m, at, left)


def vpin(
    m: Market,
    at: np.ndarray,
    n: int = 50,
    bucket: float = 10_000,
    bars_sd: str = "60s",
    w: int = 50,
    sign: str = "bvc",
) -> np.ndarray:
    """Net volume is a broken line over volume: a bucket's imbalance is how far it goes between two of its ends."""
    if sign == "bvc":
        time = slot_ends(m.trade["time"][0], at[-1], bars_sd)
        stops = np.searchsorted(m.trade["time"], time, side="left")
        size = np.diff(np.concatenate([[0], np.cumsum(m.trade["size"])])[stops], prepend=0)
        change = np.diff(m.trade["price"][stops - 1], prepend=NAN)
        std = (
            pd.Series(change)
            .rolling(w)
            .apply(lambda v: np.std(v, ddof=1) if (v != v[0]).any() else NAN, raw=True)
        )
        share = scipy.stats.norm.cdf(change / std.shift(1).to_numpy())
        rows = np.searchsorted(time, at, side="right")
    else:
        side = sides(m, sign)
        size, share = m.trade["size"], np.where(side == 0, NAN, (side + 1) / 2)
        rows = last(m, at, np.arange(1, len(size) + 1.0))
    counts = np.isfinite(share)
    volume = np.concatenate([[0], np.cumsum(np.where(counts, size, 0))])
    net = np.concatenate([[0], np.cumsum(np.where(counts, size * (2 * share - 1), 0))])
    ends = np.arange(0, volume[-1] + 1e-9, bucket)
    off = np.abs(np.diff(np.interp(ends, volume, net))) / bucket
    out = np.full(len(at), NAN)
    for row, seen in enumerate(np.nan_to_num(rows).astype(int)):
        full = int(Fraction(volume[seen]) // Fraction(bucket))
        if full >= n:
            out[row] = np.mean(off[full - n : full])
    return out


def depth_consumption_ratio(
    m: Market, at: np.ndarray, W: str = "10s", sign: str = "flag"
) -> np.ndarray:
    time, side, size = m.trade["time"], sides(m, sign), m.trade["size"]
    before = np.searchsorted(m.quote["time"], time, side="left")
    taken, first = np.full(len(time), NAN), 0
    for t in range(len(time)):
        first = first if (time[t], side[t]) == (time[t - 1], side[t - 1]) and t else t
        if side[t] and before[first]:
            met = m.quote["ask_size" if side[t] > 0 else "bid_size"][before[first] - 1]
            taken[t] = size[first : t + 1].sum() / met if met > 0 else NAN
    out = np.full(len(at), NAN)
    for row, window in enumerate(windows(time, at, W)):
        known = taken[window][np.isfinite(taken[window])]
        out[row] = known.max() if known.size else NAN
    return out


def differences(m: Market, L: int) -> dict[tuple[str, int], np.ndarray]:
    """What each update added (1) and removed (-1), price by price; NaN for a side that either book lacks."""
    levels = m.book["levels"].reshape(-1, 10, 4)[:, :L]
    out = {(s, how): np.full(len(levels), NAN) for s in ("bid", "ask") for how in (1, -1)}
    for side, cell, way in (("bid", 0, 1), ("ask", 2, -1)):
        books = [
            {way * p: q for p, q in zip(nano(row[:, cell]), row[:, cell + 1], strict=True) if p}
            for row in levels
        ]
        for t in range(1, len(books)):
            old, new = books[t - 1], books[t]
            if old and new:
                edge = max([min(b) for b in (old, new) if len(b) == L], default=-np.inf)
                change = [new.get(p, 0) - old.get(p, 0) for p in {*old, *new} if p >= edge]
                for how in (1, -1):
                    out[side, how][t] = sum(max(how * c, 0) for c in change)
    return out


def moved(m: Market, at: np.ndarray, W: str, L: int, side: str, how: int) -> np.ndarray:
    change = np.nan_to_num(differences(m, L)[side, how])
    return np.array([change[r].sum() for r in windows(m.book["time"], at, W)])


def limit_add_rate(
    m: Market, at: np.ndarray, W: str = "10s", side: str = "both", L: int = 5
) -> np.ndarray:
    named = ("bid", "ask") if side == "both" else (side,)
    return sum(moved(m, at, W, L, s, 1) for s in named) / pd.Timedelta(W).total_seconds()


def cancelled(m: Market, at: np.ndarray, W: str, L: int) -> np.ndarray:
    left = moved(m, at, W, L, "bid", -1) + moved(m, at, W, L, "ask", -1)
    return np.maximum(left - sums(m, at, W, m.trade["size"]), 0)


def cancel_rate(m: Market, at: np.ndarray, W: str = "10s", L: int = 5) -> np.ndarray:
    return cancelled(m, at, W, L) / pd.Timedelta(W).total_seconds()


def cancel_to_trade_ratio(m: Market, at: np.ndarray, W: str = "60s", L: int = 5) -> np.ndarray:
    return ratio(cancelled(m, at, W, L), sums(m, at, W, m.trade["size"]))


def add_cancel_imbalance(
    m: Market, at: np.ndarray, W: str = "10s", L: int = 5, sign: str = "flag"
) -> np.ndarray:
    size, side = m.trade["size"], sides(m, sign)
    added = {s: moved(m, at, W, L, s, 1) for s in ("bid", "ask")}
    left = {
        s: np.maximum(moved(m, at, W, L, s, -1) - sums(m, at, W, size * (side == taker)), 0)
        for s, taker in (("bid", -1), ("ask", 1))
    }
    net = (added["bid"] - left["bid"]) - (added["ask"] - left["ask"])
    return ratio(net, sum(added.values()) + sum(left.values()))
