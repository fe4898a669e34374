"""Time of day and date of a time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import VIEW, Operator
from penstock.ops.time.civil import DAY, begins, month_of, stretch, week_of, year_of
from penstock.streams import Clock
from penstock.streams.zones import changes

NOW = Duration(0)
OUTPUTS = (
    "second_of_day", "day_of_week", "day_of_month", "day_of_year", "days_in_year", "week", "month", "year", "summer",
)  # fmt: skip


@jit
def _kernel(
    second_of_day: F8,
    day_of_week: F8,
    day_of_month: F8,
    day_of_year: F8,
    days_in_year: F8,
    week: F8,
    month: F8,
    year: F8,
    summer: F8,
    at: I8,
    registers: np.ndarray,
    starts: I8,
    offsets: I8,
    summers: I8,
    ago: int,
) -> None:
    s = registers[0]
    k, last = s["k"], s["day"]
    of_month, of_year, length = s["of_month"], s["of_year"], s["length"]
    in_month, in_year, in_week = s["month"], s["year"], s["week"]
    for i in range(year.size):
        now = at[i] - ago
        k = max(stretch(starts, k, now), 0)
        local = now + offsets[k]
        day = local // DAY
        if (day != last) | (length == 0):  # a date is worked out once
            last = day
            in_year, start = year_of(day)
            length = begins(in_year + 1) - start
            of_year = day - start + 1
            in_month, of_month = month_of(day - start, length - 365)
            in_week = week_of(day, in_year, start)
        second_of_day[i] = (local - day * DAY) / 1e9
        day_of_week[i] = float((day + 3) % 7)
        day_of_month[i], day_of_year[i] = float(of_month), float(of_year)
        days_in_year[i], week[i] = float(length), float(in_week)
        month[i], year[i], summer[i] = float(in_month), float(in_year), float(summers[k])
    s["k"], s["day"] = k, last
    s["of_month"], s["of_year"], s["length"] = of_month, of_year, length
    s["month"], s["year"], s["week"] = in_month, in_year, in_week


def _oracle(at: I8, zone: str, ago: int) -> dict[str, F8]:
    found = []
    for time in at.tolist():
        whole, rest = divmod(time - ago, 1_000_000_000)
        utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=whole)
        when = utc.astimezone(ZoneInfo(zone))
        year = date(when.year + 1, 1, 1) - date(when.year, 1, 1)
        found.append(
            (
                when.hour * 3600 + when.minute * 60 + when.second + rest / 1e9,
                when.weekday(),
                when.day,
                when.timetuple().tm_yday,
                year.days,
                when.isocalendar().week,
                when.month,
                when.year,
                bool(when.dst()),
            )
        )
    return dict(zip(OUTPUTS, np.array(found, float).reshape(-1, len(OUTPUTS)).T, strict=True))


@dataclass(frozen=True, eq=False, repr=False)
class LocalTime(Operator):
    r"""Time of day and date of each tick of a clock, as a time zone has them.

    .. math::
        s_t = \frac{(\tau_t + o_t) \bmod D}{10^9}, \quad
        d_t = \Big\lfloor \frac{\tau_t + o_t}{D} \Big\rfloor, \quad
        \text{day of week} = (d_t + 3) \bmod 7, \quad D = 86400 \cdot 10^9

    Notes
    -----
    Seed: none. NaN: there is none. Warm-up: 1. Unit: 1, numbers of a clock. The proleptic Gregorian
    calendar of event time; o is what the zone is ahead of UTC then, by the tz database, from 1970 to 2049. Monday is
    0, days and months count from 1, a week is that of ISO 8601; ``summer`` is 1 in summer time. Seconds of the day are
    those of the clock on the wall: on the day of a change some are skipped, or come twice. With `ago` it is the time
    so long before each tick: a bar that ends at midnight belongs to the day before, which 1 ns earlier says.

    References
    ----------
    Richards, E. G. (2013). Calendars, in: Explanatory Supplement to the Astronomical Almanac, 3rd
    edition, section 15.11. ISO 8601-1:2019. IANA, Time Zone Database.

    Examples
    --------
    >>> evaluate(LocalTime(zone="Asia/Tokyo"), clock={"ts": [0]})["second_of_day"]
    [32400.0]
    """

    zone: str = "UTC"
    ago: Duration = NOW
    on: Clock = VIEW

    outputs: ClassVar = OUTPUTS
    registers: ClassVar = np.dtype(
        [
            (name, "i8")
            for name in ("k", "day", "of_month", "of_year", "length", "month", "year", "week")
        ]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"zone": "America/New_York", "ago": "1s"}

    def check(self) -> None:
        changes(self.zone)
        self.require("ago must not be negative", self.ago >= 0, self.ago)

    @property
    def starts(self) -> I8:
        """When the zone's clocks were set."""
        return changes(self.zone).starts

    @property
    def offsets(self) -> I8:
        """What the zone was ahead of UTC from then on, in ns."""
        return changes(self.zone).offsets

    @property
    def summers(self) -> I8:
        """1 for summer time."""
        return changes(self.zone).summer

    @property
    def unit(self) -> str:
        return ONE
