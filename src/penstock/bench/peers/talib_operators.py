"""Indicators in TA-Lib: its stream handles value by value, and its functions over arrays."""

import json
import sys
from typing import Any

import talib
from talib import stream

from penstock.bench.peers.measure import batch, live, series

BARS = ("high", "low", "close")
CLOSE = ("close",)
# function, inputs, parameters
HAVE: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    "SMA20": ("SMA", CLOSE, {"timeperiod": 20}),
    "EMA20": ("EMA", CLOSE, {"timeperiod": 20}),
    "RSI14": ("RSI", CLOSE, {"timeperiod": 14}),
    "MACD": ("MACD", CLOSE, {}),
    "BB20": ("BBANDS", CLOSE, {"timeperiod": 20}),
    "STD100": ("STDDEV", CLOSE, {"timeperiod": 100}),
    "MIN100": ("MIN", CLOSE, {"timeperiod": 100}),
    "MAX100": ("MAX", CLOSE, {"timeperiod": 100}),
    "CORR100": ("CORREL", ("close", "volume"), {"timeperiod": 100}),
    "MED100": ("PERCENTILE", CLOSE, {"timeperiod": 100, "percentile": 50.0}),
    "Q100": ("PERCENTILE", CLOSE, {"timeperiod": 100, "percentile": 90.0}),
    "ATR14": ("ATR", BARS, {"timeperiod": 14}),
    "STOCH": ("STOCH", BARS, {"fastk_period": 14}),
    "ADX14": ("ADX", BARS, {"timeperiod": 14}),
}


def measure() -> dict[str, dict[str, float]]:
    """Nanoseconds of each, live and over an array."""
    data, found = series(), {}
    for case, (name, inputs, parameters) in HAVE.items():
        columns = [data[column] for column in inputs]
        handle = getattr(stream, name)(*(column[:500] for column in columns), **parameters)
        function = getattr(talib, name)
        found[case] = {
            "ns_live": live(handle.update, columns),
            "ns_block": batch(lambda f=function, c=columns, p=parameters: f(*c, **p)),
        }
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
