"""What the book's shape and estimated spreads must give, from bidask, SciPy and NumPy."""

from fractions import Fraction

import numpy as np
import scipy.stats
from bidask import edge
from tests.catalog.market import Market
from tests.catalog.oracles.book import sides
from tests.catalog.oracles.micro_of_moves import in_force
from tests.catalog.oracles.order_flow import last
from tests.catalog.oracles.stats import NAN

GRID = (1, 5, 10, 25, 50, 100)
QUOTES = ("microstructure.time_weighted_spread", "microstructure.time_weighted_spread(W=3s)")
QUOTED = ("microstructure.time_weighted_spread(W=9s)", "microstructure.effective_tick(w=40)")
TRADES = (
    "microstructure.effective_tick", "microstructure.effective_tick(w=50)",
    "microstructure.effective_tick(w=80, grid=1:2:4:8, tick=0.005)",
    "microstructure.effective_tick(w=60, grid=1:4:6, tick=0.25)",
)  # fmt: skip
BARS = (
    "microstructure.edge_spread", "microstructure.edge_spread(w=60)", "microstructure.edge_spread(w=9, sign=true)",
    "microstructure.fht_spread", "microstructure.fht_spread(w=10)",
)  # fmt: skip
BOOKS = (
    "microstructure.order_book_convexity", "microstructure.order_book_convexity(L=4, tick=0.25)",
    "microstructure.order_book_convexity(L=3)", "microstructure.order_book_center_of_mass",
    "microstructure.order_book_center_of_mass(L=2)", "microstructure.depth_concentration_hhi",
    "microstructure.depth_concentration_hhi(L=1)", "microstructure.book_gap_average",
    "microstructure.book_gap_average(L=3, tick=0.002)", "microstructure.first_gap_size",
    "microstructure.first_gap_size(side=bid, tick=0.005)",
)  # fmt: skip


def time_weighted_spread(m: Market, at: np.ndarray, W: str = "60s") -> np.ndarray:
    bid, ask = m.quote["bid_price"], m.quote["ask_price"]
    spread = np.where(ask >= bid, (ask - bid) / (ask + bid) * 2e4, NAN)
    found = in_force(m, at, W, spread)
    return np.array([np.average(part, weights=held) if len(part) else NAN for part, held in found])


def edge_spread(m: Market, at: np.ndarray, w: int = 21, sign: bool = False) -> np.ndarray:
    bars = np.array([m.bar[name] for name in ("open", "high", "low", "close")])
    out = np.full(len(at), NAN)
    for t in range(w - 1, len(at)):
        part = bars[:, t - w + 1 : t + 1]
        if (part > 0).all():
            out[t] = edge(*part, sign=sign)
    return out


def fht_spread(m: Market, at: np.ndarray, w: int = 60) -> np.ndarray:
    close, out = m.bar["close"], np.full(len(at), NAN)
    for t in range(w, len(at)):
        part = close[t - w : t + 1]
        zeros, spread = np.mean(np.diff(part) == 0), np.std(np.diff(np.log(part)), ddof=1)
        if zeros < 1:
            out[t] = 2 * spread * scipy.stats.norm.ppf((1 + zeros) / 2)
    return out


def effective_tick(
    m: Market, at: np.ndarray, w: int = 500, grid: tuple[int, ...] = GRID, tick: float = 0.01
) -> np.ndarray:
    """Holden's recursion: what a spread's prices have beyond those that finer spreads put there."""
    price = m.trade["price"]
    steps = np.round(price / tick).astype(int)
    on_grid = np.abs(price / tick - steps) < 1e-6
    cycle = int(np.lcm.reduce(grid))
    coarsest = lambda p: max((g for g in grid if p % g == 0), default=0)  # noqa: E731
    of_cycle = [coarsest(p) for p in range(cycle)]
    # the share of a finer spread's prices that are at home on a coarser one
    met = {
        (j, k): Fraction(
            sum(home == k for p, home in enumerate(of_cycle) if p % j == 0), cycle // j
        )
        for j in grid
        for k in grid
    }
    home = np.where(on_grid, [coarsest(int(p)) for p in steps], 0)
    out = np.full(len(price), NAN)
    for t in range(w - 1, len(price)):
        part = home[t - w + 1 : t + 1]
        count = np.count_nonzero(part)
        if not count or not np.isfinite(price[t - w + 1 : t + 1]).all():
            continue
        likely, taken = {}, {}
        for k in grid:
            share = Fraction(int(np.count_nonzero(part == k)), count)
            rest = share - sum(likely[j] * met[j, k] for j in likely)
            likely[k] = rest / met[k, k]
            taken[k] = min(max(likely[k], Fraction(0)), 1 - sum(taken.values()))
        cost = float(sum(taken[k] * k for k in grid)) * tick
        out[t] = cost / np.mean(price[t - w + 1 : t + 1])
    return last(m, at, out)


def order_book_convexity(m: Market, at: np.ndarray, L: int = 10, tick: float = 0.01) -> np.ndarray:
    bid, bid_size, ask, ask_size = sides(m, L)
    out = np.full(len(bid), NAN)
    for row in range(len(bid)):
        mid = (bid[row, 0] + ask[row, 0]) / 2
        if np.isfinite(bid[row]).all() and np.isfinite(ask[row]).all():
            bends = [
                np.polyfit(np.round(away / tick, 6), np.cumsum(size), 2)[0]
                for away, size in ((ask[row] - mid, ask_size[row]), (mid - bid[row], bid_size[row]))
            ]
            out[row] = bends[0] - bends[1]
    return out


def order_book_center_of_mass(m: Market, at: np.ndarray, L: int = 10) -> np.ndarray:
    bid, bid_size, ask, ask_size = sides(m, L)
    mean = np.average(np.hstack([bid, ask]), axis=1, weights=np.hstack([bid_size, ask_size]))
    spread, mid = ask[:, 0] - bid[:, 0], (bid[:, 0] + ask[:, 0]) / 2
    return np.where(spread > 0, (mean - mid) / spread, NAN)


def depth_concentration_hhi(m: Market, at: np.ndarray, L: int = 10) -> np.ndarray:
    bid, bid_size, ask, ask_size = sides(m, L)
    sizes = np.hstack([bid_size, ask_size]) + 0.0 * np.hstack([bid, ask])
    return ((sizes / sizes.sum(1)[:, None]) ** 2).sum(1)


def book_gap_average(m: Market, at: np.ndarray, L: int = 10, tick: float = 0.01) -> np.ndarray:
    bid, _, ask, _ = sides(m, L)
    gaps = np.abs(np.hstack([np.diff(bid, axis=1), np.diff(ask, axis=1)]))
    return np.round(gaps / tick).mean(axis=1)


def first_gap_size(m: Market, at: np.ndarray, side: str = "ask", tick: float = 0.01) -> np.ndarray:
    prices = sides(m, 2)[0 if side == "bid" else 2]
    return np.round(np.abs(np.diff(prices, axis=1)[:, 0]) / tick)
