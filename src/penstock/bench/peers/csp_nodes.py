"""100 statistics of one stream in csp: its own engine in simulation, without real time."""

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import csp
import numpy as np
from csp import stats

from penstock.bench.feed import one_symbol
from penstock.bench.mix import PEER_WINDOWS
from penstock.bench.timing import figures, median, seconds

EVENTS = 10_000
REPEATS = 3
START = datetime(2024, 1, 1)  # noqa: DTZ001  (csp takes naive times as UTC)
ROLLING = ("mean", "var", "stddev", "skew", "kurt", "sum", "min", "max", "median")
count: Any = csp.count  # a node: csp makes calls of its class build the graph


@csp.graph
def graph(values: list[float], windows: list[int]) -> None:  # noqa: D103
    x = csp.curve(float, [(timedelta(milliseconds=i + 1), v) for i, v in enumerate(values)])
    csp.add_graph_output("count", count(x), tick_count=1)
    for window in windows:
        for name in ROLLING:
            node = getattr(stats, name)(x, window, min_window=window)
            csp.add_graph_output(f"{name}_{window}", node, tick_count=1)
        csp.add_graph_output(f"ema_{window}", stats.ema(x, span=window), tick_count=1)


def running(values: list[float], windows: list[int]) -> Callable[[], Any]:
    """A run of the graph over some values."""
    end = START + timedelta(days=1)
    return lambda: csp.run(graph, values, windows, starttime=START, endtime=end)


def measure() -> dict[str, float]:
    """Nanoseconds a node, without what the stream itself costs."""
    values = one_symbol(2 * EVENTS)[1].columns["price"].tolist()
    with np.errstate(all="ignore"):
        spent = [seconds(running(values, [*PEER_WINDOWS])) for _ in range(REPEATS)]
        alone = [seconds(running(values, [])) for _ in range(REPEATS)]
    nodes = (1 + len(ROLLING)) * len(PEER_WINDOWS)
    return {
        "ns_per_feature": figures((median(spent) - median(alone)) / EVENTS / nodes * 1e9),
        "ns_per_event_of_the_stream": figures(median(alone) / EVENTS * 1e9),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
