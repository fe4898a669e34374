"""Merge, admission, lateness and clock declarations."""

from penstock.streams.clocks import EVENT, TIMED, AnyOf, Clock, Every, Stream, TimeBars

__all__ = ["EVENT", "TIMED", "AnyOf", "Clock", "Every", "Stream", "TimeBars"]
