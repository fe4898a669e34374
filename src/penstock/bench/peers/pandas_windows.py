"""Windows of time in pandas, over the day."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pandas as pd

from penstock.bench.peers.measure import batch
from penstock.bench.windows import EVENTS, WIDTHS, day


def calls(frame: pd.DataFrame, width: str) -> dict[str, Callable[[], Any]]:
    """The statistics of a window, each ready to run."""
    width = width.replace("m", "min")
    price, size = frame["price"], frame["size"]
    return {
        "sum": lambda: size.rolling(width).sum(),
        "count": lambda: size.rolling(width).count(),
        "mean": lambda: price.rolling(width).mean(),
        "vwap": lambda: (price * size).rolling(width).sum() / size.rolling(width).sum(),
        "std": lambda: price.rolling(width).std(),
        "min": lambda: price.rolling(width).min(),
        "max": lambda: price.rolling(width).max(),
    }


def measure() -> dict[str, dict[str, float]]:
    """Nanoseconds of an event of each."""
    columns = day(EVENTS).columns
    frame = pd.DataFrame(
        {name: columns[name] for name in ("price", "size")}, index=pd.to_datetime(columns["time"])
    )
    found = {}
    for width, _, _ in WIDTHS:
        for name, call in calls(frame, width).items():
            found[f"{name}_{width}"] = {"ns_block": batch(call, EVENTS, repeats=2)}
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
