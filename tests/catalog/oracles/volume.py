"""What volume must give, from pandas, TA-Lib and brute force on whole columns."""

import numpy as np
import pandas as pd
import talib
from tests.catalog.market import Market
from tests.catalog.oracles.stats import NAN

SECOND = 1_000_000_000


def ratio(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A quotient that is NaN, not infinite, where the divisor is 0."""
    return np.divide(x, y, where=np.asarray(y) != 0, out=np.full(len(x), NAN))


def rolled(values: np.ndarray, w: int, statistic: object) -> np.ndarray:
    """A statistic of each whole window; NaN while one of its values is."""
    return pd.Series(values).rolling(w).apply(statistic, raw=True).to_numpy()


def volume(m: Market, at: np.ndarray) -> np.ndarray:
    return m.bar["volume"]


def per_row(m: Market, at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums of the trades between two rows, by pandas; a row at T holds the trades before T."""
    frame = pd.Series(values).groupby(np.searchsorted(at, m.trade["time"], side="right")).sum()
    return frame.reindex(range(len(at)), fill_value=0.0).to_numpy()


def dollar_volume(m: Market, at: np.ndarray) -> np.ndarray:
    return per_row(m, at, m.trade["price"] * m.trade["size"])


def trade_count(m: Market, at: np.ndarray) -> np.ndarray:
    return per_row(m, at, np.ones(len(m.trade["time"])))


def average_trade_size(m: Market, at: np.ndarray) -> np.ndarray:
    return ratio(per_row(m, at, m.trade["size"]), trade_count(m, at))


def between(times: np.ndarray, at: np.ndarray, width: int) -> list[slice]:
    """The events of [T - width, T) for each row at a timed tick T."""
    return [slice(*np.searchsorted(times, [t - width, t], side="left")) for t in at]


def vwap(m: Market, at: np.ndarray, w: str = "bar") -> np.ndarray:
    if w == "bar":
        return ratio(dollar_volume(m, at), per_row(m, at, m.trade["size"]))
    rows = between(m.trade["time"], at, pd.Timedelta(w).value)
    price, size = m.trade["price"], m.trade["size"]
    return np.array([np.average(price[r], weights=size[r]) if size[r].any() else NAN for r in rows])


def twap(m: Market, at: np.ndarray, W: str = "300s") -> np.ndarray:
    times, prices, out = m.trade["time"], m.trade["price"], np.full(len(at), NAN)
    for row, t in enumerate(at):
        start = max(t - pd.Timedelta(W).value, times[0])
        inside = times[(times > start) & (times < t)]
        edges = np.concatenate([[start], inside, [t]])
        if t > start:
            held = prices[np.searchsorted(times, edges[:-1], side="right") - 1]
            out[row] = np.average(held, weights=np.diff(edges))
    return out


def relative_volume(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.RVOL(m.bar["volume"], w)


def volume_zscore(m: Market, at: np.ndarray, w: int = 60) -> np.ndarray:
    logged = np.log(1 + m.bar["volume"])
    std = rolled(logged, w, lambda v: np.std(v, ddof=1) if (v != v[0]).any() else 0.0)
    return ratio(logged - rolled(logged, w, np.mean), std)


def on_balance_volume(m: Market, at: np.ndarray) -> np.ndarray:
    return talib.OBV(m.bar["close"], m.bar["volume"])


def accumulation_distribution(m: Market, at: np.ndarray) -> np.ndarray:
    return talib.AD(m.bar["high"], m.bar["low"], m.bar["close"], m.bar["volume"])


def chaikin_money_flow(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return talib.CMF(m.bar["high"], m.bar["low"], m.bar["close"], m.bar["volume"], w)


def money_flow_index(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    return talib.MFI(m.bar["high"], m.bar["low"], m.bar["close"], m.bar["volume"], w)


def force_index(m: Market, at: np.ndarray, w: int = 13) -> np.ndarray:
    force = np.diff(m.bar["close"], prepend=NAN) * m.bar["volume"]
    return talib.EMA(force, w)


def volume_clustering_fano(m: Market, at: np.ndarray, W: str = "10s", n: int = 60) -> np.ndarray:
    width = pd.Timedelta(W).value
    first = m.trade["time"][0] // width * width + width
    slots = np.arange(first, at[-1] + 1, width)
    sums = np.array([m.trade["size"][r].sum() for r in between(m.trade["time"], slots, width)])
    out = np.full(len(at), NAN)
    for row, last in enumerate(np.searchsorted(slots, at, side="right")):
        window = sums[max(last - n, 0) : last]
        if len(window) == n and window.mean():
            out[row] = np.var(window, ddof=1) / window.mean()
    return out
