"""The errors of a peer's statistics on the inputs of the accuracy suite."""

import json
import sys
import warnings
from collections.abc import Callable, Mapping

import numpy as np

from penstock.bench.exact import LONG, Series, exact, inputs, worst

Calls = Mapping[str, Callable[[Series], np.ndarray]]


def measure(calls: Calls, long: int, *, at_most: int = LONG) -> dict[str, dict[str, float | str]]:
    """The largest error of each statistic by input; ``at_most`` rows are given to the peer."""
    found: dict[str, dict[str, float | str]] = {name: {} for name in calls}
    for series in inputs(long):
        if len(series.x) > at_most:
            continue
        for name, call in calls.items():
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                values = call(series)[series.tail]
            found[name][series.name] = worst(values, exact(name, series))
    return found


def tell(calls: Calls, **limits: int) -> None:
    """Print the errors; the first argument is how many rows the longest input has."""
    long = int(sys.argv[1]) if len(sys.argv) > 1 else LONG
    sys.stdout.write(json.dumps(measure(calls, long, **limits)))
