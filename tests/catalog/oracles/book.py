"""What the features of the book's levels must give, from NumPy, SciPy and brute force on whole columns."""

import numpy as np
import scipy.stats
from tests.catalog.market import Market
from tests.catalog.oracles.stats import NAN


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
