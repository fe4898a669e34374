"""The catalogue's features that TA-Lib has as functions, over arrays."""

import json
import sys

import talib

from penstock.bench.peers.measure import batch, series

OHLC = ("open", "high", "low", "close")
HLC = OHLC[1:]
CLOSE = ("close",)
# the feature, TA-Lib's function, its inputs, its parameters where they are not the function's defaults
HAVE: dict[str, tuple[str, tuple[str, ...], dict[str, float]]] = {
    "price.typical_price": ("TYPPRICE", HLC, {}),
    "price.true_range": ("TRANGE", HLC, {}),
    "volume.on_balance_volume": ("OBV", ("close", "volume"), {}),
    "volume.accumulation_distribution": ("AD", (*HLC, "volume"), {}),
    "volume.money_flow_index": ("MFI", (*HLC, "volume"), {}),
}


def measure() -> dict[str, float]:
    """Nanoseconds of a row of each."""
    data, found = series(), {}
    for feature, (name, inputs, parameters) in HAVE.items():
        function, columns = getattr(talib, name), [data[column] for column in inputs]
        found[feature] = batch(lambda f=function, c=columns, p=parameters: f(*c, **p))
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
