"""The catalogue's features whose oracle is one function of TA-Lib, over arrays.

A function that several features are outputs of is named with each of them, so that it is counted once.
"""

import json
import re
import sys
from typing import Any

from talib import abstract

from penstock.bench.peers.measure import batch, series
from penstock.catalog import FEATURES

ONE = re.compile(r"talib\.([A-Z0-9_]+)")


def measure() -> dict[str, dict[str, Any]]:
    """The function and its nanoseconds of a row, by feature; the window is the feature's where it has one."""
    data, found, known = series(), {}, {}
    for feature in FEATURES:
        named = ONE.fullmatch(feature.oracle)
        if named is None:
            continue
        function = abstract.Function(named[1])
        window = feature.parameters.get("w")
        given = (
            {"timeperiod": window.default} if window and "timeperiod" in function.parameters else {}
        )
        called = f"{named[1]}({', '.join(map(str, given.values()))})"
        if called not in known:
            known[called] = batch(lambda f=function, p=given: f(data, **p))
        found[feature.name] = {"function": called, "ns": known[called]}
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
