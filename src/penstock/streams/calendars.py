"""When markets open and close: days of a zone, and the calendars of exchanges."""

import importlib
from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import ModuleType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from penstock.core.arrays import I8
from penstock.core.errors import DefinitionError, nearest

EDGES = ("open", "close", "break_start", "break_end")
ALWAYS = "24/7"
# fixed, so that the same definition has the same ticks whenever it is compiled
FIRST, LAST = date(1970, 1, 1), date(2049, 12, 31)
DAY = 86_400_000_000_000


def check_calendar(name: str) -> None:
    """Refuse a calendar that does not exist."""
    always, at, zone = name.partition("@")
    if always == ALWAYS:
        if at:
            zone_of(zone)
        return
    known = exchanges().names()
    if name not in known:
        raise DefinitionError(
            f"MarketSession: calendar must be {ALWAYS}, {ALWAYS}@ZONE or the code of an exchange, "
            f"got {name!r}{nearest(name, (ALWAYS, *known))}"
        )


@cache
def instants(name: str, edge: str) -> I8:
    """The times of an edge of every session from 1970, or the calendar's beginning, to 2049 or its end."""
    always, at, zone = name.partition("@")
    if always == ALWAYS:
        made = midnights(zone) if at else np.arange((LAST - FIRST).days + 1) * DAY
    else:
        made = exchanges().sessions(name, edge, FIRST, LAST)
    made.flags.writeable = False
    if not made.size:
        raise DefinitionError(
            f"MarketSession: the calendar must have the edge, got {name} without {edge!r}"
        )
    return made


def midnights(zone: str) -> I8:
    """The first instants of every day of a zone; a day that the zone left out has none of its own."""
    place, found = zone_of(zone), []
    for day in range((LAST - FIRST).days + 1):
        start = datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), place)
        found.append(round(start.astimezone(UTC).timestamp()) * 1_000_000_000)
    return np.unique(np.array(found, np.int64))


def zone_of(name: str) -> ZoneInfo:
    """A time zone by name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise DefinitionError(
            f"MarketSession: the zone of a {ALWAYS} calendar must exist, got {name!r}"
        ) from None


def exchanges() -> ModuleType:
    """The module that reads exchanges' calendars: loaded only where one is named, because it brings pandas."""
    try:
        return importlib.import_module("penstock.streams.exchanges")
    except ModuleNotFoundError as error:
        raise DefinitionError(
            "MarketSession: an exchange's calendar needs the extra 'calendars' "
            f"(pip install penstock[calendars]), got no module {error.name!r}"
        ) from error
