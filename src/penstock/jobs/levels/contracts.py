"""What option contracts are, by the symbols of the Options Symbology Initiative or by their definitions."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from penstock.core.time import EPOCH
from penstock.events import Instrument, Keys, Quarantine
from penstock.events.instruments import Instruments
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.sources import source_of
from penstock.streams.calendars import hours

OSI = re.compile(r"([A-Z0-9.]+) *(\d{6})([CP])(\d{8})")
CLOSE = dt.time(16)  # of an expiry on no trading day
COLUMNS = {
    "contract": pl.String, "root": pl.String, "expires": pl.Date, "right": pl.Int64, "strike": pl.Float64,
}  # fmt: skip
UNENDING = 2**63 - 1


def contracts(names: Iterable[str], definitions: Sequence[Path] = ()) -> pl.DataFrame:
    """The contracts of some symbols (`COLUMNS`); a symbol that nothing explains is left out.

    Parameters
    ----------
    names
        Symbols such as ``SPY   251216C00600000``: root, day of expiry, call or put, and the strike in thousandths.
    definitions
        Files of definitions, for symbols that do not read so.

    References
    ----------
    Options Clearing Corporation (2010). Options Symbology Initiative.
    """
    rows: list[tuple[str, str, dt.date, int, float]] = []
    rest: list[str] = []
    for name in names:
        match = OSI.fullmatch(name.strip())
        if match is None or (day := _day(match[2])) is None:
            rest.append(name)
        else:
            right = 1 if match[3] == "C" else -1
            rows.append((name, match[1], day, right, int(match[4]) / 1000.0))
    if rest and definitions:
        rows += _defined(set(rest), definitions)
    return pl.DataFrame(rows, schema=COLUMNS, orient="row").unique("contract", maintain_order=True)


def _day(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None


def _defined(names: set[str], paths: Sequence[Path]) -> list[tuple[str, str, dt.date, int, float]]:
    """What definitions say of symbols."""
    found: list[tuple[str, str, dt.date, int, float]] = []
    for path in paths:
        keys = Keys()
        terms = Instruments.of(source_of(path, Instrument), keys, Quarantine())
        for number, (name,) in enumerate(keys.names):
            said = terms.at(number, UNENDING)
            if name in names and said is not None and said["right"] and said["expiry"]:
                expires = (EPOCH + dt.timedelta(microseconds=int(said["expiry"]) // 1000)).date()
                found.append((name, name.split()[0], expires, int(said["right"]), said["strike"]))
    return found


def expiry(day: dt.date, parameters: Parameters) -> int:
    """When a contract that expires on a day is gone, ns UTC: as the market closes, early where it closes early."""
    _, closes = hours(parameters.calendar)
    zone = ZoneInfo(parameters.zone)
    start = _stamp(dt.datetime.combine(day, dt.time(), zone))
    end = _stamp(dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone))
    place = int(np.searchsorted(closes, start, side="right"))
    if place < closes.size and closes[place] < end:
        return int(closes[place])
    return _stamp(dt.datetime.combine(day, CLOSE, zone))


def _stamp(moment: dt.datetime) -> int:
    return round(moment.timestamp()) * 1_000_000_000
