"""What icebergs must be inferred from, by brute force over trades and books."""

import numpy as np
import pandas as pd
from tests.catalog.market import Market
from tests.catalog.oracles.order_flow import nano, sides, windows
from tests.catalog.oracles.stats import NAN

QUOTED = (
    "order_flow.iceberg_score", "order_flow.iceberg_score(W=5s, L=1, sign=tick)", "order_flow.iceberg_refill_count",
    "order_flow.iceberg_refill_count(W=20s, dt=3s, L=3, sign=tick)",
)  # fmt: skip


def shown(m: Market, L: int) -> list[dict[int, dict[int, float]]]:
    """The sizes of each book by price, of the bids (-1) and the asks (1)."""
    rows = m.book["levels"].reshape(-1, 10, 4)[:, :L]
    return [
        {
            side: {p: q for p, q in zip(nano(row[:, c]), row[:, c + 1], strict=True) if p}
            for side, c in ((-1, 0), (1, 2))
        }
        for row in rows
    ]


def met(m: Market, L: int, sign: str) -> list[float]:
    """The size that the book before each trade showed at its price, on the side that it took from."""
    books, side = shown(m, L), sides(m, sign)
    before = np.searchsorted(m.book["time"], m.trade["time"], side="left")
    return [
        books[n - 1][int(s)].get(p, NAN) if n and s else NAN
        for p, s, n in zip(nano(m.trade["price"]), side, before, strict=True)
    ]


def iceberg_score(
    m: Market, at: np.ndarray, W: str = "60s", L: int = 10, sign: str = "flag"
) -> np.ndarray:
    trades = pd.DataFrame(
        {"price": nano(m.trade["price"]), "size": m.trade["size"], "shown": met(m, L, sign)}
    )
    out = np.full(len(at), NAN)
    for row, window in enumerate(windows(m.trade["time"], at, W)):
        prices = trades[window].groupby("price").agg({"size": "sum", "shown": "max"})
        scores = (prices["size"] / prices["shown"])[prices["shown"] > 0]
        out[row] = scores.max() if len(scores) else NAN
    return out


def iceberg_refill_count(
    m: Market, at: np.ndarray, W: str = "60s", dt: str = "100ms", L: int = 10, sign: str = "flag"
) -> np.ndarray:
    """Trade by trade: the books until the next trade, and no later than dt, in which its price fell and came back."""
    books, before, side = shown(m, L), met(m, L, sign), sides(m, sign)
    time, ends = m.book["time"], [*m.trade["time"][1:], np.iinfo(np.int64).max]
    back = np.zeros(len(books))
    for price, s, was, start, end in zip(
        nano(m.trade["price"]), side, before, m.trade["time"], ends, strict=True
    ):
        last = start + pd.Timedelta(dt).value
        after = np.flatnonzero((time >= start) & (time < end) & (time <= last))
        if was > 0:
            sizes = np.array([books[n][int(s)].get(price, 0.0) for n in after])
            low = np.flatnonzero(sizes < 0.9 * was)
            risen = np.flatnonzero(sizes[low[0] :] >= 0.9 * was) if low.size else low
            if risen.size:
                back[after[low[0] + risen[0]]] += 1
    return np.array([back[r].sum() for r in windows(time, at, W)])
