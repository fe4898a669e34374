"""Statistics in pandas, over whole columns."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pandas as pd

from penstock.bench.peers.measure import Columns, batch, series


def calls(data: Columns) -> dict[str, Callable[[], Any]]:
    """The indicators, each ready to run."""
    frame = pd.DataFrame(data, index=pd.to_datetime(data["time"]))
    x, y = frame["close"], frame["volume"]

    def vwap() -> Any:
        return (x * y).rolling("60s").sum() / y.rolling("60s").sum()

    return {
        "SMA20": lambda: x.rolling(20).mean(),
        "EMA20": lambda: x.ewm(span=20, adjust=False).mean(),
        "STD100": lambda: x.rolling(100).std(),
        "MIN100": lambda: x.rolling(100).min(),
        "MAX100": lambda: x.rolling(100).max(),
        "SKEW100": lambda: x.rolling(100).skew(),
        "KURT100": lambda: x.rolling(100).kurt(),
        "CORR100": lambda: x.rolling(100).corr(y),
        "MED100": lambda: x.rolling(100).median(),
        "Q100": lambda: x.rolling(100).quantile(0.9),
        "VWAP60s": vwap,
    }


def measure() -> dict[str, dict[str, float]]:
    """Nanoseconds a row of each."""
    return {case: {"ns_block": batch(call)} for case, call in calls(series()).items()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
