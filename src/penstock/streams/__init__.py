"""Merge, admission, lateness and clock declarations."""

from penstock.streams.clocks import (
    EVENT,
    NEVER,
    TIMED,
    AnyOf,
    Clock,
    Delay,
    Every,
    Never,
    Stream,
    TimeBars,
    lineage,
)
from penstock.streams.routes import Route, benchmark, pair
from penstock.streams.sessions import GapSession, MarketSession

__all__ = [
    "EVENT",
    "NEVER",
    "TIMED",
    "AnyOf",
    "Clock",
    "Delay",
    "Every",
    "GapSession",
    "MarketSession",
    "Never",
    "Route",
    "Stream",
    "TimeBars",
    "benchmark",
    "lineage",
    "pair",
]
