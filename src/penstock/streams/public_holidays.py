"""Public holidays of countries, from the library holidays (the extra ``calendars``)."""

from datetime import date

import holidays
import numpy as np

from penstock.core.arrays import I8


def countries() -> tuple[str, ...]:
    """The codes of all countries."""
    return tuple(holidays.list_supported_countries())


def days(country: str, first: date, last: date) -> I8:
    """The days of all holidays of some years, observed ones too, counted from 1970-01-01."""
    # the year after the last: its first day may be observed before it
    found = holidays.country_holidays(country, years=range(first.year, last.year + 2))
    return np.array(sorted(found), "datetime64[D]").astype(np.int64)
