"""What order flow against quotes must give, by brute force over trades and quotes."""

from itertools import pairwise

import numpy as np
import pandas as pd
from tests.catalog.market import Market
from tests.catalog.oracles.micro import mid_price, slopes
from tests.catalog.oracles.order_flow import (
    by_quote,
    last,
    nano,
    quotes_before,
    signed_volume,
    signs,
    slot_ends,
    sums,
    ticks,
    windows,
)
from tests.catalog.oracles.stats import NAN, seen
from tests.catalog.oracles.volume import ratio

EVENTS = (
    "order_flow.order_flow_imbalance", "order_flow.order_flow_imbalance(W=3s)", "order_flow.normalized_ofi",
    "order_flow.normalized_ofi(W=3s)",
)  # fmt: skip
LEVELS = ("order_flow.multi_level_ofi", "order_flow.multi_level_ofi(L=3, W=3s, level=3)")
QUOTES = (*EVENTS, "order_flow.book_snapshot_toxicity_seed001")
BOOKS = LEVELS
QUOTED = (
    *EVENTS, *LEVELS, "order_flow.quote_rule_sign", "order_flow.lee_ready_sign",
    "order_flow.lee_ready_sign(delay=700ms)", "order_flow.emo_sign", "order_flow.clnv_sign",
    *(f"order_flow.signed_volume(W=5s, sign={rule})" for rule in ("quote", "lee_ready", "emo", "clnv")),
    "order_flow.trade_aggression_ratio", "order_flow.trade_aggression_ratio(W=5s)",
    "order_flow.price_improvement_share", "order_flow.price_improvement_share(W=5s)",
    "order_flow.trade_through_share", "order_flow.trade_through_share(W=5s)",
    "order_flow.absorption_ratio_flow", "order_flow.absorption_ratio_flow(W=7s, tick=0.25, sign=tick)",
    "order_flow.ofi_price_beta", "order_flow.ofi_price_beta(w=20, slot=1s, tick=0.25)",
)  # fmt: skip


def quote_rule_sign(m: Market, at: np.ndarray) -> np.ndarray:
    return last(m, at, signs(m, "quote"))


def lee_ready_sign(m: Market, at: np.ndarray, delay: str = "0ms") -> np.ndarray:
    count = np.searchsorted(
        m.quote["time"], m.trade["time"] - pd.Timedelta(delay).value, side=side_of(delay)
    )
    bids, asks = nano(m.quote["bid_price"]), nano(m.quote["ask_price"])
    said = [
        by_quote(p, bids[n - 1], asks[n - 1]) if n else None
        for p, n in zip(nano(m.trade["price"]), count, strict=True)
    ]
    both = [t if s == 0 else s for s, t in zip(said, ticks(m), strict=True)]
    return last(m, at, np.array(both, float))


def side_of(delay: str) -> str:
    """A quote of the trade's own time is not before it; one that has become `delay` old by then is."""
    return "left" if pd.Timedelta(delay).value == 0 else "right"


def emo_sign(m: Market, at: np.ndarray) -> np.ndarray:
    return last(m, at, signs(m, "emo"))


def clnv_sign(m: Market, at: np.ndarray) -> np.ndarray:
    return last(m, at, signs(m, "clnv"))


def shares(m: Market, at: np.ndarray, W: str, held: object) -> np.ndarray:
    size = m.trade["size"]
    counts, holds = np.zeros(len(size)), np.zeros(len(size))
    for i, (p, (bid, ask)) in enumerate(zip(nano(m.trade["price"]), quotes_before(m), strict=True)):
        if bid is not None and ask is not None and bid <= ask:
            counts[i] = size[i]
            holds[i] = size[i] * held(p, bid, ask)  # type: ignore[operator]
    return ratio(sums(m, at, W, holds), sums(m, at, W, counts))


def trade_aggression_ratio(m: Market, at: np.ndarray, W: str = "60s") -> np.ndarray:
    return shares(m, at, W, lambda p, bid, ask: p >= ask or p <= bid)


def price_improvement_share(m: Market, at: np.ndarray, W: str = "300s") -> np.ndarray:
    return shares(m, at, W, lambda p, bid, ask: bid < p < ask)


def trade_through_share(m: Market, at: np.ndarray, W: str = "300s") -> np.ndarray:
    return shares(m, at, W, lambda p, bid, ask: p > ask or p < bid)


def absorption_ratio_flow(
    m: Market, at: np.ndarray, W: str = "60s", tick: float = 0.01, sign: str = "flag"
) -> np.ndarray:
    mid, times = np.concatenate([[NAN], mid_price(m, at)]), m.quote["time"]
    before = mid[np.searchsorted(times, at - pd.Timedelta(W).value, side="right")]
    moved = np.abs(mid[np.searchsorted(times, at, side="left")] - before) / tick
    net = np.abs(signed_volume(m, at, W, sign))
    return np.where(np.isnan(moved), NAN, net / np.maximum(moved, 1))


def contributions(m: Market, level: int = 1) -> np.ndarray:
    """What each event adds, by the definition; NaN where a price is absent now or before."""
    rows = m.book["levels"].reshape(-1, 10, 4)[:, level - 1].tolist()
    out = [NAN]
    for (b0, qb0, a0, qa0), (b, qb, a, qa) in pairwise(rows):
        if np.isfinite([b0, a0, b, a]).all():
            out.append((b >= b0) * qb - (b <= b0) * qb0 - (a <= a0) * qa + (a >= a0) * qa0)
        else:
            out.append(NAN)
    return np.array(out)


def summed(m: Market, at: np.ndarray, W: str, level: int) -> np.ndarray:
    flow = contributions(m, level)
    known = np.concatenate([[0], np.cumsum(np.isfinite(flow))])[seen(m.quote["time"], at)]
    total = [np.nansum(flow[r]) for r in windows(m.quote["time"], at, W)]
    return np.where(known > 0, total, NAN)


def order_flow_imbalance(m: Market, at: np.ndarray, W: str = "10s") -> np.ndarray:
    return summed(m, at, W, 1)


def normalized_ofi(m: Market, at: np.ndarray, W: str = "10s") -> np.ndarray:
    depth = (m.quote["bid_size"] + m.quote["ask_size"]) / 2
    rows = windows(m.quote["time"], at, W)
    mean = np.array([np.mean(depth[r]) if r.stop > r.start else NAN for r in rows])
    return summed(m, at, W, 1) / mean


def multi_level_ofi(
    m: Market, at: np.ndarray, L: int = 5, W: str = "10s", level: int = 1
) -> np.ndarray:
    return summed(m, at, W, level)


def ofi_price_beta(
    m: Market, at: np.ndarray, w: int = 180, slot: str = "10s", tick: float = 0.01
) -> np.ndarray:
    times, flow = m.quote["time"], np.nan_to_num(contributions(m))
    ends = slot_ends(times[0], at[-1], slot)
    count = np.searchsorted(times, ends, side="left")
    size = np.diff(np.concatenate([[0], np.cumsum(flow)])[count], prepend=0)
    mid = np.concatenate([[NAN], mid_price(m, at)])[count]
    beta = np.concatenate([[NAN], slopes(size, np.diff(mid, prepend=NAN) / tick, w)])
    return beta[np.searchsorted(ends, at, side="right")]


def book_snapshot_toxicity_seed001(m: Market, at: np.ndarray) -> np.ndarray:
    mid = pd.Series(mid_price(m, at))
    return 2 * mid.pct_change(fill_method=None).abs().to_numpy()
