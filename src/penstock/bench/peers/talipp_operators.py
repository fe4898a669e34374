"""Indicators in talipp: value by value; it has no other way."""

import json
import sys

import numpy as np
from talipp import indicators
from talipp.indicators.Indicator import Indicator
from talipp.ohlcv import OHLCV

from penstock.bench.peers.measure import live, series


def of_closes() -> dict[str, Indicator]:
    """Indicators of a single column."""
    return {
        "SMA20": indicators.SMA(20),
        "EMA20": indicators.EMA(20),
        "RSI14": indicators.RSI(14),
        "MACD": indicators.MACD(12, 26, 9),
        "BB20": indicators.BB(20, 2.0),
        "STD100": indicators.StdDev(100),
    }


def of_bars() -> dict[str, Indicator]:
    """Indicators of bars."""
    return {
        "ATR14": indicators.ATR(14),
        "STOCH": indicators.Stoch(14, 3),
        "ADX14": indicators.ADX(14, 14),
    }


def measure() -> dict[str, dict[str, float]]:
    """Nanoseconds of each; making a bar's object is not among them."""
    data, found = series(), {}
    for case, indicator in of_closes().items():
        found[case] = {"ns_live": live(indicator.add, [data["close"]])}
    columns = [data[name].tolist() for name in ("open", "high", "low", "close")]
    made = [OHLCV(*row) for row in zip(*columns, strict=True)]
    for case, indicator in of_bars().items():
        add = indicator.add

        def update(row: float, add: object = add) -> None:
            add(made[int(row)])  # type: ignore[operator]

        found[case] = {"ns_live": live(update, [np.arange(len(made), dtype=float)])}
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
