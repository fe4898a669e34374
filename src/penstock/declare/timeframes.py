"""Timeframes: the clock that a feature's bars are of, by a short name, a duration or a clock's text."""

from penstock.declare.clock_text import parse_clock
from penstock.formulas.timeframes import is_time_bars, time_bars
from penstock.streams import Clock


def timeframe(text: str) -> Clock:
    """The clock of a timeframe.

    Examples
    --------
    >>> timeframe("M5"), timeframe("5m"), timeframe("1d+22h"), timeframe("tick:100").text[:4]
    (bar:5m(trade), bar:5m(trade), bar:1d+22h(trade), 'when')
    """
    return time_bars(text) if is_time_bars(text) else parse_clock(text)
