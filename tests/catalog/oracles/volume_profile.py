"""What profiles of a session must give: histograms by NumPy, trade after trade from scratch; peaks by SciPy."""

from typing import Any

import numpy as np
import pandas as pd
import scipy.signal
import scipy.special
from tests.catalog.market import DAY, SECOND, Market
from tests.catalog.oracles.by_hand import known_only
from tests.catalog.oracles.price import first_part
from tests.catalog.oracles.stats import NAN, seen

SHORT = "W=60s, bins=64"
NAMES = (
    "point_of_control", "value_area_high", "value_area_low", "value_area_position", "high_volume_node_distance",
    "low_volume_node_distance", "volume_at_price_share", "volume_above_price_share", "volume_profile_entropy",
    "delta_at_poc", "naked_poc_distance", "poc_migration",
)  # fmt: skip
BOTH = (
    *(f"volume_profile.{name}" for name in NAMES),
    *(f"volume_profile.{name}({SHORT})" for name in NAMES[:-1]),
    "volume_profile.point_of_control(W=20s, tick=0.05)", "volume_profile.value_area_high(W=20s, tick=0.05, bins=8)",
    "volume_profile.value_area_low(va=0.4)", "volume_profile.high_volume_node_distance(prom=0.3, smooth=1)",
    "volume_profile.low_volume_node_distance(prom=0.05, smooth=3, bins=64)", "volume_profile.delta_at_poc(W=5s)",
    "volume_profile.naked_poc_distance(W=5s, sessions=3)", "volume_profile.poc_migration(W=20s, bar=2s, atr=3)",
    "volume_profile.volume_profile_skew", "volume_profile.volume_profile_skew(W=20s)",
    "volume_profile.volume_profile_kurtosis", "volume_profile.volume_profile_kurtosis(W=20s)",
)  # fmt: skip
TRADES, TIMED = BOTH, BOTH
BARS = (
    "volume_profile.tpo_count_at_price", "volume_profile.tpo_count_at_price(period=2h)",
    "volume_profile.tpo_count_at_price(session=1d+13h30m, tick=0.05, bins=16)", "volume_profile.single_print_count",
    "volume_profile.single_print_count(period=2h)", "volume_profile.single_print_count(session=1d+13h30m, bins=16)",
    "volume_profile.initial_balance_range", "volume_profile.initial_balance_range(minutes=120, session=1d+13h30m)",
)  # fmt: skip
TOLERANCE = {
    f"volume_profile.volume_profile_{name}": (
        1e-8,
        "a moment of a few trades is a small difference of large terms",
    )
    for name in ("skew", "kurtosis")
}
KEPT: dict[Any, Any] = {}


def kept(m: Market, *key: Any, make: Any) -> Any:
    """What one market gives for some parameters, computed once."""
    whole = (m.name, *(column["time"].size for column in (m.trade, m.bar) if column), *key)
    if whole not in KEPT:
        KEPT[whole] = make()
    return KEPT[whole]


def begins(m: Market, W: str) -> np.ndarray:
    """The first trade of each trade's session."""
    period = DAY if W == "session" else pd.Timedelta(W).value
    number = m.trade["time"] // period
    return np.searchsorted(number, number)


def tick_of(price: float, tick: object) -> float:
    if tick != "auto":
        return float(tick)  # type: ignore[arg-type]
    ladder = [float(f"{digits}e{n}") for n in range(-9, 6) for digits in ("1", "2.5", "5")]
    return max(step for step in ladder if step <= abs(price) * 1e-4)


def histogram(
    m: Market, start: int, stop: int, tick: object, bins: int
) -> tuple[np.ndarray, int, float, float]:
    """The bin of each trade, the lowest one, the width of a bin in ticks, and the tick."""
    step = tick_of(m.trade["price"][start], tick)
    number = np.floor(m.trade["price"][start:stop] / step + 0.5).astype(np.int64)
    width = 1
    while number.max() // width - number.min() // width >= bins:
        width *= 2
    number //= width
    return number, int(number.min()), width, step


def levels(m: Market, W: str, tick: object, bins: int, va: float = 0.7) -> dict[str, np.ndarray]:
    """What the profile says after each trade."""
    return kept(m, "levels", W, tick, bins, va, make=lambda: each(m, W, tick, bins, va))


def each(m: Market, W: str, tick: object, bins: int, va: float) -> dict[str, np.ndarray]:
    price, size, side = (m.trade[name] for name in ("price", "size", "side"))
    found: dict[str, list[float]] = {}
    for t, start in enumerate(begins(m, W)):
        part = slice(start, t + 1)
        number, lowest, width, step = histogram(m, start, t + 1, tick, bins)
        volumes = np.bincount(number - lowest, size[part])
        middles = (np.arange(len(volumes)) + lowest) * width + (width - 1) / 2
        top = np.flatnonzero(volumes == volumes.max())
        vwap = price[start] + (price[part] - price[start]) @ size[part] / volumes.sum()
        away = np.round(np.abs(middles[top] - vwap / step) / width, 6)
        poc = top[np.argmin(away)]
        low, high = area(volumes.tolist(), poc, va * volumes.sum())
        in_poc = (number - lowest == poc) & (side[part] != 0)
        here, used = number[-1] - lowest, volumes[volumes > 0]
        row = {
            "poc": middles[poc] * step,
            "half": width * step / 2,
            "low": (middles[low] - width / 2) * step,
            "high": (middles[high] + width / 2) * step,
            "here": volumes[here] / volumes.sum(),
            "above": volumes[here + 1 :].sum() / volumes.sum(),
            "entropy": scipy.special.entr(used / used.sum()).sum() / np.log(len(used))
            if len(used) > 1
            else 0.0,
            "delta": np.average(side[part][in_poc], weights=size[part][in_poc])
            if in_poc.any()
            else NAN,
        }
        for name, value in row.items():
            found.setdefault(name, []).append(float(value))
    return {name: np.array(values) for name, values in found.items()}


def area(volumes: list[float], poc: int, wanted: float) -> tuple[int, int]:
    """The first and last bin of the value area."""
    low = high = int(poc)
    held = volumes[low]
    while held < wanted:
        above = volumes[high + 1] if high + 1 < len(volumes) else -1.0
        below = volumes[low - 1] if low > 0 else -1.0
        held += max(above, below)
        if (above, poc - low) > (below, high - poc - 1):
            high += 1
        else:
            low -= 1
    return low, high


def sampled(m: Market, at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The value after the last trade that each row knows."""
    counts = seen(m.trade["time"], at)
    return np.where(counts > 0, values[np.maximum(counts - 1, 0)], NAN)


def point_of_control(
    m: Market, at: np.ndarray, W: str = "session", tick: object = "auto", bins: int = 512
) -> np.ndarray:
    return sampled(m, at, levels(m, W, tick, bins)["poc"])


def value_area_high(
    m: Market, at: np.ndarray, W: str = "session", va: float = 0.7, tick: object = "auto", bins: int = 512
) -> np.ndarray:  # fmt: skip
    return sampled(m, at, levels(m, W, tick, bins, va)["high"])


def value_area_low(
    m: Market, at: np.ndarray, W: str = "session", va: float = 0.7, tick: object = "auto", bins: int = 512
) -> np.ndarray:  # fmt: skip
    return sampled(m, at, levels(m, W, tick, bins, va)["low"])


def value_area_position(
    m: Market, at: np.ndarray, va: float = 0.7, W: str = "session", tick: object = "auto", bins: int = 512
) -> np.ndarray:  # fmt: skip
    found = levels(m, W, tick, bins, va)
    return sampled(m, at, (m.trade["price"] - found["low"]) / (found["high"] - found["low"]))


def volume_at_price_share(
    m: Market, at: np.ndarray, W: str = "session", tick: object = "auto", bins: int = 512
) -> np.ndarray:
    return sampled(m, at, levels(m, W, tick, bins)["here"])


def volume_above_price_share(
    m: Market, at: np.ndarray, W: str = "session", tick: object = "auto", bins: int = 512
) -> np.ndarray:
    return sampled(m, at, levels(m, W, tick, bins)["above"])


def volume_profile_entropy(
    m: Market, at: np.ndarray, W: str = "session", tick: object = "auto", bins: int = 512
) -> np.ndarray:
    return sampled(m, at, levels(m, W, tick, bins)["entropy"])


def delta_at_poc(
    m: Market, at: np.ndarray, W: str = "session", tick: object = "auto", bins: int = 512
) -> np.ndarray:
    return sampled(m, at, levels(m, W, tick, bins)["delta"])


def range_of_bars(m: Market, at: np.ndarray, bar: str, atr: int) -> np.ndarray:
    """Wilder's average true range of the trades' bars that each row knows."""
    width = pd.Timedelta(bar).value
    frame = pd.Series(m.trade["price"]).groupby(m.trade["time"] // width)
    high, low, last = frame.max(), frame.min(), frame.last().shift(1)
    span = np.maximum(high, last.fillna(high)) - np.minimum(low, last.fillna(low))
    known = known_only(np.where(last.isna(), NAN, span), 1 / atr, atr)
    counts = np.searchsorted((high.index.to_numpy() + 1) * width, at, side="right")
    return np.where(counts > 0, known[np.maximum(counts - 1, 0)], NAN)


def poc_migration(
    m: Market, at: np.ndarray, W: str = "session", tick: object = "auto", bins: int = 512, bar: str = "1m",
    atr: int = 14,
) -> np.ndarray:  # fmt: skip
    poc, start = levels(m, W, tick, bins)["poc"], begins(m, W)
    before = np.where(start > 0, poc[np.maximum(start - 1, 0)], NAN)
    spread = range_of_bars(m, at, bar, atr)
    return np.where(spread > 0, sampled(m, at, poc - before) / spread, NAN)


def nodes(
    m: Market, W: str, tick: object, bins: int, prom: float, smooth: int
) -> dict[int, np.ndarray]:
    """The nearest peak (1) and valley (-1) after each trade."""

    def make() -> dict[int, np.ndarray]:
        found = {1: np.full(len(m.trade["time"]), NAN), -1: np.full(len(m.trade["time"]), NAN)}
        for t, start in enumerate(begins(m, W)):
            number, lowest, width, step = histogram(m, start, t + 1, tick, bins)
            pad = smooth // 2 + 1
            volumes = np.pad(np.bincount(number - lowest, m.trade["size"][start : t + 1]), pad)
            sums = np.convolve(volumes, np.ones(smooth), "same")
            for sign, values in found.items():
                places = scipy.signal.find_peaks(sign * sums, prominence=prom * sums.max())[0]
                if len(places):
                    nearest = min(places + lowest - pad, key=lambda k: (abs(k - number[-1]), k))
                    values[t] = (nearest * width + (width - 1) / 2) * step
        return found

    return kept(m, "nodes", W, tick, bins, prom, smooth, make=make)


def high_volume_node_distance(
    m: Market, at: np.ndarray, prom: float = 0.1, W: str = "session", tick: object = "auto", bins: int = 512,
    smooth: int = 5,
) -> np.ndarray:  # fmt: skip
    return sampled(m, at, m.trade["price"] - nodes(m, W, tick, bins, prom, smooth)[1])


def low_volume_node_distance(
    m: Market, at: np.ndarray, prom: float = 0.1, W: str = "session", tick: object = "auto", bins: int = 512,
    smooth: int = 5,
) -> np.ndarray:  # fmt: skip
    return sampled(m, at, m.trade["price"] - nodes(m, W, tick, bins, prom, smooth)[-1])


def naked_poc_distance(
    m: Market, at: np.ndarray, sessions: int = 20, W: str = "session", tick: object = "auto", bins: int = 512
) -> np.ndarray:  # fmt: skip
    found, start, price = levels(m, W, tick, bins), begins(m, W), m.trade["price"]
    out, ends = np.full(len(price), NAN), [t - 1 for t in np.unique(start) if t > 0]
    for t in range(len(price)):
        known = [end for end in ends if end < start[t]][-sessions:]
        away = [
            price[t] - found["poc"][end]
            for end in known
            if (np.abs(price[end + 1 : t + 1] - found["poc"][end]) > found["half"][end]).all()
        ]
        out[t] = min(away, key=lambda x: (abs(x), -x)) if away else NAN
    return sampled(m, at, out)


def moment(m: Market, at: np.ndarray, W: str, k: int) -> np.ndarray:
    """A standardised moment of a session's prices weighted by size, from scratch after each trade."""
    price, size = m.trade["price"], m.trade["size"]
    out = np.full(len(price), NAN)
    for t, start in enumerate(begins(m, W)):
        e, w = price[start : t + 1] - price[start], size[start : t + 1]
        if e.any():
            e = e - np.average(e, weights=w)
            out[t] = np.average(e**k, weights=w) / np.average(e * e, weights=w) ** (k / 2)
    return sampled(m, at, out)


def volume_profile_skew(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    return moment(m, at, W, 3)


def volume_profile_kurtosis(m: Market, at: np.ndarray, W: str = "session") -> np.ndarray:
    return moment(m, at, W, 4) - 3


def brackets(m: Market, period: str, session: str, tick: object, bins: int) -> np.ndarray:
    """Brackets that touched the close's bin, and bins that one touched, after each bar."""
    bar, width = m.bar, pd.Timedelta(period).value
    since = bar["time"] - 1 - (int(13.5 * 3600) * SECOND if "13h30m" in session else 0)
    day, slot = since // DAY, since // width
    out = np.full((2, len(since)), NAN)
    known = ~np.isnan(bar["high"] + bar["low"] + bar["close"])
    for start in np.unique(np.searchsorted(day, day)):
        rows = np.flatnonzero(known & (day == day[start]))
        for n in range(1, len(rows) + 1):
            part = rows[:n]
            step = tick_of(bar["close"][part[0]], tick)
            ends = np.floor(
                np.stack([bar["low"][part], bar["high"][part], bar["close"][part]]) / step + 0.5
            )
            ends = ends.astype(np.int64)
            merged = 1
            while ends.max() // merged - ends.min() // merged >= bins:
                merged *= 2
            ends //= merged
            lowest = ends.min()
            touched = np.zeros((len(np.unique(slot[part])), ends.max() - lowest + 1), bool)
            for row, (low, high, _) in zip(
                np.unique(slot[part], return_inverse=True)[1], ends.T, strict=True
            ):
                touched[row, low - lowest : high - lowest + 1] = True
            counts = touched.sum(axis=0)
            out[:, part[-1]] = counts[ends[2, -1] - lowest], (counts == 1).sum()
        # a bar without a price leaves what was there
        unknown = np.flatnonzero(~known & (day == day[start]))
        for t in unknown:
            earlier = rows[rows < t]
            if len(earlier):
                out[:, t] = out[:, earlier[-1]]
    return out


def tpo(m: Market, period: str, session: str, tick: object, bins: int) -> np.ndarray:
    return kept(
        m, "tpo", period, session, tick, bins, make=lambda: brackets(m, period, session, tick, bins)
    )


def tpo_count_at_price(
    m: Market, at: np.ndarray, period: str = "30m", session: str = "1d", tick: object = "auto", bins: int = 512
) -> np.ndarray:  # fmt: skip
    return tpo(m, period, session, tick, bins)[0]


def single_print_count(
    m: Market, at: np.ndarray, period: str = "30m", session: str = "1d", tick: object = "auto", bins: int = 512
) -> np.ndarray:  # fmt: skip
    return tpo(m, period, session, tick, bins)[1]


def initial_balance_range(
    m: Market, at: np.ndarray, minutes: int = 60, session: str = "1d"
) -> np.ndarray:
    high, low = first_part(m, minutes, session)
    return (high - low) / m.bar["close"]
