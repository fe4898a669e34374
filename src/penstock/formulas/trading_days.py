"""What a market's calendar says of a row's time: sessions, month ends, holidays."""

from penstock.expr import Expr
from penstock.ops.time.day_table import DayTable
from penstock.ops.time.session_times import SessionTimes


def minutes_since_open(*, cal: str = "XNYS") -> Expr:
    r"""Minutes since the session opened, :math:`(\tau - O) / 60`; NaN while the market is closed."""
    return SessionTimes(calendar=cal)["since_open"]


def minutes_to_close(*, cal: str = "XNYS") -> Expr:
    r"""Minutes to the session's close, early closes known, :math:`(C - \tau) / 60`; NaN while the market is closed."""
    return SessionTimes(calendar=cal)["to_close"]


def session_fraction(*, cal: str = "XNYS") -> Expr:
    r"""Share of the session that has gone, :math:`(\tau - O) / (C - O)`; NaN while the market is closed."""
    return SessionTimes(calendar=cal)["fraction"]


def is_month_end(*, cal: str = "XNYS") -> Expr:
    r"""Last trading day of its month, :math:`1\{d = \max \text{month}\}`.

    Notes
    -----
    The day is that of the market's zone, from midnight to midnight; a day without a session is none.
    """
    return DayTable(calendar=cal, field="month_end")


def turn_of_month(*, cal: str = "XNYS", before: int = 1, after: int = 3) -> Expr:
    r"""Last trading days of a month and first of the next, :math:`1\{-b \le k \le a\}`.

    Notes
    -----
    k counts trading days, -1 for the last of a month and 1 for the first; a day without a session is none.
    """
    return DayTable(calendar=cal, field="turn_of_month", before=before, after=after)


def is_quarter_end_week(*, cal: str = "XNYS", days: int = 5) -> Expr:
    r"""Last trading days of a quarter, :math:`1\{k \ge -n\}` with -1 for the very last."""
    return DayTable(calendar=cal, field="quarter_end", before=days)


def is_holiday(*, country: str = "US", tz: str = "UTC") -> Expr:
    r"""Public holiday of a country, :math:`1\{d \in \text{holidays}\}`, observed ones too.

    Notes
    -----
    The day is that of `tz`. Exchanges keep other days: see ``days_to_next_holiday``.
    """
    return DayTable(calendar=country, field="public_holiday", zone=tz)


def days_to_next_holiday(*, cal: str = "XNYS") -> Expr:
    r"""Trading days before the next market holiday, today's included, :math:`|\{d : d_t \le d < H\}|`.

    Notes
    -----
    1 on the last trading day before a holiday, 0 on the holiday. A holiday is a day without a session on a weekday
    that has one as a rule.
    """
    return DayTable(calendar=cal, field="days_to_holiday")


def is_early_close(*, cal: str = "XNYS") -> Expr:
    r"""Trading day that closes early, :math:`1\{d \in \text{early closes}\}`."""
    return DayTable(calendar=cal, field="early_close")
