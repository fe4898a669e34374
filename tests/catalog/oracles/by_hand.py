"""The same definitions without TA-Lib, for data on which it has another rule.

TA-Lib gives 0 where a divisor is 0 and lets one NaN spoil everything after it. Here the first is NaN, a sum passes
over what is unknown, and a recursive average skips it.
"""

import numpy as np
from tests.catalog.market import Market
from tests.catalog.oracles.stats import NAN, close_location_value, pivot_levels
from tests.catalog.oracles.volume import ratio, rolled


def known_only(values: np.ndarray, weight: float, w: int) -> np.ndarray:
    """A recursive average of the known values, seeded with the mean of the first `w`; it stands where none comes."""
    out, count, total, average = np.full(len(values), NAN), 0, 0.0, NAN
    for t, value in enumerate(values):
        if not np.isnan(value):
            count += 1
            total += value
            average = average + weight * (value - average) if count > w else total / w
        if count >= w:
            out[t] = average
    return out


def typical_price_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    return (m.bar["high"] + m.bar["low"] + m.bar["close"]) / 3


def true_range_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    last = np.concatenate([[NAN], m.bar["close"][:-1]])
    ranges = [
        m.bar["high"] - m.bar["low"],
        np.abs(m.bar["high"] - last),
        np.abs(m.bar["low"] - last),
    ]
    return np.max(ranges, axis=0)


def pivot_point_classic_by_hand(m: Market, at: np.ndarray, level: str = "P") -> np.ndarray:
    return ratio(
        m.bar["close"] - pivot_levels(m)[level], known_only(true_range_by_hand(m, at), 1 / 14, 14)
    )


def relative_volume_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    return ratio(m.bar["volume"], np.concatenate([[NAN], rolled(m.bar["volume"], w, np.mean)[:-1]]))


def on_balance_volume_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    signs = np.concatenate([[1.0], np.sign(np.diff(m.bar["close"]))])
    return np.nancumsum(signs * m.bar["volume"])


def accumulation_distribution_by_hand(m: Market, at: np.ndarray) -> np.ndarray:
    return np.nancumsum(close_location_value(m, at) * m.bar["volume"])


def chaikin_money_flow_by_hand(m: Market, at: np.ndarray, w: int = 20) -> np.ndarray:
    flow = rolled(close_location_value(m, at) * m.bar["volume"], w, np.sum)
    return ratio(flow, rolled(m.bar["volume"], w, np.sum))


def money_flow_index_by_hand(m: Market, at: np.ndarray, w: int = 14) -> np.ndarray:
    price = typical_price_by_hand(m, at)
    flow, change = price * m.bar["volume"], np.round(np.diff(price, prepend=NAN), 9)
    up = rolled(np.where(np.isnan(change), NAN, flow * (change > 0)), w, np.sum)
    down = rolled(np.where(np.isnan(change), NAN, flow * (change < 0)), w, np.sum)
    return 100 * ratio(up, up + down)


def force_index_by_hand(m: Market, at: np.ndarray, w: int = 13) -> np.ndarray:
    return known_only(np.diff(m.bar["close"], prepend=NAN) * m.bar["volume"], 2 / (w + 1), w)
