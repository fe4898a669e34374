"""Timeframes that are bars of time, by the names of charts or as durations: ``M5``, ``90s``, ``1d+22h``."""

import re

from penstock.core.errors import DefinitionError, nearest
from penstock.expr import TRADE
from penstock.streams import TimeBars

# weeks begin on Monday, and the epoch was a Thursday
NAMED = {
    "M1": "1m", "M5": "5m", "M15": "15m", "M30": "30m", "H1": "1h", "H4": "4h", "D1": "1d", "W1": "1w+4d",
}  # fmt: skip
PERIOD = re.compile(r"\d[\d.]*[a-z]+(\+\d[\d.]*[a-z]+)?")


def is_time_bars(text: str) -> bool:
    """Whether a timeframe is bars of time."""
    return text in NAMED or PERIOD.fullmatch(text) is not None


def time_bars(text: str) -> TimeBars:
    """The bars of a timeframe.

    Examples
    --------
    >>> time_bars("M5"), time_bars("90s"), time_bars("W1")
    (bar:5m(trade), bar:90s(trade), bar:1w+4d(trade))
    """
    if not is_time_bars(text):
        raise DefinitionError(
            f"Timeframe: one of {', '.join(NAMED)} or a duration is needed, got {text!r}{nearest(text, NAMED)}"
        )
    width, _, offset = NAMED.get(text, text).partition("+")
    return TimeBars(width, TRADE, offset=offset or 0)
