"""How a table's columns become the fields of an event, declared."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType, Field
from penstock.events.types import (
    DEFAULTS,
    EVENT_TYPES,
    LEVELS,
    Bar,
    Book,
    IndexPrice,
    Liquidation,
    MarkPrice,
)

UNITS = ("ns", "us", "ms", "s", "iso")
CELLS = ("bid_price", "bid_size", "ask_price", "ask_size")
SHARED = (Liquidation, MarkPrice, IndexPrice)  # a trade's or any price's columns: must be declared


@dataclass(frozen=True, slots=True)
class Constant:
    """One value for all rows, such as the symbol of a file that names none."""

    value: str


@dataclass(frozen=True, slots=True)
class Time:
    """Where a stamp stands and what it counts.

    Attributes
    ----------
    column
        The table's column.
    unit
        ``ns``, ``us``, ``ms``, ``s`` (decimals are exact in text), ``iso``, or a strptime pattern.
        None where the column itself is a timestamp.
    zone
        The zone of the stamps; an offset in an ISO stamp wins. None for timestamps with a zone.
    date
        The day whose midnight, by the zone's clocks, numbers count from; else 1970-01-01.
    repeated
        Which of two local times of one name is meant, in the hour that clocks are set back:
        ``"refuse"`` keeps such rows aside.
    """

    column: str
    unit: str | None = None
    zone: str | None = None
    date: dt.date | None = None
    repeated: Literal["refuse", "earliest", "latest"] = "refuse"

    def __post_init__(self) -> None:
        if self.unit is not None and self.unit not in UNITS and "%" not in self.unit:
            raise DefinitionError(
                f"Time: unit must be one of {', '.join(UNITS)} or a pattern with %, "
                f"got {self.unit!r}{nearest(self.unit, UNITS)}"
            )
        if self.unit is not None and self.zone is None:
            raise DefinitionError(f"Time: a zone must be declared for {self.column!r}, got none")
        if self.zone is not None:
            try:
                ZoneInfo(self.zone)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise DefinitionError(
                    f"Time: zone must be a name of the IANA database, got {self.zone!r}"
                ) from error


OWN_TIME = Time("time", "ns", "UTC")
OWN_RECEIVE = Time("receive", "ns", "UTC")


@dataclass(frozen=True, slots=True)
class Mapping:
    """A table's columns as an event type's fields; a field left out has a column of its own name.

    Attributes
    ----------
    type
        What each row is.
    columns
        Field to column. A book's are templates, ``{"bid_price": "bids[{level}].price"}``, with
        ``{level}`` from 0 or ``{place}`` from 1; levels that the table does not have are absent.
    time, receive
        When a row happened, and when it was known; else a table with our own ``time`` is asked for our own ``receive``,
        and one without was known when it happened.
    scale
        Field to factor; 1e-4 divides by 10,000, which rounds correctly.
    key
        Key column to the table's column or to a `Constant`.
    interval
        Of bars whose stamps are their starts: what to add, ns.
    absent
        Numbers (as the table has them) that stand for no price, such as 0 for a missing side.
    where
        Column to the texts that make a row an event of this type; other rows are skipped.
    stamps
        Fields of unit ns (an expiry, a due time) that the table gives as stamps or dates, and how.
    rest
        What becomes of columns that nothing asks for: ``"ignore"`` leaves them unread, and names them in
        `Quarantine.unread`; ``"refuse"`` is an error that names them.

    Examples
    --------
    >>> from penstock.events import Trade
    >>> lean = Mapping(
    ...     Trade,
    ...     columns={"price": "1", "size": "2"},
    ...     time=Time("0", "ms", "America/New_York", dt.date(2013, 10, 7)),
    ...     scale={"price": 1e-4},
    ...     key={"symbol": Constant("SPY")},
    ... )
    """

    type: EventType
    columns: Dict[str, str] = field(default_factory=dict)
    time: Time = OWN_TIME
    receive: Time | None = None
    scale: Dict[str, float] = field(default_factory=dict)
    key: Dict[str, str | Constant] = field(default_factory=dict)
    interval: int = 0
    absent: tuple[float, ...] = ()
    where: Dict[str, tuple[str, ...]] = field(default_factory=dict)
    rest: Literal["ignore", "refuse"] = "ignore"
    stamps: Dict[str, Time] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = [cell.name for cell in cells(self.type)]
        for name in (*self.columns, *self.scale):
            if name not in known:
                raise DefinitionError(
                    f"Mapping of {self.type.name}: a field must be one of {', '.join(known)}, "
                    f"got {name!r}{nearest(name, known)}"
                )
        for name in self.stamps:
            if self.type.field(name).unit != "ns":
                raise DefinitionError(
                    f"Mapping of {self.type.name}: a stamp must be a field in ns, got {name!r}"
                )
        if self.interval and self.type is not Bar:
            raise DefinitionError(
                f"Mapping of {self.type.name}: an interval is for bars, got {self.interval}"
            )

    def beside(self, names: Sequence[str]) -> "Mapping":
        """The mapping with the time of receipt that a table of these columns has under our own names."""
        own = self.receive is None and self.time == OWN_TIME and OWN_RECEIVE.column in names
        return replace(self, receive=OWN_RECEIVE) if own else self


def cells(type: EventType) -> tuple[Field, ...]:
    """The fields that a mapping names; a book's four columns per level stand for its levels."""
    if type is not Book:
        return type.fields
    return tuple(Field(name, name.split("_")[1]) for name in CELLS)


class Bound(NamedTuple):
    """A mapping beside a table's real columns."""

    fields: tuple[tuple[str, Field, str | None], ...]  # target, field, column; None: its default
    keys: tuple[str | Constant, ...]
    needed: tuple[str, ...]  # the table's columns that are read
    unread: tuple[str, ...]  # and the others


def bind(mapping: Mapping, names: Sequence[str], keys: Sequence[str], source: str) -> Bound:
    """Find every column of a mapping; raises DefinitionError with the nearest name."""

    def column(name: str, what: str) -> str:
        if names.count(name) > 1:
            raise DefinitionError(f"{source}: column {name!r} for {what} must be one, got several")
        if name in names:
            return name
        raise DefinitionError(
            f"{source}: column {name!r} for {what} must be one of {', '.join(names) or 'none'}, "
            f"got no such column{nearest(name, names)}"
        )

    fields = tuple(_fields(mapping, names, column))
    found: list[str | Constant] = []
    for key in keys:
        value = mapping.key.get(key, key)
        found.append(value if isinstance(value, Constant) else column(value, f"key {key}"))
    stamps = [column(mapping.time.column, "time")]
    if mapping.receive is not None:
        stamps.append(column(mapping.receive.column, "receive"))
    needed = [*stamps, *(c for _, _, c in fields if c is not None)]
    needed += [column(name, "where") for name in mapping.where]
    needed += [value for value in found if isinstance(value, str)]
    unread = tuple(name for name in names if name not in needed)
    if unread and mapping.rest == "refuse":
        raise DefinitionError(
            f"{source}: every column must be asked for, got {', '.join(unread)} that nothing asks for"
        )
    return Bound(fields, tuple(found), tuple(dict.fromkeys(needed)), unread)


def _fields(
    mapping: Mapping, names: Sequence[str], column: Callable[[str, str], str]
) -> Iterable[tuple[str, Field, str | None]]:
    defaults = DEFAULTS.get(mapping.type.name, {})
    for cell in cells(mapping.type):
        if mapping.type is Book:
            template = mapping.columns.get(cell.name, f"{cell.name}_{{level}}")
            for level in range(LEVELS):
                name = template.format(level=level, place=level + 1)
                if level == 0 or name in names:
                    yield f"{cell.name}_{level}", cell, column(name, cell.name)
        elif cell.name in mapping.stamps:
            yield cell.name, cell, column(mapping.stamps[cell.name].column, cell.name)
        elif cell.name not in mapping.columns and cell.name not in names and cell.name in defaults:
            yield cell.name, cell, None
        else:
            yield cell.name, cell, column(mapping.columns.get(cell.name, cell.name), cell.name)


def infer_type(names: Sequence[str], source: str) -> EventType:
    """The event type whose fields a table has under their own names."""
    matches = []
    for type_ in EVENT_TYPES:
        defaults = DEFAULTS.get(type_.name, {})
        own = [f"{c.name}_0" if type_ is Book else c.name for c in cells(type_)]
        told = [name for name in own if name not in defaults] or own
        if type_ not in SHARED and all(name in names for name in told):
            matches.append((sum(name in names for name in own), type_))
    matches.sort(key=lambda match: -match[0])
    if not matches or (len(matches) > 1 and matches[0][0] == matches[1][0]):
        known = ", ".join(type_.name for type_ in EVENT_TYPES)
        raise DefinitionError(
            f"{source}: the event type must be given (one of {known}), "
            f"got columns {', '.join(names)}"
        )
    return matches[0][1]
