"""What the time of a row says: hour, date, season, session, what is due. Event time, by the clocks of a zone."""

from math import pi
from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.expr import Expr
from penstock.formulas.returns import log_return
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.cos import Cos
from penstock.ops.elementwise.floor import Floor
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.less_equal import LessEqual
from penstock.ops.elementwise.sin import Sin
from penstock.ops.time.local_time import LocalTime
from penstock.ops.time.scheduled import Scheduled
from penstock.ops.time.seasonal_mean import SeasonalMean
from penstock.ops.time.seasonal_strength import SeasonalStrength
from penstock.ops.time.slots import Slot
from penstock.streams.schedules import weekday_rule

Wave = Literal["sin", "cos"]
PAYROLLS = "1st Friday 08:30 America/New_York"
EXPIRIES = "3rd Friday 16:00 America/New_York"


def hour_of_day(*, tz: str = "UTC") -> Expr:
    r"""Hour of the local day, :math:`\lfloor s / 3600 \rfloor`."""
    return Floor(LocalTime(zone=tz)["second_of_day"] / 3_600.0)


def minute_of_day(*, tz: str = "UTC") -> Expr:
    r"""Minute of the local day, :math:`\lfloor s / 60 \rfloor`."""
    return Floor(LocalTime(zone=tz)["second_of_day"] / 60.0)


def of_day(tz: str) -> Expr:
    """The angle of the time on a circle of a day."""
    return LocalTime(zone=tz)["second_of_day"] * (2.0 * pi / 86_400.0)


def hour_sin(*, tz: str = "UTC") -> Expr:
    r"""Height of the time on a circle of a day, :math:`\sin(2 \pi s / 86400)`."""
    return Sin(of_day(tz))


def hour_cos(*, tz: str = "UTC") -> Expr:
    r"""Width of the time on a circle of a day, :math:`\cos(2 \pi s / 86400)`."""
    return Cos(of_day(tz))


def day_of_week(*, tz: str = "UTC") -> Expr:
    r"""Day of the week, :math:`(d + 3) \bmod 7` of the days since 1970; Monday is 0."""
    return LocalTime(zone=tz)["day_of_week"]


def of_week(tz: str) -> Expr:
    """The angle of the time on a circle of a week."""
    now = LocalTime(zone=tz)
    return (now["day_of_week"] + now["second_of_day"] / 86_400.0) * (2.0 * pi / 7.0)


def day_of_week_sin(*, tz: str = "UTC") -> Expr:
    r"""Height of the time on a circle of a week, :math:`\sin(2 \pi (w + s / 86400) / 7)`."""
    return Sin(of_week(tz))


def day_of_week_cos(*, tz: str = "UTC") -> Expr:
    r"""Width of the time on a circle of a week, :math:`\cos(2 \pi (w + s / 86400) / 7)`."""
    return Cos(of_week(tz))


def hour_of_week(*, tz: str = "UTC") -> Expr:
    r"""Hour of the week, :math:`24 w + \lfloor s / 3600 \rfloor`."""
    return day_of_week(tz=tz) * 24.0 + hour_of_day(tz=tz)


def day_of_month(*, tz: str = "UTC") -> Expr:
    r"""Day of the month, :math:`1 \le d \le 31`."""
    return LocalTime(zone=tz)["day_of_month"]


def week_of_year(*, tz: str = "UTC") -> Expr:
    r"""Week of ISO 8601, :math:`1 \le w \le 53`: that of the Thursday."""
    return LocalTime(zone=tz)["week"]


def month_of_year(*, tz: str = "UTC") -> Expr:
    r"""Month, :math:`1 \le m \le 12`."""
    return LocalTime(zone=tz)["month"]


def quarter(*, tz: str = "UTC") -> Expr:
    r"""Quarter of the year, :math:`\lfloor (m + 2) / 3 \rfloor`."""
    return Floor((LocalTime(zone=tz)["month"] + 2.0) / 3.0)


def day_of_year_phase(*, wave: Wave = "sin", tz: str = "UTC") -> Expr:
    r"""Place of the day on a circle of its year, :math:`\sin` or :math:`\cos` of :math:`2 \pi (d - 1) / D`.

    Notes
    -----
    D is 366 in a leap year. The row has both in one column; here `wave` says which.
    """
    now = LocalTime(zone=tz)
    angle = (now["day_of_year"] - 1.0) / now["days_in_year"] * (2.0 * pi)
    return Sin(angle) if wave == "sin" else Cos(angle)


def is_weekend(*, tz: str = "UTC") -> Expr:
    r"""Saturday or Sunday, :math:`1\{w \ge 5\}`."""
    return GreaterEqual(LocalTime(zone=tz)["day_of_week"], 5.0)


def dst_active(*, tz: str = "America/New_York") -> Expr:
    r"""Summer time, :math:`1\{\text{offset from UTC} \ne \text{standard offset}\}`."""
    return LocalTime(zone=tz)["summer"]


def hours_of(text: str, name: str) -> tuple[float, float]:
    """The hours of a session, such as ``7-16``."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and int(first) < int(last) <= 24):
        raise DefinitionError(
            f"trading_session_id({name}): hours of a day in UTC such as 7-16 are needed, got {text!r}"
        )
    return float(first), float(last)


def trading_session_id(*, Asia: str = "0-8", EU: str = "7-16", US: str = "13-22") -> Expr:
    r"""Sessions that are on, as bits: :math:`1\{h \in A\} + 2 \cdot 1\{h \in E\} + 4 \cdot 1\{h \in U\}`.

    Notes
    -----
    Hours are of UTC, the first is in a session and the last is not. Two bits are an overlap.
    """
    hour = LocalTime()["second_of_day"] / 3_600.0
    bits = []
    for weight, name, text in ((1.0, "Asia", Asia), (2.0, "EU", EU), (4.0, "US", US)):
        first, last = hours_of(text, name)
        bits.append((GreaterEqual(hour, first) - GreaterEqual(hour, last)) * weight)
    return bits[0] + bits[1] + bits[2]


def options_expiration_week(*, rule: str = "3rd Friday", tz: str = "America/New_York") -> Expr:
    r"""Week, from Monday on, of the monthly expiry, :math:`1\{7 (n - 1) < d - w + f \le 7 n\}`.

    Notes
    -----
    n and f are number and weekday of `rule`, d and w day of the month and of the week of the row: the week's own
    weekday f has to be the n-th of its month. A holiday moves the expiry, not its week.
    """
    number, weekday = weekday_rule(rule)
    now = LocalTime(zone=tz)
    day = (now["day_of_month"] - now["day_of_week"]) + float(weekday)
    return And(GreaterEqual(day, 7.0 * number - 6.0), LessEqual(day, 7.0 * number))


def days_to_expiry(*, expiry: str = EXPIRIES) -> Expr:
    r"""Days to the next expiry, :math:`(E - \tau) / 86400`; NaN after the last.

    Notes
    -----
    `expiry` is a time such as ``2024-03-15T20:00Z``, several, a rule for every month, or a file; see `Scheduled`.
    """
    return Scheduled(schedule=expiry)["days"]


def seconds_to_event(*, cal: str = PAYROLLS) -> Expr:
    r"""Seconds to the next scheduled event, :math:`\min \{e \ge \tau\} - \tau`.

    Notes
    -----
    `cal` is an edge of a calendar (``XNYS:open``), a rule, times, or a file of them, one a line; see `Scheduled`. The
    default is when the Employment Situation of the United States comes out as a rule. A schedule has to be what was
    known at the time: one with events that were called at short notice looks ahead.
    """
    return Scheduled(schedule=cal)["until"]


def seconds_since_event(*, cal: str = PAYROLLS) -> Expr:
    r"""Seconds since the last scheduled event, :math:`\tau - \max \{e \le \tau\}`; `cal` as in ``seconds_to_event``."""
    return Scheduled(schedule=cal)["since"]


def seasonal_mean_return(*, slot: Slot = "hour_of_week", weeks: int = 26, tz: str = "UTC") -> Expr:
    r"""Mean log return of the same slot over the weeks before, the current slot left out.

    .. math:: \frac{1}{|I|} \sum_{i \in I} r_i, \quad I = \{i : s_i = s_t, \; w_t - w \le w_i < w_t\}

    Notes
    -----
    A bar is in the slot that it ends in or with. NaN until so many weeks have gone since the first bar.
    """
    return SeasonalMean(log_return(), slot=slot, weeks=weeks, zone=tz)


def seasonality_strength(*, slot: Slot = "hour_of_day", days: int = 60, tz: str = "UTC") -> Expr:
    r"""Share of the variance of absolute returns between the slots of the day, over the last days.

    .. math::
        \eta^2 = \frac{\sum_s n_s (\bar x_s - \bar x)^2}{\sum_i (x_i - \bar x)^2}, \quad x = |r|

    Notes
    -----
    The current day counts as one of them. NaN until so many days have gone since the first bar, and where all absolute
    returns are equal.
    """
    return SeasonalStrength(Abs(log_return()), slot=slot, days=days, zone=tz)
