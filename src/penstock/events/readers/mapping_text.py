"""Mappings as they are written on the command line."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.core.time import duration
from penstock.events.readers.mapping import OWN_TIME, Constant, Mapping, Time, cells

_TIME = re.compile(
    r"(?P<column>.+?)(?::(?P<unit>ns|us|ms|s|iso|%.+?)"
    r"(?::(?P<zone>[A-Za-z][\w/+-]*)(?::(?P<date>\d{4}-\d{2}-\d{2}))?)?)?"
)
_SCALED = re.compile(r"(?P<column>.+)\*(?P<scale>[-+]?[\d.]+(?:[eE][-+]?\d+)?)")


def parse_mapping(
    type: EventType, items: Sequence[str], key: Sequence[str] = ("symbol",)
) -> Mapping:
    """A mapping from the texts of ``--map``.

    ``FIELD=COLUMN``, ``FIELD=COLUMN*FACTOR``, ``time=COLUMN:UNIT:ZONE[:DATE]`` (and ``receive=``, and
    ``FIELD=`` of a field in ns), ``KEY=COLUMN``, ``KEY==CONSTANT``, ``interval=1m`` for bars stamped at
    their start, ``absent=0`` for numbers that stand for no price, ``where=COLUMN:VALUE,VALUE`` for the
    rows that are events, ``rest=refuse`` where there may be no other columns.

    Examples
    --------
    >>> from penstock.events import Trade
    >>> found = parse_mapping(Trade, ["price=px*1e-4", "time=ts:ms:UTC", "symbol==SPY"])
    >>> found.columns, found.scale, found.key, found.time.unit
    ({'price': 'px'}, {'price': 0.0001}, {'symbol': Constant(value='SPY')}, 'ms')
    """
    known = [
        *(cell.name for cell in cells(type)),
        "time",
        "receive",
        "interval",
        "absent",
        "where",
        "rest",
        *key,
    ]
    columns: dict[str, str] = {}
    scale: dict[str, float] = {}
    keys: dict[str, str | Constant] = {}
    stamps: dict[str, Time] = {}
    inner: dict[str, Time] = {}  # of fields
    whole = {cell.name for cell in cells(type) if cell.unit == "ns"}
    interval, absent, where, rest = 0, (), {}, "ignore"
    for name, value in _pairs(type, items, known):
        if name in ("time", "receive"):
            stamps[name] = _time(value)
        elif name == "interval":
            interval = duration(value)
        elif name == "absent":
            absent = tuple(float(number) for number in value.split(","))
        elif name == "rest":
            rest = _rest(value)
        elif name == "where":
            column, _, texts = value.rpartition(":")
            where[column] = tuple(texts.split(","))
        elif name in key:
            keys[name] = Constant(value[1:]) if value.startswith("=") else value
        elif name in whole and ":" in value:
            inner[name] = _time(value)
        else:
            scaled = _SCALED.fullmatch(value)
            columns[name] = scaled["column"] if scaled else value
            if scaled:
                scale[name] = float(scaled["scale"])
    time = stamps.get("time", OWN_TIME)
    receive = stamps.get("receive")
    return Mapping(type, columns, time, receive, scale, keys, interval, absent, where, rest, inner)


def _rest(text: str) -> Literal["ignore", "refuse"]:
    if text not in ("ignore", "refuse"):
        raise DefinitionError(f"Mapping: rest must be ignore or refuse, got {text!r}")
    return text


def _time(text: str) -> Time:
    match = _TIME.fullmatch(text)
    if match is None:
        raise DefinitionError(f"Mapping: time must be COLUMN:UNIT:ZONE[:DATE], got {text!r}")
    date = dt.date.fromisoformat(match["date"]) if match["date"] else None
    return Time(match["column"], match["unit"], match["zone"], date)


def _pairs(
    type: EventType, items: Sequence[str], known: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The name and the value of each item."""
    for item in items:
        name, equal, value = item.partition("=")
        if not equal or not value:
            raise DefinitionError(f"Mapping: an item must be NAME=COLUMN, got {item!r}")
        if name not in known:
            raise DefinitionError(
                f"Mapping of {type.name}: a name must be one of {', '.join(known)}, "
                f"got {name!r}{nearest(name, known)}"
            )
        yield name, value
