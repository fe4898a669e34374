"""What delta must give, from NumPy, pandas, TA-Lib and brute force on whole columns."""

import numpy as np
import pandas as pd
import talib
from numpy.lib.stride_tricks import sliding_window_view
from tests.catalog.market import Market
from tests.catalog.oracles.by_hand import known_only
from tests.catalog.oracles.micro import bid_ask_spread, mid_price, queue_imbalance
from tests.catalog.oracles.stats import NAN, flat, log_return, rolling_skewness
from tests.catalog.oracles.volume import ratio

BARS = (
    "delta.price_change", "delta.price_change(k=7)", "delta.return_acceleration", "delta.price_jerk",
    "delta.volume_change", "delta.volatility_change", "delta.volatility_change(w=10, k=3)", "delta.rsi_change",
    "delta.rsi_change(w=5, k=1)", "delta.skewness_change", "delta.skewness_change(w=20, k=5)",
    "delta.entropy_change", "delta.entropy_change(w=40, k=10)",
)  # fmt: skip
TRADES = ("delta.price_change_ticks", "delta.price_change_ticks(tick=0.25)")
TIMED = ("delta.trade_intensity_change", "delta.trade_intensity_change(fast=2s, slow=20s)")
QUOTED = (
    "delta.spread_change", "delta.spread_change(W=5s)", "delta.depth_change", "delta.depth_change(L=2, W=3s)",
    "delta.imbalance_change", "delta.imbalance_change(W=2s)",
)  # fmt: skip
PAIRS = (
    "delta.correlation_change", "delta.correlation_change(w=20, k=5)", "delta.beta_change",
    "delta.beta_change(w=20, k=5)",
)  # fmt: skip
SPANS = "two nearly equal means of a long series, and the series' rounding"
TOLERANCE = {
    "delta.skewness_change": (1e-8, "a difference of two skewnesses"),
    "delta.spread_change": (1e-7, SPANS),
}


def nanoseconds(span: str) -> int:
    return pd.Timedelta(span).value


def shifted(values: np.ndarray, k: int) -> np.ndarray:
    return np.concatenate([np.full(min(k, len(values)), NAN), values[: max(len(values) - k, 0)]])


def moved(values: np.ndarray, k: int) -> np.ndarray:
    return values - shifted(values, k)


def windows(values: np.ndarray, w: int) -> np.ndarray:
    """The last `w` values at each row; a row of NaN where there are fewer."""
    return sliding_window_view(np.concatenate([np.full(w - 1, NAN), values]), w)


def deviation(values: np.ndarray, w: int) -> np.ndarray:
    """The sample standard deviation of each window, 0 where its values are equal."""
    of = windows(values, w)
    return np.where((of == of[:, :1]).all(axis=1), 0.0, np.std(of, axis=1, ddof=1))


def logarithm(values: np.ndarray) -> np.ndarray:
    return np.log(np.where(values > 0, values, NAN))


def price_change(m: Market, at: np.ndarray, k: int = 1) -> np.ndarray:
    return moved(m.bar["close"], k)


def price_change_ticks(m: Market, at: np.ndarray, tick: float = 0.01) -> np.ndarray:
    return np.diff(m.trade["price"], prepend=NAN) / tick


def return_acceleration(m: Market, at: np.ndarray) -> np.ndarray:
    return np.diff(logarithm(m.bar["close"]), n=2, prepend=[NAN, NAN])


def price_jerk(m: Market, at: np.ndarray) -> np.ndarray:
    return np.diff(logarithm(m.bar["close"]), n=3, prepend=[NAN, NAN, NAN])


def volume_change(m: Market, at: np.ndarray) -> np.ndarray:
    return np.diff(np.log(1 + m.bar["volume"]), prepend=NAN)


def volatility_change(m: Market, at: np.ndarray, w: int = 20, k: int = 5) -> np.ndarray:
    return moved(logarithm(deviation(log_return(m, at), w)), k)


def rsi_change(m: Market, at: np.ndarray, w: int = 14, k: int = 3) -> np.ndarray:
    if len(at) <= w:
        return np.full(len(at), NAN)
    return moved(talib.RSI(m.bar["close"], w), k)


def rsi_change_by_hand(m: Market, at: np.ndarray, w: int = 14, k: int = 3) -> np.ndarray:
    change = np.diff(m.bar["close"], prepend=NAN)
    up, down = (known_only(np.maximum(sign * change, 0), 1 / w, w) for sign in (1, -1))
    return moved(100 * ratio(up, up + down), k)


def skewness_change(m: Market, at: np.ndarray, w: int = 100, k: int = 20) -> np.ndarray:
    return moved(rolling_skewness(m, at, w=w), k)


def pattern_entropies(values: np.ndarray, w: int) -> np.ndarray:
    """The entropy of the orders of three successive values in each window, of at most ln 6."""
    triples = windows(values, 3)
    order = np.argsort(triples, axis=1, kind="stable") @ (9, 3, 1)
    order[~np.isfinite(triples).all(axis=1)] = -1
    counts = sliding_window_view(np.concatenate([np.full(w - 3, -1), order]), w - 2)
    out = np.full(len(values), NAN)
    for row in np.flatnonzero((counts >= 0).all(axis=1)):
        p = np.sort(np.unique(counts[row], return_counts=True)[1]) / (w - 2)
        out[row] = -np.sum(p * np.log(p)) / np.log(6)
    return out


def entropy_change(m: Market, at: np.ndarray, w: int = 250, k: int = 50) -> np.ndarray:
    return moved(pattern_entropies(m.bar["close"], w), k)


def last_before(times: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The value of the last event before each timed tick."""
    place = np.searchsorted(times, at, side="left") - 1
    return np.where(place >= 0, values[place], NAN)


def ago(values: np.ndarray, at: np.ndarray, span: int) -> np.ndarray:
    """The value of the last row that is at least so old."""
    place = np.searchsorted(at, at - span, side="right") - 1
    return np.where(place >= 0, values[place], NAN)


def time_mean(times: np.ndarray, values: np.ndarray, at: np.ndarray, span: int) -> np.ndarray:
    """The mean over [t - span, t), each value as long as it was in force."""
    out = np.full(len(at), NAN)
    for row, t in enumerate(at):
        start = max(t - span, times[0])
        inside = times[(times > start) & (times < t)]
        edges = np.concatenate([[start], np.unique(inside), [t]])
        if t > start:
            held = values[np.searchsorted(times, edges[:-1], side="right") - 1]
            out[row] = np.average(held, weights=np.diff(edges))
    return out


def spread_change(m: Market, at: np.ndarray, W: str = "60s") -> np.ndarray:
    times = m.quote["time"]
    spread = 1e4 * bid_ask_spread(m, at) / mid_price(m, at)
    mean = time_mean(times, spread, at, nanoseconds(W))
    return mean - ago(mean, at, nanoseconds(W))


def depth_change(m: Market, at: np.ndarray, L: int = 5, W: str = "10s") -> np.ndarray:
    depth = m.book["levels"].reshape(len(m.book["time"]), -1, 4)[:, :L, 1::2].sum(axis=(1, 2))
    logged = logarithm(last_before(m.book["time"], depth, at))
    return logged - ago(logged, at, nanoseconds(W))


def imbalance_change(m: Market, at: np.ndarray, W: str = "10s") -> np.ndarray:
    now = last_before(m.quote["time"], queue_imbalance(m, at), at)
    return now - ago(now, at, nanoseconds(W))


def trade_intensity_change(
    m: Market, at: np.ndarray, fast: str = "10s", slow: str = "300s"
) -> np.ndarray:
    out = np.full(len(at), NAN)
    for row, t in enumerate(at):
        age = (t - m.trade["time"][m.trade["time"] < t]) / 1e9
        if age.size:
            rates = (
                np.log(2) / h * np.sum(2.0 ** (-age / h))
                for h in (nanoseconds(fast) / 1e9, nanoseconds(slow) / 1e9)
            )
            quick, long = rates
            out[row] = np.log(quick / long) if quick > 1e-200 else NAN
    return out


def paired(m: Market, at: np.ndarray) -> tuple[pd.Series, pd.Series]:
    """Log returns between rows of the closes that were known at each row."""
    known = (
        logarithm(last_before(m.roles[role]["time"], m.roles[role]["close"], at)) for role in "ab"
    )
    a, b = (pd.Series(np.diff(closes, prepend=NAN)) for closes in known)
    return a, b


def both(m: Market, at: np.ndarray, w: int, statistic: object) -> np.ndarray:
    """A statistic of the last `w` returns of both, where all are known."""
    a, b = (windows(returns.to_numpy(), w) for returns in paired(m, at))
    out = np.full(len(at), NAN)
    for row in np.flatnonzero(np.isfinite(a).all(axis=1) & np.isfinite(b).all(axis=1)):
        out[row] = statistic(a[row], b[row])  # type: ignore[operator]
    return out


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return NAN if flat(a) or flat(b) else float(np.corrcoef(a, b)[0, 1])


def slope(a: np.ndarray, b: np.ndarray) -> float:
    return NAN if flat(b) else float(np.cov(a, b)[0, 1] / np.var(b, ddof=1))


def correlation_change(m: Market, at: np.ndarray, w: int = 60, k: int = 20) -> np.ndarray:
    rho = both(m, at, w, correlation)
    return moved(np.arctanh(np.where(np.abs(rho) < 1, rho, NAN)), k)


def beta_change(m: Market, at: np.ndarray, w: int = 120, k: int = 20) -> np.ndarray:
    return moved(both(m, at, w, slope), k)
