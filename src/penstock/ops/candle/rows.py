"""A candle as the patterns read it: a row of a wide column, and the same by name for the oracles.

A body is short or long, a shadow short and a distance small against averages of the candles before, as TA-Lib has them:
``long`` is the mean body of ten candles, ``small`` a tenth of their mean range, ``shadow`` half the mean of their two
shadows, ``range`` the mean range of five.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column
from penstock.streams import Stream

FIELDS = (
    "open", "high", "low", "close", "top", "bottom", "body", "upper", "lower", "long", "small", "shadow", "range",
    "run",
)  # fmt: skip
(OPEN, HIGH, LOW, CLOSE, TOP, BOTTOM, BODY, UPPER, LOWER, LONG, SMALL, SHADOW, RANGE, RUN) = range(
    len(FIELDS)
)
CELLS = len(FIELDS)
LONGEST = 15  # no pattern asks for more candles in a row
EXAMPLE = Column(
    Stream(EventType("candle", "Rows of an example.", (Field("candles", "candles", width=CELLS),))),
    "candles",
)
PARTS = "a row holds prices and a count"


@jit
def prices(x: F8, j: int) -> tuple[float, float, float, float]:
    """Open, high, low and close of a candle."""
    return x[j, OPEN], x[j, HIGH], x[j, LOW], x[j, CLOSE]


@jit
def shape(x: F8, j: int) -> tuple[float, float, float, float, float]:
    """Upper and lower end of a candle's body, its size, and both shadows."""
    return x[j, TOP], x[j, BOTTOM], x[j, BODY], x[j, UPPER], x[j, LOWER]


@jit
def signal(known: bool, up: bool, down: bool) -> float:
    """100, -100 or 0; NaN while there are too few candles."""
    if not known:
        return np.nan
    return 100.0 if up else (-100.0 if down else 0.0)


@dataclass(frozen=True, slots=True)
class Candle:
    """One row by names: what the oracles ask a candle."""

    open: float
    high: float
    low: float
    close: float
    top: float
    bottom: float
    body: float
    upper: float
    lower: float
    long: float
    small: float
    shadow: float
    range: float
    run: float

    @property
    def colour(self) -> int:
        """1 for white, -1 for black."""
        return 1 if self.white else -1

    @property
    def white(self) -> bool:
        """Closed at its open or above."""
        return self.close >= self.open

    @property
    def black(self) -> bool:
        """Closed below its open."""
        return self.close < self.open

    @property
    def is_long(self) -> bool:
        """Has a longer body than the mean."""
        return self.body > self.long

    @property
    def is_short(self) -> bool:
        """Has a shorter body than the mean."""
        return self.body < self.long

    @property
    def is_doji(self) -> bool:
        """Has hardly a body."""
        return self.body <= self.small

    @property
    def bare_top(self) -> bool:
        """Has hardly an upper shadow."""
        return self.upper < self.small

    @property
    def bare_bottom(self) -> bool:
        """Has hardly a lower shadow."""
        return self.lower < self.small

    @property
    def near(self) -> float:
        """A distance that is near."""
        return 0.2 * self.range

    @property
    def far(self) -> float:
        """A distance that is far."""
        return 0.6 * self.range

    def equals(self, price: float, other: float) -> bool:
        """Whether two prices are equal as this candle has it."""
        slack = 0.05 * self.range
        return other - slack <= price <= other + slack


def above(candle: Candle, other: Candle) -> bool:
    """Whether the body of a candle lies above that of another."""
    return candle.bottom > other.top


def below(candle: Candle, other: Candle) -> bool:
    """Whether the body of a candle lies below that of another."""
    return candle.top < other.bottom


def told(
    candles: F8, count: int, needed: dict[str, int], patterns: Callable[..., dict[str, float]]
) -> dict[str, F8]:
    """What the printed patterns say of every tick and the candles before it, newest first.

    A pattern is NaN unless as many candles in a row are known as it needs.
    """
    out = {name: np.full(len(candles), np.nan) for name in needed}
    nothing = np.full(CELLS, np.nan)
    for t in range(len(candles)):
        rows = [candles[t - k] if k <= t else nothing for k in range(count)]
        found = patterns(*(Candle(*row.tolist()) for row in rows))
        for name, least in needed.items():
            if candles[t, RUN] >= least:
                out[name][t] = found[name]
    return out
