"""What a calendar knows of a day in advance."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.errors import nearest
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import VIEW, Operator
from penstock.ops.time.civil import DAY, stretch
from penstock.streams import Clock
from penstock.streams.calendars import check_calendar, zone_name
from penstock.streams.trading_days import FIELDS, check_country, table
from penstock.streams.zones import changes


@jit
def _kernel(out: F8, at: I8, registers: np.ndarray, starts: I8, offsets: I8, values: F8) -> None:
    s = registers[0]
    k = s["k"]
    for i in range(out.size):
        k = max(stretch(starts, k, at[i]), 0)
        day = (at[i] + offsets[k]) // DAY
        out[i] = values[day] if (day >= 0) & (day < values.size) else np.nan
    s["k"] = k


def _oracle(at: I8, days: str, values: F8) -> F8:
    out = np.full(at.size, np.nan)
    for t, time in enumerate(at.tolist()):
        utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time // 1_000_000_000)
        day = (
            utc.astimezone(ZoneInfo(days)).toordinal()
            - datetime(1970, 1, 1, tzinfo=UTC).toordinal()
        )
        if 0 <= day < values.size:
            out[t] = values[day]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class DayTable(Operator):
    r"""A number that a calendar has for each day, read at the day of each tick.

    .. math:: y_t = v\Big(\Big\lfloor \frac{\tau_t + o_t}{86400 \cdot 10^9} \Big\rfloor\Big)

    Notes
    -----
    Seed: none. NaN: outside 1970 to 2049, and where the calendar says nothing. Warm-up: 1. Unit: 1. The day is that of
    the calendar's zone, or of `zone`; o is what it is ahead of UTC then. A table is made once for all keys.

    ===================  =========================================================================================
    ``session``          1 on a day with a session, else 0
    ``month_end``        1 on the last session of a month, else 0
    ``turn_of_month``    1 on the last `before` sessions of a month and the first `after` of the next, else 0
    ``quarter_end``      1 on the last `before` sessions of a quarter, else 0
    ``early_close``      1 on a session that closes early, else 0
    ``days_to_holiday``  sessions before the next weekday without one, this day's included; 0 on such a day
    ``public_holiday``   1 on a public holiday of the country that `calendar` names, else 0
    ===================  =========================================================================================

    References
    ----------
    Lakonishok, J., Smidt, S. (1988). Are Seasonal Anomalies Real? A Ninety-Year Perspective. Review of Financial
    Studies 1(4), 403-425.

    Examples
    --------
    >>> node = DayTable(calendar="24/7", field="month_end")
    >>> evaluate(node, clock={"ts": [30 * 86_400 * 10**9, 31 * 86_400 * 10**9]})
    [1.0, 0.0]
    """

    calendar: str
    field: str
    zone: str = ""
    before: int = 1
    after: int = 3
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("k", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"calendar": "24/7@Europe/Berlin", "field": "turn_of_month"}

    def check(self) -> None:
        known = ", ".join(FIELDS)
        rule = f"field must be one of {known}{nearest(self.field, FIELDS)}"
        self.require(rule, self.field in FIELDS, self.field)
        self.require("before must not be negative", self.before >= 0, self.before)
        self.require("after must not be negative", self.after >= 0, self.after)
        if self.zone:
            changes(self.zone)
        # what a catalogue lists is known to exist, and costs no library here
        if self.calendar not in ("XNYS", "US"):
            check = check_country if self.field == "public_holiday" else check_calendar
            check(self.calendar)

    @property
    def days(self) -> str:
        """The zone whose days they are."""
        return self.zone or ("UTC" if self.field == "public_holiday" else zone_name(self.calendar))

    @property
    def starts(self) -> I8:
        """When the zone's clocks were set."""
        return changes(self.days).starts

    @property
    def offsets(self) -> I8:
        """What the zone was ahead of UTC from then on, in ns."""
        return changes(self.days).offsets

    @property
    def values(self) -> F8:
        """The number of each day from 1970-01-01 on."""
        return table(self.field, self.calendar, self.before, self.after)

    @property
    def unit(self) -> str:
        return ONE
