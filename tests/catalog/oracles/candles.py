"""What candle patterns must give: TA-Lib's, over each stretch of whole bars, and nothing until it has enough of them.

TA-Lib gives 0 where it has too few bars, and one NaN spoils its averages for good.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import talib
from talib import abstract
from tests.catalog.market import Market

from penstock.catalog.candlestick import FEATURES

# a penetration of their own, where TA-Lib's default is another than ours or another one is tried
OTHERS = {
    "abandoned_baby": 0.6, "dark_cloud_cover": 0.25, "evening_doji_star": 0.6, "evening_star": 0.1, "mat_hold": 0.9,
    "morning_doji_star": 0.6, "morning_star": 0.1,
}  # fmt: skip
BARS = (
    *(feature.name for feature in FEATURES),
    *(f"candlestick.cdl_{name}(penetration={share})" for name, share in OTHERS.items()),
)
PRICES = ("open", "high", "low", "close")


def stretches(m: Market) -> list[slice]:
    """The runs of bars whose prices are all finite."""
    known = np.isfinite([m.bar[name] for name in PRICES]).all(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    return [slice(*pair) for pair in edges.reshape(-1, 2)]


def of(name: str) -> Callable[..., np.ndarray]:
    """The oracle that is a function of TA-Lib."""

    def oracle(m: Market, at: np.ndarray, **params: Any) -> np.ndarray:
        out = np.full(len(m.bar["open"]), np.nan)
        for part in stretches(m):
            prices = [np.ascontiguousarray(m.bar[price][part]) for price in PRICES]
            found = getattr(talib, name)(*prices, **params).astype(float)
            found[: abstract.Function(name, **params).lookback] = np.nan
            out[part] = found
        return out

    return oracle


globals().update(
    {
        feature.name.partition(".")[2]: of(feature.oracle.removeprefix("talib."))
        for feature in FEATURES
    }
)
