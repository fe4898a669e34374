"""The candles that all patterns read."""

from penstock.formulas.columns import CLOSE, HIGH, LOW, OPEN
from penstock.ops.candle.candles import Candles

CANDLES = Candles(OPEN, HIGH, LOW, CLOSE)
