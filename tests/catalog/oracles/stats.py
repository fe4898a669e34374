"""What streaming_stats and price must give, from pandas, SciPy, TA-Lib and brute force on whole columns."""

import numpy as np
import pandas as pd
import scipy.stats
import talib
from tests.catalog.market import DAY, Market

NAN = np.nan


def flat(values: np.ndarray) -> bool:
    return bool((values == values[0]).all())


def series(m: Market, x: str) -> pd.Series:
    """An input column by the name that features use for it."""
    if x in ("price", "size"):
        return pd.Series(m.trade[x])
    if x == "log_return":
        return pd.Series(log_return(m, m.bar["time"]))
    return pd.Series(m.bar[x])


def seen(times: np.ndarray, at: np.ndarray) -> np.ndarray:
    """How many events each row may know: on the stream's own clock up to its own, at a timed tick those before."""
    own = len(times) == len(at) and (times == at).all()
    return np.arange(1, len(at) + 1) if own else np.searchsorted(times, at, side="left")


def expanding_mean(m: Market, at: np.ndarray, x: str = "log_return") -> np.ndarray:
    return series(m, x).expanding().mean().to_numpy()


def expanding_variance(
    m: Market, at: np.ndarray, x: str = "log_return", ddof: int = 1
) -> np.ndarray:
    return (
        series(m, x)
        .expanding(2)
        .apply(lambda v: np.var(v[~np.isnan(v)], ddof=ddof), raw=True)
        .to_numpy()
    )


def expanding(m: Market, x: str, least: int, statistic: object) -> np.ndarray:
    values = series(m, x).to_numpy()
    out = np.full(len(values), NAN)
    for t in range(len(values)):
        known = values[: t + 1][~np.isnan(values[: t + 1])]
        if len(known) >= least and not flat(known):
            out[t] = statistic(known)  # type: ignore[operator]
    return out


def expanding_skewness(
    m: Market, at: np.ndarray, x: str = "log_return", bias: bool = True
) -> np.ndarray:
    return expanding(m, x, 2 if bias else 3, lambda v: scipy.stats.skew(v, bias=bias))


def expanding_kurtosis(
    m: Market, at: np.ndarray, x: str = "log_return", fisher: bool = True
) -> np.ndarray:
    return expanding(m, x, 2, lambda v: scipy.stats.kurtosis(v, fisher=fisher))


def rolling_mean(m: Market, at: np.ndarray, x: str = "log_return", w: int = 60) -> np.ndarray:
    return series(m, x).rolling(w).apply(np.mean, raw=True).to_numpy()


def rolling_std(
    m: Market, at: np.ndarray, x: str = "log_return", w: int = 60, ddof: int = 1
) -> np.ndarray:
    return series(m, x).rolling(w).apply(lambda v: np.std(v, ddof=ddof), raw=True).to_numpy()


def rolling_skewness(m: Market, at: np.ndarray, x: str = "log_return", w: int = 100) -> np.ndarray:
    # pandas calls a variance below 1e-14 zero, which that of minute returns is
    return windows(m, x, w, lambda v: scipy.stats.skew(v, bias=False))


def rolling_kurtosis(m: Market, at: np.ndarray, x: str = "log_return", w: int = 100) -> np.ndarray:
    return windows(m, x, w, lambda v: scipy.stats.kurtosis(v, bias=False))


def windows(m: Market, x: str, w: int, statistic: object) -> np.ndarray:
    """A statistic of each window; NaN while a value is, or while all are equal."""
    return (
        series(m, x)
        .rolling(w)
        .apply(lambda v: NAN if flat(v) else statistic(v), raw=True)
        .to_numpy()
    )  # type: ignore[operator]


def rolling_min(m: Market, at: np.ndarray, x: str = "low", w: int = 20) -> np.ndarray:
    return series(m, x).rolling(w).min().to_numpy()


def rolling_max(m: Market, at: np.ndarray, x: str = "high", w: int = 20) -> np.ndarray:
    return series(m, x).rolling(w).max().to_numpy()


def rolling_median(m: Market, at: np.ndarray, x: str = "log_return", w: int = 60) -> np.ndarray:
    return series(m, x).rolling(w).median().to_numpy()


def rolling_quantile(
    m: Market, at: np.ndarray, x: str = "log_return", w: int = 250, q: float = 0.05
) -> np.ndarray:
    return series(m, x).rolling(w).quantile(q).to_numpy()


def ew_mean(
    m: Market, at: np.ndarray, x: str = "log_return", halflife: float = 20.0, adjust: bool = False
) -> np.ndarray:
    return series(m, x).ewm(halflife=halflife, adjust=adjust, ignore_na=True).mean().to_numpy()


def ew_variance(
    m: Market, at: np.ndarray, x: str = "log_return", halflife: float = 20.0
) -> np.ndarray:
    return (
        series(m, x).ewm(halflife=halflife, adjust=False, ignore_na=True).var(bias=True).to_numpy()
    )


def time_decayed_mean(
    m: Market, at: np.ndarray, x: str = "price", halflife_s: float = 30.0
) -> np.ndarray:
    times, values, out = m.trade["time"], m.trade[x], np.full(len(at), NAN)
    for row, count in enumerate(seen(times, at)):
        if count:
            weights = 2.0 ** ((times[:count] - times[count - 1]) / (halflife_s * 1e9))
            out[row] = np.average(values[:count], weights=weights)
    return out


def simple_return(m: Market, at: np.ndarray, k: int = 1) -> np.ndarray:
    close = pd.Series(m.bar["close"]).where(m.bar["close"] > 0)
    return close.pct_change(k, fill_method=None).to_numpy()


def log_return(m: Market, at: np.ndarray, k: int = 1) -> np.ndarray:
    close = pd.Series(m.bar["close"]).where(m.bar["close"] > 0)
    return np.log(close / close.shift(k)).to_numpy()


def sessions(m: Market, offset: int = 0) -> np.ndarray:
    """The number of the day in which each bar ended: (00:00, 24:00], since a bar is stamped at its end."""
    return (m.bar["time"] - 1 - offset) // DAY


def firsts(m: Market, column: str, day: np.ndarray) -> np.ndarray:
    return pd.Series(m.bar[column]).groupby(day).transform(lambda v: v.iloc[0]).to_numpy()


def previous(values: pd.Series, day: np.ndarray) -> np.ndarray:
    """A value per session, moved to the session that follows."""
    return pd.Series(day).map(values.shift(1)).to_numpy()


def overnight_return(m: Market, at: np.ndarray) -> np.ndarray:
    day = sessions(m)
    closes = pd.Series(m.bar["close"]).groupby(day).agg(lambda v: v.iloc[-1])
    return np.log(firsts(m, "open", day) / previous(closes, day))


def intraday_return(m: Market, at: np.ndarray) -> np.ndarray:
    return np.log(m.bar["close"] / firsts(m, "open", sessions(m)))


def open_gap(m: Market, at: np.ndarray) -> np.ndarray:
    return (m.bars()["open"] / m.bars()["close"].shift(1) - 1).to_numpy()


def cumulative_return(m: Market, at: np.ndarray, anchor: str = "session") -> np.ndarray:
    close = m.bars()["close"].dropna()
    groups = {
        "session": sessions(m),
        "start": np.zeros(len(at)),
        "1w": (m.bar["time"] - 1) // (7 * DAY),
    }
    growth = (1 + close.pct_change().fillna(0)).groupby(groups[anchor][close.index]).cumprod()
    return (growth - 1).reindex(range(len(at))).to_numpy()


def typical_price(m: Market, at: np.ndarray) -> np.ndarray:
    return talib.TYPPRICE(m.bar["high"], m.bar["low"], m.bar["close"])


def true_range(m: Market, at: np.ndarray) -> np.ndarray:
    return talib.TRANGE(m.bar["high"], m.bar["low"], m.bar["close"])


def close_location_value(m: Market, at: np.ndarray) -> np.ndarray:
    high, low, close = (m.bar[name] for name in ("high", "low", "close"))
    with np.errstate(invalid="ignore"):
        return np.where(high == low, 0.0, ((close - low) - (high - close)) / (high - low))


def distance_to_high(m: Market, at: np.ndarray, w: int = 252) -> np.ndarray:
    return (m.bars()["close"] / m.bars()["high"].rolling(w).max() - 1).to_numpy()


def distance_to_low(m: Market, at: np.ndarray, w: int = 252) -> np.ndarray:
    return (m.bars()["close"] / m.bars()["low"].rolling(w).min() - 1).to_numpy()


def distance_to_round_number(m: Market, at: np.ndarray, step: float = 1.0) -> np.ndarray:
    mid = (m.quote["bid_price"] + m.quote["ask_price"]) / 2
    return (mid - step * np.round(mid / step)) / step


def n_bar_breakout(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    frame = m.bars()
    high, low = frame["high"].rolling(w).max().shift(1), frame["low"].rolling(w).min().shift(1)
    known = high.notna() & low.notna() & frame["close"].notna()
    above, below = (frame["close"] > high).astype(float), (frame["close"] < low).astype(float)
    return (above - below).where(known).to_numpy()


def pivot_levels(m: Market) -> dict[str, np.ndarray]:
    """The pivots of the session before each bar's own."""
    day, groups = sessions(m), m.bars().groupby(sessions(m))
    high, low = previous(groups["high"].max(), day), previous(groups["low"].min(), day)
    close = previous(groups["close"].agg(lambda v: v.iloc[-1]), day)
    p = (high + low + close) / 3
    return {
        "P": p,
        "R1": 2 * p - low,
        "S1": 2 * p - high,
        "R2": p + (high - low),
        "S2": p - (high - low),
    }


def pivot_point_classic(m: Market, at: np.ndarray, level: str = "P") -> np.ndarray:
    atr = talib.ATR(m.bar["high"], m.bar["low"], m.bar["close"], 14)
    return (m.bar["close"] - pivot_levels(m)[level]) / atr


def anchored_vwap_distance(m: Market, at: np.ndarray, anchor: str = "session") -> np.ndarray:
    day = m.trade["time"] // DAY
    value = pd.Series(m.trade["price"] * m.trade["size"]).groupby(day).cumsum()
    return (
        m.trade["price"] / (value / pd.Series(m.trade["size"]).groupby(day).cumsum()).to_numpy() - 1
    )
