"""What is known of a day long before it comes: sessions, month ends, holidays. A table has a number for each day."""

import importlib
from collections.abc import Callable
from functools import cache
from types import ModuleType

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.errors import DefinitionError, nearest
from penstock.streams.calendars import session_days
from penstock.streams.zones import FIRST, LAST

DAYS = (LAST - FIRST).days + 1
MONTHS = (LAST.year - FIRST.year + 1) * 12


def months(days: I8) -> I8:
    """The month of each day, counted from January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def of_days(days: I8, marked: np.ndarray) -> F8:
    """1 for the marked ones of some days, else 0; NaN before the first and after the last."""
    table = np.full(DAYS, np.nan)
    table[days[0] : days[-1] + 1] = 0.0
    table[days[marked]] = 1.0
    return table


def rank(days: I8, period: I8) -> tuple[I8, I8]:
    """The number of each day within its period, from 1, and from the period's end."""
    first = np.searchsorted(period, period, side="left")
    last = np.searchsorted(period, period, side="right")
    number = np.arange(days.size)
    return number - first + 1, last - number


def session(name: str, before: int, after: int) -> F8:  # noqa: ARG001
    """Days with a session."""
    days, _ = session_days(name)
    return of_days(days, np.ones(days.size, bool))


def month_end(name: str, before: int, after: int) -> F8:  # noqa: ARG001
    """The last session of each month."""
    days, _ = session_days(name)
    return of_days(days, rank(days, months(days))[1] == 1)


def turn_of_month(name: str, before: int, after: int) -> F8:
    """The last sessions of each month and the first of the next."""
    days, _ = session_days(name)
    first, last = rank(days, months(days))
    return of_days(days, (last <= before) | (first <= after))


def quarter_end(name: str, before: int, after: int) -> F8:  # noqa: ARG001
    """The last sessions of each quarter."""
    days, _ = session_days(name)
    return of_days(days, rank(days, months(days) // 3)[1] <= before)


def early_close(name: str, before: int, after: int) -> F8:  # noqa: ARG001
    """Sessions that close early."""
    days, early = session_days(name)
    return of_days(days, early == 1)


def days_to_holiday(name: str, before: int, after: int) -> F8:
    """Sessions from each day, itself included, before the next holiday; NaN after the last that is known.

    A holiday is a day without a session on a weekday that as a rule has one.
    """
    days, _ = session_days(name)
    open_days = np.nan_to_num(session(name, before, after))
    first, last = int(days[0]), int(days[-1])
    weekday = (np.arange(DAYS) + 3) % 7
    regular = np.array(
        [open_days[first : last + 1][weekday[first : last + 1] == d].mean() for d in range(7)]
    )
    known = (np.arange(DAYS) >= first) & (np.arange(DAYS) <= last)
    holiday = known & (open_days == 0.0) & (regular[weekday] > 0.5)
    table, count = np.full(DAYS, np.nan), np.nan
    for day in range(last, first - 1, -1):
        count = 0.0 if holiday[day] else count + open_days[day]
        table[day] = count
    return table


def public_holiday(name: str, before: int, after: int) -> F8:  # noqa: ARG001
    """Public holidays of a country."""
    found = library().country_holidays(name, years=range(FIRST.year, LAST.year + 1))
    days = np.array(sorted(found), "datetime64[D]").astype(np.int64)
    marked = np.isin(np.arange(DAYS), days)
    return of_days(np.arange(DAYS), marked)


FIELDS: dict[str, Callable[[str, int, int], F8]] = {
    "session": session,
    "month_end": month_end,
    "turn_of_month": turn_of_month,
    "quarter_end": quarter_end,
    "early_close": early_close,
    "days_to_holiday": days_to_holiday,
    "public_holiday": public_holiday,
}


@cache
def table(field: str, name: str, before: int, after: int) -> F8:
    """The numbers of all days from 1970 to 2049."""
    made = FIELDS[field](name, before, after)
    made.flags.writeable = False
    return made


def check_country(name: str) -> None:
    """Refuse a country whose holidays are not known."""
    known = library().list_supported_countries()
    if name not in known:
        raise DefinitionError(
            f"DayTable: country must be a code such as US or DE, got {name!r}{nearest(name, known)}"
        )


def library() -> ModuleType:
    """The library of public holidays, loaded only where they are asked for."""
    try:
        return importlib.import_module("holidays")
    except ModuleNotFoundError as error:
        raise DefinitionError(
            "DayTable: public holidays need the extra 'calendars' (pip install penstock[calendars]), "
            f"got no module {error.name!r}"
        ) from error
