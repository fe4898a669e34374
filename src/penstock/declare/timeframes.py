"""Timeframes: the clock that a feature's bars are of, by a short name, a duration or a clock's text."""

import re

from penstock.declare.clock_text import parse_clock
from penstock.streams import Clock

# as charts name them; weeks begin on Monday, and the epoch was a Thursday
NAMED = {
    "M1": "bar:1m", "M5": "bar:5m", "M15": "bar:15m", "M30": "bar:30m", "H1": "bar:1h", "H4": "bar:4h",
    "D1": "bar:1d", "W1": "bar:1w+4d",
}  # fmt: skip
PERIOD = re.compile(r"\d[\d.]*[a-z]+(\+\d[\d.]*[a-z]+)?")


def timeframe(text: str) -> Clock:
    """The clock of a timeframe.

    Examples
    --------
    >>> timeframe("M5"), timeframe("5m"), timeframe("1d+22h"), timeframe("tick:100").text[:4]
    (bar:5m(trade), bar:5m(trade), bar:1d+22h(trade), 'when')
    """
    return parse_clock(NAMED.get(text, f"bar:{text}" if PERIOD.fullmatch(text) else text))
