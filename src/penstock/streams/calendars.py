"""When markets open and close: days of a zone, and the calendars of exchanges."""

import importlib
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import metadata
from types import ModuleType

import numpy as np

from penstock.core.arrays import I8
from penstock.core.errors import DefinitionError, nearest
from penstock.core.tables import Tables, kept
from penstock.streams.zones import FIRST, LAST, zone_hash, zone_of

EDGES = ("open", "close", "break_start", "break_end")
ALWAYS = "24/7"
ZONE = f"Calendar: the zone of a {ALWAYS} calendar"
DAY = 86_400_000_000_000


def check_calendar(name: str) -> None:
    """Refuse a calendar that does not exist."""
    always, at, zone = name.partition("@")
    if always == ALWAYS:
        if at:
            zone_of(zone, ZONE)
        return
    known = names()
    if name not in known:
        raise DefinitionError(
            f"Calendar: its name must be {ALWAYS}, {ALWAYS}@ZONE or the code of an exchange, "
            f"got {name!r}{nearest(name, (ALWAYS, *known))}"
        )


@cache
def instants(name: str, edge: str) -> I8:
    """The times of an edge of every session from 1970, or the calendar's beginning, to 2049 or its end."""
    always, at, zone = name.partition("@")
    if always == ALWAYS:
        made = midnights(zone) if at else np.arange((LAST - FIRST).days + 1) * DAY
    else:
        made = tables(name)[edge]
    made.flags.writeable = False
    if not made.size:
        raise DefinitionError(f"Calendar: it must have the edge, got {name} without {edge!r}")
    return made


def midnights(zone: str) -> I8:
    """The first instants of every day of a zone; a day that the zone left out has none of its own."""
    place, found = zone_of(zone, ZONE), []
    for day in range((LAST - FIRST).days + 1):
        start = datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), place)
        found.append(round(start.astimezone(UTC).timestamp()) * 1_000_000_000)
    return np.unique(np.array(found, np.int64))


@cache
def hours(name: str) -> tuple[I8, I8]:
    """The openings of all sessions, and when each closes."""
    opens, closes = instants(name, "open"), instants(name, "close")
    after = np.searchsorted(closes, opens, side="right")
    known = after < closes.size
    found = opens[known], closes[after[known]]
    for table in found:
        table.flags.writeable = False
    return found


def zone_name(name: str) -> str:
    """The time zone that a calendar's days are of."""
    always, _, zone = name.partition("@")
    return (zone or "UTC") if always == ALWAYS else str(tables(name)["zone"])


def session_days(name: str) -> tuple[I8, I8]:
    """The days of all sessions, counted from 1970-01-01, and 1 for those that close early."""
    if name.partition("@")[0] == ALWAYS:
        days = np.arange((LAST - FIRST).days + 1)
        return days, np.zeros_like(days)
    made = tables(name)
    return made["days"], made["early"]


@cache
def tables(name: str) -> Tables:
    """What `exchanges.tables` says of an exchange; the library needs a second to say it, so it is kept on disk."""

    def make() -> Tables:
        made = exchanges().tables(name, FIRST, LAST)
        return made | {"zone_hash": np.array(zone_hash(str(made["zone"])))}

    parts = (name, version(), str(FIRST), str(LAST))
    return kept(
        "sessions", parts, make, lambda made: made["zone_hash"] == zone_hash(str(made["zone"]))
    )


@cache
def names() -> tuple[str, ...]:
    """The codes and aliases of all exchanges' calendars."""
    made = kept("exchanges", (version(),), lambda: {"names": np.array(exchanges().names())})
    return tuple(made["names"].tolist())


def version() -> str:
    """The version of the library that knows exchanges' calendars; without it whoever asks it says what is missing."""
    try:
        return metadata.version("exchange_calendars")
    except metadata.PackageNotFoundError:
        return ""


def exchanges() -> ModuleType:
    """The module that reads exchanges' calendars: loaded only where one is named, because it brings pandas."""
    try:
        return importlib.import_module("penstock.streams.exchanges")
    except ModuleNotFoundError as error:
        raise DefinitionError(
            "Calendar: that of an exchange needs the extra 'calendars' "
            f"(pip install penstock[calendars]), got no module {error.name!r}"
        ) from error
