"""Sessions of exchanges, from the library exchange_calendars (the extra ``calendars``)."""

from datetime import date
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
    code: str = exchange_calendars.resolve_alias(name)
    kind: Any = type(exchange_calendars.get_calendar(code))  # which days it has does not matter
    low, high = kind.bound_min(), kind.bound_max()
    start: Any = pd.Timestamp(first) if low is None else max(pd.Timestamp(first), low)
    end: Any = pd.Timestamp(last) if high is None else min(pd.Timestamp(last), high)
    schedule = exchange_calendars.get_calendar(code, start=start, end=end).schedule
    stamps = schedule[edge].dropna()
    # a market that closes as another session opens ticks once
    return np.unique(stamps.to_numpy("datetime64[ns]").astype(np.int64))
