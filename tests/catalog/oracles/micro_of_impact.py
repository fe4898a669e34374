"""What orders cost and prices follow must give: books walked level by level, regressions by statsmodels and SciPy."""

import numpy as np
import scipy.stats
import statsmodels.api as sm
from tests.catalog.market import Market
from tests.catalog.oracles.book import sides as levels
from tests.catalog.oracles.book import walk
from tests.catalog.oracles.micro import mid_before_trades
from tests.catalog.oracles.order_flow import last
from tests.catalog.oracles.stats import NAN

BOOKS = (
    "microstructure.market_order_slippage", "microstructure.market_order_slippage(notional=2000, side=sell)",
    "microstructure.market_order_slippage(notional=5e5, side=sell)", "microstructure.slippage_asymmetry",
    "microstructure.slippage_asymmetry(notional=2000)",
)  # fmt: skip
QUOTED = (
    "microstructure.lin_sanger_booth_lambda", "microstructure.lin_sanger_booth_lambda(w=40)",
)  # fmt: skip
PAIRS = (
    "microstructure.pastor_stambaugh_gamma", "microstructure.pastor_stambaugh_gamma(w=20, asset=b, bench=a)",
)  # fmt: skip


def market_order_slippage(
    m: Market, at: np.ndarray, notional: float = 100_000.0, side: str = "buy"
) -> np.ndarray:
    bid, bid_size, ask, ask_size = levels(m, 10)
    out = np.full(len(at), NAN)
    for row in range(len(at)):
        mid = (bid[row, 0] + ask[row, 0]) / 2
        if bid[row, 0] <= ask[row, 0] and side == "buy":
            out[row] = 1e4 * (walk(ask[row], ask_size[row], notional) - mid) / mid
        elif bid[row, 0] <= ask[row, 0]:
            out[row] = 1e4 * (mid - walk(bid[row], bid_size[row], notional)) / mid
    return out


def slippage_asymmetry(m: Market, at: np.ndarray, notional: float = 100_000.0) -> np.ndarray:
    bought, sold = (market_order_slippage(m, at, notional, side) for side in ("buy", "sell"))
    return bought - sold


def slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The coefficients of y on the columns of x, NaN where there are none."""
    known = np.isfinite(x).all() and np.isfinite(y).all()
    if not known or np.linalg.matrix_rank(x / np.abs(x).max(axis=0)) < x.shape[1]:
        return np.full(x.shape[1], NAN)
    return sm.OLS(y, x).fit().params


def lin_sanger_booth_lambda(m: Market, at: np.ndarray, w: int = 500) -> np.ndarray:
    mid, price = mid_before_trades(m), m.trade["price"]
    distance = np.round(price - mid, 9)[:-1]
    moved = np.round(np.diff(mid), 9)
    out = np.full(len(price), NAN)
    for t in range(w, len(price)):
        x, y = distance[t - w : t], moved[t - w : t]
        if np.isfinite(x).all() and np.isfinite(y).all() and (x != x[0]).any():
            out[t] = scipy.stats.linregress(x, y).slope
    return last(m, at, out)


def pastor_stambaugh_gamma(
    m: Market, at: np.ndarray, w: int = 60, asset: str = "a", bench: str = "b"
) -> np.ndarray:
    moves = []
    for role in (asset, bench):
        count = np.searchsorted(m.roles[role]["time"], at, side="left")
        close = np.concatenate([[NAN], m.roles[role]["close"]])[count]
        moves.append(np.diff(np.log(close), prepend=NAN))
    own = m.roles[asset]
    worth = np.nan_to_num(own["close"] * own["volume"])
    ends = np.searchsorted(own["time"], at, side="left")
    value = np.array([worth[a:b].sum() for a, b in zip([0, *ends[:-1]], ends, strict=True)])
    beyond = moves[0] - moves[1]
    flow = np.sign(beyond) * value
    out = np.full(len(at), NAN)
    for t in range(w + 1, len(at)):
        before, now = slice(t - w, t), slice(t - w + 1, t + 1)
        x = np.column_stack([np.ones(w), moves[0][before], flow[before]])
        scale = np.abs(x).max(axis=0)  # values are large beside returns
        if (scale > 0).all() and np.isfinite(scale).all():
            out[t] = slope(x / scale, beyond[now])[2] / scale[2]
    return out
