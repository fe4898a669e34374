"""Merge, admission, lateness and clock declarations."""

from penstock.streams.clocks import (
    EVENT,
    NEVER,
    TIMED,
    AnyOf,
    Clock,
    Every,
    Never,
    Stream,
    TimeBars,
)

__all__ = ["EVENT", "NEVER", "TIMED", "AnyOf", "Clock", "Every", "Never", "Stream", "TimeBars"]
