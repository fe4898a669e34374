"""What volume of trades must give, from NumPy on slices and by brute force."""

import numpy as np
import pandas as pd
from tests.catalog.market import DAY, Market
from tests.catalog.oracles.stats import NAN, seen

BOTH = (
    "volume.volume_weighted_std", "volume.volume_weighted_std(W=20s)", "volume.volume_weighted_std(W=session)",
    "volume.vwap_band_position", "volume.vwap_band_position(W=20s)", "volume.vwap_band_position(session=60s)",
    "volume.volume_burst_flag", "volume.volume_burst_flag(fast=1s, slow=10s, k=1.5)",
    "volume.volume_synchronized_return", "volume.volume_synchronized_return(bucket=100)", "volume.dollar_bar_duration",
    "volume.dollar_bar_duration(bucket=5000)",
)  # fmt: skip
TRADES, TIMED = BOTH, BOTH


def spans(m: Market, at: np.ndarray, W: str, session: str) -> list[slice]:
    """The trades of each row: of a window, or of the session of the last one."""
    times, stops = m.trade["time"], seen(m.trade["time"], at)
    if W == "session":
        period = DAY if session == "1d" else pd.Timedelta(session).value
        days = times // period
        return [slice(np.searchsorted(days, days[max(n - 1, 0)]), n) for n in stops]
    own = len(times) == len(at)
    start = np.searchsorted(times, at - pd.Timedelta(W).value, side="right" if own else "left")
    return [slice(first, stop) for first, stop in zip(start, stops, strict=True)]


def around(m: Market, rows: list[slice]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation weighted by size; prices are taken from the last one, so that equal ones have none."""
    mean, std = np.full(len(rows), NAN), np.full(len(rows), NAN)
    for row, part in enumerate(rows):
        price, size = m.trade["price"][part], m.trade["size"][part]
        if len(price):
            away = price - price[-1]
            centre = np.average(away, weights=size)
            mean[row] = price[-1] + centre
            std[row] = np.sqrt(np.average((away - centre) ** 2, weights=size))
    return mean, std


def volume_weighted_std(
    m: Market, at: np.ndarray, W: str = "300s", session: str = "1d"
) -> np.ndarray:
    return around(m, spans(m, at, W, session))[1]


def vwap_band_position(
    m: Market, at: np.ndarray, W: str = "session", session: str = "1d"
) -> np.ndarray:
    mean, std = around(m, spans(m, at, W, session))
    last = np.array([m.trade["price"][n - 1] if n else NAN for n in seen(m.trade["time"], at)])
    return np.where(std > 0, (last - mean) / std, NAN)


def faded_rate(m: Market, at: np.ndarray, halflife: str) -> np.ndarray:
    """Volume per second, each trade fading with its age."""
    rate = np.log(2) / (pd.Timedelta(halflife).value / 1e9)
    out = np.zeros(len(at))
    for row, n in enumerate(seen(m.trade["time"], at)):
        age = (at[row] - m.trade["time"][:n]) / 1e9
        out[row] = rate * np.sum(m.trade["size"][:n] * np.exp(-rate * age))
    return out


def volume_burst_flag(
    m: Market, at: np.ndarray, fast: str = "5s", slow: str = "300s", k: float = 4.0
) -> np.ndarray:
    return 1.0 * (faded_rate(m, at, fast) > k * faded_rate(m, at, slow))


def buckets(m: Market, amounts: np.ndarray, bucket: float) -> list[int]:
    """The trades that fill a bucket."""
    full, total = [], 0.0
    for t, amount in enumerate(amounts):
        total += amount
        if total >= bucket:
            full.append(t)
            total = 0.0
    return full


def between_buckets(m: Market, at: np.ndarray, full: list[int], values: np.ndarray) -> np.ndarray:
    """The change of a column over the last full bucket that each row knows."""
    counts = np.searchsorted(full, seen(m.trade["time"], at) - 1, side="right")
    return np.array([values[full[n - 1]] - values[full[n - 2]] if n > 1 else NAN for n in counts])


def volume_synchronized_return(m: Market, at: np.ndarray, bucket: float = 10_000) -> np.ndarray:
    full = buckets(m, m.trade["size"], bucket)
    return between_buckets(m, at, full, np.log(m.trade["price"]))


def dollar_bar_duration(m: Market, at: np.ndarray, bucket: float = 1e6) -> np.ndarray:
    full = buckets(m, m.trade["price"] * m.trade["size"], bucket)
    return between_buckets(m, at, full, m.trade["time"]) / 1e9
