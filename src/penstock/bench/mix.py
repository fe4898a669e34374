"""The 500 columns that the engine suite runs, and the 100 that its peers run as well.

The view ticks at every trade and every book. What it reads of the two streams is sampled by as-of
first, so each event computes every column anew, whichever stream it came on: nothing is skipped.
"""

from penstock.events import Book, Trade
from penstock.expr import Column, Expr
from penstock.ops.asof import AsOf
from penstock.ops.book.depth_imbalance import DepthImbalance
from penstock.ops.book.depth_sum import DepthSum
from penstock.ops.book.depth_weighted_mid import DepthWeightedMid
from penstock.ops.book.level import Level
from penstock.ops.decay.decayed_mean import DecayedMean
from penstock.ops.decay.decayed_sum import DecayedSum
from penstock.ops.ema import Ema
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_max import RollingMax
from penstock.ops.rolling.rolling_median import RollingMedian
from penstock.ops.rolling.rolling_min import RollingMin
from penstock.ops.rolling.rolling_moments import RollingMoments
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.window.window_mean import WindowMean
from penstock.ops.window.window_sum import WindowSum
from penstock.streams import AnyOf, Stream

Columns = dict[str, Expr]

TRADES, BOOKS = Stream(Trade), Stream(Book)
ON = AnyOf((TRADES, BOOKS))
WINDOWS = (20, 50, 100, 200, 500)
SPANS = (5, 10, 20, 30, 50, 75, 100, 200, 500, 1000)
WIDTHS = ("1s", "5s", "10s", "30s", "60s")
PEER_WINDOWS = tuple(range(20, 220, 20))


def mix() -> dict[str, Columns]:
    """500 columns in groups."""
    price, size = AsOf(Column(TRADES, "price"), on=ON), AsOf(Column(TRADES, "size"), on=ON)
    book = AsOf(Column(BOOKS, "levels"), on=ON)
    bid, ask = (Level(book, level=0, field=f"{side}_price") for side in ("bid", "ask"))
    mid, spread = (bid + ask) / 2.0, ask - bid
    micro, tilt = DepthWeightedMid(book, depth=1), DepthImbalance(book, depth=1)
    four = {"price": price, "mid": mid, "size": size, "tilt": tilt}
    eight = {**four, "spread": spread, "micro": micro, "bid": bid, "ask": ask}
    return {
        **averages(eight),
        **rolling(four),
        **returns({"price": price, "mid": mid, "micro": micro}, tilt),
        "book": of_book(book),
        **of_time(size, mid),
    }


def averages(inputs: Columns) -> dict[str, Columns]:
    """80 exponential averages and 40 differences of two."""
    first = list(inputs.items())[:5]
    return {
        "ema": {f"ema_{n}_{s}": Ema(x, span=float(s)) for n, x in inputs.items() for s in SPANS},
        "difference of ema": {
            f"macd_{n}_{short}": Ema(x, span=float(short)) - Ema(x, span=float(long))
            for n, x in first
            for short, long in zip(SPANS, SPANS[2:], strict=False)
        },
    }


def rolling(inputs: Columns) -> dict[str, Columns]:
    """220 statistics of count windows, 5 windows of each of 4 inputs."""
    grid = [(n, w) for n in inputs for w in WINDOWS]
    moments = {(n, w): RollingMoments(inputs[n], window=w) for n, w in grid}
    sums = {(n, w): RollingSum(inputs[n], window=w) for n, w in grid}
    low = {(n, w): RollingMin(inputs[n], window=w) for n, w in grid}
    high = {(n, w): RollingMax(inputs[n], window=w) for n, w in grid}
    return {
        "moments (5 outputs)": {
            f"{o}_{n}_{w}": m[o] for (n, w), m in moments.items() for o in m.outputs
        },
        "z-score": {
            f"z_{n}_{w}": (inputs[n] - m["mean"]) / m["std"] for (n, w), m in moments.items()
        },
        "sum": {f"sum_{n}_{w}": x for (n, w), x in sums.items()},
        "share of the sum": {f"share_{n}_{w}": inputs[n] / sums[n, w] for n, w in grid},
        "minimum": {f"min_{n}_{w}": x for (n, w), x in low.items()},
        "maximum": {f"max_{n}_{w}": x for (n, w), x in high.items()},
        "place in the range": {
            f"place_{n}_{w}": (inputs[n] - low[n, w]) / (high[n, w] - low[n, w]) for n, w in grid
        },
    }


def returns(prices: Columns, tilt: Expr) -> dict[str, Columns]:
    """60 simple returns over 1 to 20 ticks and 10 lags."""
    return {
        "return": {
            f"return_{n}_{k}": x / Lag(x, ticks=k) - 1.0
            for n, x in prices.items()
            for k in range(1, 21)
        },
        "lag": {f"lag_tilt_{k}": Lag(tilt, ticks=k) for k in range(1, 11)},
    }


def of_book(book: Expr) -> Columns:
    """70 columns of the order book's ten levels."""
    fields = ("bid_price", "bid_size", "ask_price", "ask_size")
    depths = range(1, 11)
    made: Columns = {f"imbalance_{d}": DepthImbalance(book, depth=d) for d in depths}
    made |= {f"{s}_{d}": DepthSum(book, depth=d, side=s) for d in depths for s in ("bid", "ask")}
    made |= {f"mid_{d}": DepthWeightedMid(book, depth=d) for d in depths}
    made |= {f"{f}_{n}": Level(book, level=n, field=f) for n in range(1, 6) for f in fields}
    for n in range(10):
        ask, bid = Level(book, level=n, field="ask_price"), Level(book, level=n, field="bid_price")
        made[f"gap_{n}"] = ask - bid
    return made


def of_time(size: Expr, mid: Expr) -> dict[str, Columns]:
    """10 time windows and 10 time-decayed averages."""
    return {
        "time window": {
            **{f"window_sum_{w}": WindowSum(size, width=w, on=ON) for w in WIDTHS},
            **{f"window_mean_{w}": WindowMean(mid, width=w, on=ON) for w in WIDTHS},
        },
        "time decay": {
            **{f"decayed_mean_{w}": DecayedMean(mid, halflife=w, on=ON) for w in WIDTHS},
            **{f"decayed_sum_{w}": DecayedSum(size, halflife=w, on=ON) for w in WIDTHS},
        },
    }


def hundred() -> Columns:
    """The 100 columns of the comparison with csp and screamer: ten statistics, ten windows."""
    x = Column(TRADES, "price")
    made: Columns = {}
    for w in PEER_WINDOWS:
        moments = RollingMoments(x, window=w)
        made |= {f"{name}_{w}": moments[name] for name in moments.outputs}
        made[f"sum_{w}"], made[f"ema_{w}"] = RollingSum(x, window=w), Ema(x, span=float(w))
        made[f"min_{w}"], made[f"max_{w}"] = RollingMin(x, window=w), RollingMax(x, window=w)
        made[f"median_{w}"] = RollingMedian(x, window=w)
    return made
