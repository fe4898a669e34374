"""A field of the calendar."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import Expr, Operator

FIELDS = ("second_of_day", "day_of_week", "day_of_month", "day_of_year", "week", "month", "year")
SECOND_OF_DAY, DAY_OF_WEEK, DAY_OF_MONTH, DAY_OF_YEAR, WEEK, MONTH, YEAR = range(len(FIELDS))
DAY = 86_400_000_000_000
UTC_TIME = Duration(0)


@jit
def _year(day: int) -> tuple[int, int]:
    """The year of a day that is counted from 1970-01-01, and the day that the year began on."""
    # counted from 0000-03-01, so that a leap day is the last of its year
    shifted = day + 719_468
    era = shifted // 146_097
    of_era = shifted - era * 146_097
    years = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    march = years + era * 400
    from_march = of_era - (365 * years + years // 4 - years // 100)
    year = march + 1 if from_march >= 306 else march
    return year, _begins(year)


@jit
def _begins(year: int) -> int:
    """The day, counted from 1970-01-01, that a year begins on."""
    before = year - 1
    return 365 * year + before // 4 - before // 100 + before // 400 - 719_527


@jit
def _month(of_year: int, leap: int) -> tuple[int, int]:
    """Month and day of a day of the year, both from 1."""
    late = of_year if of_year < 59 + leap else of_year + 2 - leap  # as if February had 30 days
    month = (late * 12 + 6) // 367
    return month + 1, late - (367 * month + 5) // 12 + 1


@jit
def _week(day: int, year: int, begins: int) -> int:
    """The ISO week: that of the Thursday."""
    thursday = day - (day + 3) % 7 + 3
    start = begins
    if thursday < begins:
        start = _begins(year - 1)
    elif thursday >= _begins(year + 1):
        start = _begins(year + 1)
    return (thursday - start) // 7 + 1


@jit
def _kernel(out: F8, at: I8, code: int, offset: int) -> None:
    for i in range(out.size):
        local = at[i] + offset
        day = local // DAY
        if code == SECOND_OF_DAY:
            out[i] = (local - day * DAY) / 1e9
        elif code == DAY_OF_WEEK:
            out[i] = float((day + 3) % 7)
        else:
            year, begins = _year(day)
            leap = 1 if _begins(year + 1) - begins == 366 else 0
            month, of_month = _month(day - begins, leap)
            value = year
            if code == DAY_OF_MONTH:
                value = of_month
            elif code == DAY_OF_YEAR:
                value = day - begins + 1
            elif code == WEEK:
                value = _week(day, year, begins)
            elif code == MONTH:
                value = month
            out[i] = float(value)


def _oracle(x: F8, at: I8, field: str, offset: int) -> F8:
    out = np.zeros(at.size)
    for t in range(at.size):
        whole, rest = divmod(int(at[t]) + offset, 1_000_000_000)
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=whole)
        known = {
            "second_of_day": when.hour * 3600 + when.minute * 60 + when.second + rest / 1e9,
            "day_of_week": when.weekday(),
            "day_of_month": when.day,
            "day_of_year": when.timetuple().tm_yday,
            "week": when.isocalendar().week,
            "month": when.month,
            "year": when.year,
        }
        out[t] = known[field]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class CalendarField(Operator):
    r"""Time of day or a field of the calendar, of each tick of a column's clock.

    .. math::
        s_t = \frac{(\tau_t + o) \bmod D}{10^9}, \quad
        d_t = \Big\lfloor \frac{\tau_t + o}{D} \Big\rfloor, \quad
        \text{day of week} = (d_t + 3) \bmod 7, \quad D = 86400 \cdot 10^9

    Notes
    -----
    Seed: none. NaN: the values of `x` are not looked at. Warm-up: 1. Unit: seconds for
    ``second_of_day``, else 1. The proleptic Gregorian calendar of event time in UTC moved by
    `offset`, which is what a zone without summer time is; Monday is 0, days and months count from
    1, a week is that of ISO 8601. ``Sin(second_of_day * (2π / 86400))`` puts the time of day on a
    circle.

    References
    ----------
    Richards, E. G. (2013). Calendars, in: Explanatory Supplement to the Astronomical Almanac, 3rd
    edition, section 15.11. ISO 8601-1:2019.

    Examples
    --------
    >>> evaluate(CalendarField(x, field="second_of_day"), x=[1.0, 3.0, 2.0])
    [0.0, 1.0, 2.0]
    """

    x: Expr
    field: str
    offset: Duration = UTC_TIME

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"field": "week"}
    exempt: ClassVar = {"unit": "the values of x are not looked at"}

    def check(self) -> None:
        known = ", ".join(FIELDS)
        self.require(f"field must be one of {known}", self.field in FIELDS, self.field)

    @property
    def code(self) -> int:
        """The field as the kernel knows it."""
        return FIELDS.index(self.field)

    @property
    def unit(self) -> str:
        return "s" if self.field == "second_of_day" else ONE
