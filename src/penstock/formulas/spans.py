"""The spans of time that formulas have as defaults."""

from penstock.core.time import duration

FIVE_SECONDS = duration("5s")
TEN_SECONDS = duration("10s")
MINUTE = duration("1m")
FIVE_MINUTES = duration("5m")
TENTH = duration("100ms")
TWO_SECONDS = duration("2s")
THREE_SECONDS = duration("3s")
TWO_MINUTES = duration("2m")
TEN_MINUTES = duration("10m")
HALF_HOUR = duration("30m")
