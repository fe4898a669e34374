"""Which dates are run, and what each of them has and lacks."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import EPOCH, before, look_back, ordinal
from penstock.jobs.levels.inputs import Inputs
from penstock.streams.calendars import session_days

WANTED, ABSENT, BAD, SKIPPED = "wanted", "absent", "bad", "skipped"


@dataclass(frozen=True, slots=True)
class Dates:
    """Which dates are asked for: some, those of a span, or all that there are files of."""

    some: tuple[dt.date, ...] = ()
    first: dt.date | None = None
    last: dt.date | None = None
    fed: bool = False  # their events come by a feed: no files of their own are read

    def __post_init__(self) -> None:
        if self.some and (self.first or self.last):
            raise DefinitionError("Dates: some dates or a span of them is needed, got both")
        if self.first and self.last and self.first > self.last:
            raise DefinitionError(
                f"Dates: the first must not be after the last, got {self.first} and {self.last}"
            )

    @property
    def named(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.some or self.first or self.last)


def within(date: dt.date, dates: Dates) -> bool:
    """Whether a date is one of those that are asked for."""
    if dates.some:
        return date in dates.some
    return (dates.first is None or date >= dates.first) and (
        dates.last is None or date <= dates.last
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """A date that was asked for.

    Attributes
    ----------
    status
        ``wanted``; or ``bad`` where it cannot be run, or ``skipped`` where nothing is to be run, with ``why``.
    chain
        The consecutive trading days before it that it may be warmed up with.
    hole
        Why there are no more of them.
    """

    date: dt.date
    status: str
    why: str = ""
    inputs: Inputs | None = None
    chain: tuple[Inputs, ...] = ()
    hole: str = ""


def choose(found: Sequence[Inputs], dates: Dates, parameters: Parameters) -> list[Chosen]:
    """The dates that are asked for, in order, those too of which there are no files."""
    if parameters.spot_source == "own":
        found = [each.without_futures() for each in found]
    if dates.fed:
        found = [Inputs(each.date) if each.date in dates.some else each for each in found]
    have, calendar = {each.date: each for each in found}, parameters.calendar
    sessions = {dt.date.fromordinal(int(day) + EPOCH) for day in session_days(calendar)[0]}
    chosen: list[Chosen] = []
    for date in sorted(_asked(set(have), dates, calendar)):
        inputs = have.get(date, Inputs(date) if dates.fed else None)
        if date not in sessions:
            chosen.append(Chosen(date, SKIPPED, f"no trading day of {calendar}", inputs))
        elif inputs is None:
            chosen.append(Chosen(date, BAD, "no files of this date"))
        elif inputs.missing and not dates.fed:
            why = f"it has no {' and no '.join(inputs.missing)}"
            chosen.append(Chosen(date, BAD, why, inputs))
        else:
            chain, hole = before(found, date, calendar, look_back(parameters))
            chosen.append(Chosen(date, WANTED, "", inputs, tuple(chain), hole))
    return chosen


def _asked(there: set[dt.date], dates: Dates, calendar: str) -> set[dt.date]:
    if dates.some:
        return set(dates.some)
    if not dates.named:
        return there
    ends = sorted({*there, *(date for date in (dates.first, dates.last) if date)})
    first, last = dates.first or ends[0], dates.last or ends[-1]
    days, _ = session_days(calendar)
    inside = days[(days >= ordinal(first)) & (days <= ordinal(last))]
    sessions = {dt.date.fromordinal(int(day) + EPOCH) for day in np.asarray(inside)}
    return sessions | {date for date in there if first <= date <= last}
