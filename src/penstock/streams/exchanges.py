"""Sessions of exchanges, from the library exchange_calendars (the extra ``calendars``)."""

from datetime import date
from functools import cache
from typing import Any

import exchange_calendars
import numpy as np
import pandas as pd

from penstock.core.arrays import I8


def names() -> tuple[str, ...]:
    """The codes and aliases of all calendars."""
    return tuple(exchange_calendars.get_calendar_names(include_aliases=True))


def sessions(name: str, edge: str, first: date, last: date) -> I8:
    """The times of an edge of every session between two days, as far as the calendar goes."""
    stamps = calendar(name, first, last).schedule[edge].dropna()
    # a market that closes as another session opens ticks once
    return np.unique(stamps.to_numpy("datetime64[ns]").astype(np.int64))


def days(name: str, first: date, last: date) -> tuple[I8, I8]:
    """The days of all sessions, counted from 1970-01-01, and 1 for those that close early."""
    found = calendar(name, first, last)
    labels = found.schedule.index
    early = labels.isin(found.early_closes).astype(np.int64)
    return labels.to_numpy("datetime64[D]").astype(np.int64), early


def zone_name(name: str) -> str:
    """The time zone of an exchange."""
    return str(exchange_calendars.get_calendar(name).tz)


@cache
def calendar(name: str, first: date, last: date) -> Any:
    """The calendar of an exchange between two days, as far as it goes."""
    code: str = exchange_calendars.resolve_alias(name)
    kind: Any = type(exchange_calendars.get_calendar(code))  # which days it has does not matter
    low, high = kind.bound_min(), kind.bound_max()
    start: Any = pd.Timestamp(first) if low is None else max(pd.Timestamp(first), low)
    end: Any = pd.Timestamp(last) if high is None else min(pd.Timestamp(last), high)
    return exchange_calendars.get_calendar(code, start=start, end=end)
