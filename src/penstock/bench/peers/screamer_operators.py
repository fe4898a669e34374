"""Indicators in screamer: its objects called value by value, and over arrays."""

import json
import sys
from typing import Any

import screamer

from penstock.bench.peers.measure import batch, live, series

BARS = ("high", "low", "close")
CLOSE = ("close",)
# class, inputs, parameters
HAVE: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    "SMA20": ("RollingMean", CLOSE, {"window_size": 20}),
    "EMA20": ("EwMean", CLOSE, {"span": 20.0}),
    "RSI14": ("RollingRSI", CLOSE, {"window_size": 14}),
    "MACD": ("MACD", CLOSE, {}),
    "BB20": ("BollingerBands", CLOSE, {"window_size": 20}),
    "STD100": ("RollingStd", CLOSE, {"window_size": 100}),
    "MIN100": ("RollingMin", CLOSE, {"window_size": 100}),
    "MAX100": ("RollingMax", CLOSE, {"window_size": 100}),
    "SKEW100": ("RollingSkew", CLOSE, {"window_size": 100}),
    "KURT100": ("RollingKurt", CLOSE, {"window_size": 100}),
    "CORR100": ("RollingCorr", ("close", "volume"), {"window_size": 100}),
    "MED100": ("RollingMedian", CLOSE, {"window_size": 100}),
    "Q100": ("RollingQuantile", CLOSE, {"window_size": 100, "quantile": 0.9}),
    "ATR14": ("ATR", BARS, {"window_size": 14}),
    "STOCH": ("Stoch", BARS, {}),
    "ADX14": ("ADX", BARS, {"window_size": 14}),
}


def measure() -> dict[str, dict[str, float]]:
    """Nanoseconds of each, live and over an array."""
    data, found = series(), {}
    for case, (name, inputs, parameters) in HAVE.items():
        columns = [data[column] for column in inputs]
        make = getattr(screamer, name)
        found[case] = {
            "ns_live": live(make(**parameters), columns),
            "ns_block": batch(lambda f=make, c=columns, p=parameters: f(**p)(*c)),
        }
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
