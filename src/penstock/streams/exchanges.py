"""Sessions of exchanges, from the library exchange_calendars (the extra ``calendars``)."""

from datetime import date
from typing import Any

import exchange_calendars
import numpy as np
import pandas as pd


def names() -> tuple[str, ...]:
    """The codes and aliases of all calendars."""
    return tuple(exchange_calendars.get_calendar_names(include_aliases=True))


def tables(name: str, first: date, last: date) -> dict[str, np.ndarray]:
    """The sessions between two days, as far as the calendar goes.

    Returns
    -------
    dict
        Under the name of each edge its times, ns UTC; ``days`` (since 1970-01-01) of all sessions, ``early`` with 1
        for those that close early, and the ``zone``.
    """
    found = calendar(name, first, last)
    # a market that closes as another session opens ticks once
    made = {
        edge: np.unique(found.schedule[edge].dropna().to_numpy("datetime64[ns]").astype(np.int64))
        for edge in found.schedule.columns
    }
    labels = found.schedule.index
    return {
        **made,
        "days": labels.to_numpy("datetime64[D]").astype(np.int64),
        "early": labels.isin(found.early_closes).astype(np.int64),
        "zone": np.array(str(found.tz)),
    }


def calendar(name: str, first: date, last: date) -> Any:
    """The calendar of an exchange between two days, as far as it goes."""
    code: str = exchange_calendars.resolve_alias(name)
    kind: Any = type(exchange_calendars.get_calendar(code))  # which days it has does not matter
    low, high = kind.bound_min(), kind.bound_max()
    start: Any = pd.Timestamp(first) if low is None else max(pd.Timestamp(first), low)
    end: Any = pd.Timestamp(last) if high is None else min(pd.Timestamp(last), high)
    return exchange_calendars.get_calendar(code, start=start, end=end)
