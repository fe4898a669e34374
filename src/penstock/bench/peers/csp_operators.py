"""Statistics in csp's own engine, in simulation, without real time."""

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import csp
import csp.stats
import numpy as np

from penstock.bench.peers.measure import series
from penstock.bench.timing import figures, seconds

SHORT, LONG = 1_000, 16_000  # events; the difference is free of what building the graph costs
COPIES = 10  # inputs that differ, because csp makes equal nodes one
REPEATS = 5
START = datetime(2024, 1, 1)  # noqa: DTZ001  (csp takes naive times as UTC)
GAP = timedelta(milliseconds=50)
stats: Any = csp.stats  # its functions declare edges without the arithmetic that edges have


def macd(x: Any) -> Any:
    """The distance between a difference of averages and its own average."""
    line = stats.ema(x, span=12) - stats.ema(x, span=26)
    return line - stats.ema(line, span=9)


def bands(x: Any) -> Any:
    """The upper band."""
    return stats.mean(x, 20) + 2.0 * stats.stddev(x, 20)


def vwap(x: Any, y: Any) -> Any:
    """Price per unit traded in 60 s."""
    window = timedelta(seconds=60)
    return stats.sum(x * y, window) / stats.sum(y, window)


HAVE: dict[str, Callable[[Any, Any], Any]] = {
    "": lambda x, _: x,  # the stream and the output alone
    "SMA20": lambda x, _: stats.mean(x, 20),
    "EMA20": lambda x, _: stats.ema(x, span=20),
    "MACD": lambda x, _: macd(x),
    "BB20": lambda x, _: bands(x),
    "STD100": lambda x, _: stats.stddev(x, 100),
    "MIN100": lambda x, _: stats.min(x, 100),
    "MAX100": lambda x, _: stats.max(x, 100),
    "SKEW100": lambda x, _: stats.skew(x, 100),
    "KURT100": lambda x, _: stats.kurt(x, 100),
    "CORR100": lambda x, y: stats.corr(x, y, 100),
    "MED100": lambda x, _: stats.median(x, 100),
    "Q100": lambda x, _: stats.quantile(x, 100, 0.9),
    "VWAP60s": vwap,
}


@csp.graph
def graph(prices: list[float], sizes: list[float], case: str) -> None:  # noqa: D103
    curve: Any = csp.curve
    x, y = (
        curve(float, [((i + 1) * GAP, value) for i, value in enumerate(values)])
        for values in (prices, sizes)
    )
    csp.add_graph_output("sizes", y, tick_count=1)
    for copy in range(COPIES):
        node = HAVE[case](x + float(copy), y)
        csp.add_graph_output(f"copy_{copy}", node, tick_count=1)


def running(case: str, events: int) -> Callable[[], Any]:
    """A run of one statistic's graph."""
    data = series()
    prices, sizes = (data[name][:events].tolist() for name in ("close", "volume"))
    end = START + timedelta(days=1)
    return lambda: csp.run(graph, prices, sizes, case, starttime=START, endtime=end)


def per_event(case: str) -> float:
    """Seconds that another event takes; of the repeats the least disturbed."""
    short, long = (
        min(seconds(running(case, events)) for _ in range(REPEATS)) for events in (SHORT, LONG)
    )
    return (long - short) / (LONG - SHORT)


def measure() -> dict[str, dict[str, float]]:
    """Nanoseconds of each, without what the stream itself costs."""
    with np.errstate(all="ignore"):
        alone = per_event("")
        spent = {case: per_event(case) for case in HAVE if case}
    return {
        case: {"ns_live": figures((value - alone) / COPIES * 1e9)} for case, value in spent.items()
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
