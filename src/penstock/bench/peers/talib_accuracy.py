"""How exact TA-Lib is."""

import math

import talib

from penstock.bench.exact import SPAN, WINDOW
from penstock.bench.peers.errors import Calls, tell

SAMPLE = math.sqrt(WINDOW / (WINDOW - 1))  # its deviation divides by the number of rows
CALLS: Calls = {
    "mean": lambda s: talib.SMA(s.x, WINDOW),
    "sum": lambda s: talib.SUM(s.x, WINDOW),
    "std": lambda s: talib.STDDEV(s.x, WINDOW) * SAMPLE,
    "correlation": lambda s: talib.CORREL(s.x, s.y, WINDOW),
    "ema": lambda s: talib.EMA(s.x, SPAN),
}

if __name__ == "__main__":
    tell(CALLS)
