"""The spans of time that formulas have as defaults."""

from penstock.core.time import duration

FIVE_SECONDS = duration("5s")
TEN_SECONDS = duration("10s")
MINUTE = duration("1m")
FIVE_MINUTES = duration("5m")
