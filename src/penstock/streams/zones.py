"""Time zones as tables: when a zone's clocks were set, and by how much they differed from UTC from then on."""

import hashlib
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from penstock.core.arrays import I8
from penstock.core.errors import DefinitionError
from penstock.core.tables import Tables, kept

# fixed, so that the same definition has the same times whenever it is compiled
FIRST, LAST = date(1970, 1, 1), date(2049, 12, 31)
SECOND = 1_000_000_000
BEGINNING = np.iinfo(np.int64).min


class Changes(NamedTuple):
    """A zone's stretches of one offset: their first instants, ns to add to UTC, and 1 for summer time."""

    starts: I8
    offsets: I8
    summer: I8


def zone_of(name: str, what: str) -> ZoneInfo:
    """A time zone by name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise DefinitionError(f"{what} must exist, got {name!r}") from None


@cache
def changes(name: str) -> Changes:
    """The stretches of a zone from 1970 to 2049; the first and the last go on for ever."""
    zone = zone_of(name, "Zone: a time zone")
    parts = (name, zone_hash(name), str(FIRST), str(LAST))
    return Changes(**kept("zone", parts, lambda: stretches(zone)))


def stretches(zone: ZoneInfo) -> Tables:
    """The stretches, found by asking for each day."""
    day, end = datetime(FIRST.year, 1, 1, tzinfo=UTC), datetime(LAST.year + 1, 1, 1, tzinfo=UTC)
    starts, found = [BEGINNING], [said(zone, day)]
    while day < end:
        later = day + timedelta(days=1)
        if said(zone, later) != found[-1]:
            instant = first_of(zone, day, later)
            starts.append(round(instant.timestamp()) * SECOND)
            found.append(said(zone, instant))
            later = instant  # a zone may change twice within a day
        day = later
    columns = (starts, [offset for offset, _ in found], [summer for _, summer in found])
    return {n: np.array(x, np.int64) for n, x in zip(Changes._fields, columns, strict=True)}


@cache
def zone_hash(name: str) -> str:
    """What says which rules a zone has: a hash of its file, or the version of the package that holds it."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / name
        if path.is_file():
            return hashlib.sha256(path.read_bytes()).hexdigest()
    return metadata.version("tzdata")


def said(zone: ZoneInfo, at: datetime) -> tuple[int, int]:
    """The offset in ns and whether it is summer time, at an instant."""
    local = at.astimezone(zone)
    offset, summer = local.utcoffset(), local.dst()
    return round((offset or timedelta()).total_seconds()) * SECOND, int(bool(summer))


def first_of(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second after `low` and up to `high` at which a zone says something else."""
    old = said(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if said(zone, middle) == old else (low, middle)
    return high
