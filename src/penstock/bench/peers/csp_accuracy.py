"""How exact csp is, on the inputs that are short."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import csp
import csp.stats
import numpy as np

from penstock.bench.exact import SHORT, SPAN, WINDOW, Series
from penstock.bench.peers.errors import Calls, tell

START = datetime(2024, 1, 1)  # noqa: DTZ001  (csp takes naive times as UTC)
GAP = timedelta(milliseconds=50)
stats: Any = csp.stats
NAMES = {
    "mean": "mean",
    "sum": "sum",
    "std": "stddev",
    "skew": "skew",
    "kurtosis": "kurt",
    "correlation": "corr",
}


@csp.graph
def graph(columns: list[list[float]], name: str) -> None:  # noqa: D103
    curve: Any = csp.curve
    streams = [
        curve(float, [((i + 1) * GAP, value) for i, value in enumerate(values)])
        for values in columns
    ]
    if name == "ema":
        node = stats.ema(streams[0], span=SPAN, adjust=False)
    else:
        node = getattr(stats, NAMES[name])(*streams, WINDOW, min_window=WINDOW)
    csp.add_graph_output("out", node)


def column(name: str, series: Series) -> np.ndarray:
    """What the graph gives, NaN before its first value."""
    used = [series.x, series.y] if name == "correlation" else [series.x]
    end = START + timedelta(days=1)
    given = csp.run(graph, [v.tolist() for v in used], name, starttime=START, endtime=end)["out"]
    values = [value for _, value in given]
    return np.concatenate([np.full(len(series.x) - len(values), np.nan), values])


CALLS: Calls = {name: partial(column, name) for name in (*NAMES, "ema")}

if __name__ == "__main__":
    tell(CALLS, at_most=SHORT)
