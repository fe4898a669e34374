"""What the time of a row must say: pandas and zoneinfo for dates, exchange_calendars and holidays for days."""

from functools import cache

import exchange_calendars
import holidays
import numpy as np
import pandas as pd
from tests.catalog.market import Market

ZONES = ("Europe/London", "Asia/Kolkata")
LOCAL = (
    "hour_of_day", "minute_of_day", "hour_sin", "hour_cos", "day_of_week", "day_of_week_sin", "day_of_week_cos",
    "hour_of_week", "day_of_month", "week_of_year", "month_of_year", "quarter", "is_weekend", "day_of_year_phase",
)  # fmt: skip
DAYS = (
    "is_month_end", "turn_of_month", "is_quarter_end_week", "is_holiday", "days_to_next_holiday", "is_early_close",
    "minutes_since_open", "minutes_to_close", "session_fraction",
)  # fmt: skip
BARS = (
    *(f"time.{name}" for name in (*LOCAL, *DAYS)),
    *(f"time.{name}(tz={zone})" for name in LOCAL for zone in ZONES),
    *(f"time.{name}(cal={cal})" for name in DAYS if name != "is_holiday" for cal in ("XLON", "24/7")),
    "time.day_of_year_phase(wave=cos)", "time.turn_of_month(before=3, after=1)", "time.is_quarter_end_week(days=10)",
    "time.is_holiday(country=DE, tz=Europe/Berlin)", "time.trading_session_id",
    "time.trading_session_id(Asia=1-9, EU=8-17, US=14-21)", "time.days_to_expiry",
    "time.days_to_expiry(expiry=2013-10-07T20:00Z)", "time.options_expiration_week",
    "time.options_expiration_week(rule=2nd Wednesday, tz=UTC)", "time.seconds_to_event",
    "time.seconds_to_event(cal=XLON:close)", "time.seconds_since_event", "time.seconds_since_event(cal=XLON:close)",
    "time.dst_active", "time.dst_active(tz=Europe/Dublin)", "time.seasonal_mean_return",
    "time.seasonal_mean_return(slot=day_of_week, weeks=4, tz=America/New_York)",
    "time.seasonal_mean_return(slot=hour_of_day, weeks=2)", "time.seasonality_strength",
    "time.seasonality_strength(slot=hour_of_week, days=20, tz=America/New_York)",
)  # fmt: skip
TIMED = (
    "time.minute_of_day(tz=America/New_York)", "time.minutes_since_open", "time.minutes_to_close",
    "time.session_fraction", "time.seconds_to_event(cal=XNYS:open)",
)  # fmt: skip


def local(at: np.ndarray, tz: str) -> pd.DatetimeIndex:
    """Times by the clocks of a zone, which pandas finds in its own tables."""
    return pd.DatetimeIndex(pd.to_datetime(at, utc=True)).tz_convert(tz)


def second(at: np.ndarray, tz: str) -> np.ndarray:
    when = local(at, tz)
    return (when.hour * 3_600 + when.minute * 60 + when.second + at % 10**9 / 1e9).to_numpy(float)


def hour_of_day(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return local(at, tz).hour.to_numpy()


def minute_of_day(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return local(at, tz).hour.to_numpy() * 60 + local(at, tz).minute.to_numpy()


def hour_sin(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return np.sin(second(at, tz) / 86_400 * 2 * np.pi)


def hour_cos(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return np.cos(second(at, tz) / 86_400 * 2 * np.pi)


def day_of_week(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return local(at, tz).weekday.to_numpy()


def week_angle(at: np.ndarray, tz: str) -> np.ndarray:
    return (local(at, tz).weekday.to_numpy() + second(at, tz) / 86_400) / 7 * 2 * np.pi


def day_of_week_sin(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return np.sin(week_angle(at, tz))


def day_of_week_cos(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return np.cos(week_angle(at, tz))


def hour_of_week(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return 24 * local(at, tz).weekday.to_numpy() + local(at, tz).hour.to_numpy()


def day_of_month(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return local(at, tz).day.to_numpy()


def week_of_year(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return local(at, tz).isocalendar().week.to_numpy(float)


def month_of_year(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return local(at, tz).month.to_numpy()


def quarter(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return local(at, tz).quarter.to_numpy()


def is_weekend(m: Market, at: np.ndarray, tz: str = "UTC") -> np.ndarray:
    return local(at, tz).weekday.to_numpy() >= 5


def day_of_year_phase(m: Market, at: np.ndarray, wave: str = "sin", tz: str = "UTC") -> np.ndarray:
    when = local(at, tz)
    angle = 2 * np.pi * (when.dayofyear - 1) / np.where(when.is_leap_year, 366, 365)
    return (np.sin if wave == "sin" else np.cos)(angle.to_numpy(float))


def dst_active(m: Market, at: np.ndarray, tz: str = "America/New_York") -> np.ndarray:
    return np.array([bool(when.dst()) for when in local(at, tz)])


def trading_session_id(
    m: Market, at: np.ndarray, Asia: str = "0-8", EU: str = "7-16", US: str = "13-22"
) -> np.ndarray:
    hour, mask = local(at, "UTC").hour.to_numpy(), np.zeros(len(at), int)
    for bit, text in enumerate((Asia, EU, US)):
        first, last = map(int, text.split("-"))
        mask |= np.isin(hour, range(first, last)) << bit
    return mask


@cache
def exchange(cal: str) -> exchange_calendars.ExchangeCalendar:
    return exchange_calendars.get_calendar(cal, start="1998-01-01", end="2027-12-31")


def of_sessions(at: np.ndarray, cal: str, wanted: pd.DatetimeIndex) -> np.ndarray:
    """Whether the day of each row, in the zone of the exchange, is one of some sessions."""
    return local(at, str(exchange(cal).tz)).tz_localize(None).normalize().isin(wanted)


def in_month(cal: str) -> tuple[pd.Series, pd.Series]:
    """The number of each session from the beginning and from the end of its month."""
    days = pd.Series(1, exchange(cal).sessions)
    groups = days.groupby([days.index.year, days.index.month])
    return groups.cumcount() + 1, groups.cumcount(ascending=False) + 1


def is_month_end(m: Market, at: np.ndarray, cal: str = "XNYS") -> np.ndarray:
    last = in_month(cal)[1]
    return of_sessions(at, cal, last.index[last == 1])


def turn_of_month(
    m: Market, at: np.ndarray, cal: str = "XNYS", before: int = 1, after: int = 3
) -> np.ndarray:
    first, last = in_month(cal)
    return of_sessions(at, cal, first.index[(first <= after) | (last <= before)])


def is_quarter_end_week(m: Market, at: np.ndarray, cal: str = "XNYS", days: int = 5) -> np.ndarray:
    sessions = pd.Series(1, exchange(cal).sessions)
    left = sessions.groupby([sessions.index.year, sessions.index.quarter]).cumcount(ascending=False)
    return of_sessions(at, cal, left.index[left < days])


def is_early_close(m: Market, at: np.ndarray, cal: str = "XNYS") -> np.ndarray:
    return of_sessions(at, cal, exchange(cal).early_closes)


def is_holiday(m: Market, at: np.ndarray, country: str = "US", tz: str = "UTC") -> np.ndarray:
    known = holidays.country_holidays(country)
    return np.array([day in known for day in local(at, tz).date])


def days_to_next_holiday(m: Market, at: np.ndarray, cal: str = "XNYS") -> np.ndarray:
    if cal == "24/7":
        return np.full(len(at), np.nan)
    sessions = exchange(cal).sessions
    every = pd.bdate_range(sessions[0], sessions[-1])
    free = every.difference(sessions)
    days = local(at, str(exchange(cal).tz)).tz_localize(None).normalize()
    next_one = free[free.searchsorted(days, side="left")]
    return sessions.searchsorted(next_one) - sessions.searchsorted(days)


def session(at: np.ndarray, cal: str) -> tuple[np.ndarray, np.ndarray]:
    """Opening and closing of the session that each row is in, NaN outside."""
    schedule = exchange(cal).schedule
    opens, closes = (
        schedule[name].to_numpy("M8[ns]").astype(np.int64) for name in ("open", "close")
    )
    last = np.searchsorted(opens, at, side="right") - 1
    inside = at <= closes[last]
    return np.where(inside, at - opens[last], np.nan), np.where(inside, closes[last] - at, np.nan)


def minutes_since_open(m: Market, at: np.ndarray, cal: str = "XNYS") -> np.ndarray:
    return session(at, cal)[0] / 6e10


def minutes_to_close(m: Market, at: np.ndarray, cal: str = "XNYS") -> np.ndarray:
    return session(at, cal)[1] / 6e10


def session_fraction(m: Market, at: np.ndarray, cal: str = "XNYS") -> np.ndarray:
    since, to = session(at, cal)
    return since / (since + to)


def monthly(week: int, weekday: int, hour: int, minute: int, tz: str) -> np.ndarray:
    """The times of a weekday of every month."""
    days = pd.date_range(
        "1995-01-01", "2028-12-31", freq=pd.offsets.WeekOfMonth(week=week, weekday=weekday)
    )
    times = (days + pd.Timedelta(hours=hour, minutes=minute)).tz_localize(tz)
    return times.tz_convert("UTC").to_numpy("M8[ns]").astype(np.int64)


def events(text: str) -> np.ndarray:
    """The times of the schedules that are asked for."""
    if text.endswith((":close", ":open")):
        cal, edge = text.split(":")
        return exchange(cal).schedule[edge].to_numpy("M8[ns]").astype(np.int64)
    if text.startswith("1st"):
        return monthly(0, 4, 8, 30, "America/New_York")
    if text.startswith("3rd"):
        return monthly(2, 4, 16, 0, "America/New_York")
    return np.array([pd.Timestamp(text).value])


def until(at: np.ndarray, text: str) -> np.ndarray:
    times = np.append(events(text).astype(float), np.nan)
    after = np.searchsorted(times[:-1].astype(np.int64), at, side="left")
    return (times[after] - at) / 1e9


def days_to_expiry(
    m: Market, at: np.ndarray, expiry: str = "3rd Friday 16:00 America/New_York"
) -> np.ndarray:
    return until(at, expiry) / 86_400


def seconds_to_event(
    m: Market, at: np.ndarray, cal: str = "1st Friday 08:30 America/New_York"
) -> np.ndarray:
    return until(at, cal)


def seconds_since_event(
    m: Market, at: np.ndarray, cal: str = "1st Friday 08:30 America/New_York"
) -> np.ndarray:
    times = events(cal)
    return (at - times[np.searchsorted(times, at, side="right") - 1]) / 1e9


def options_expiration_week(
    m: Market, at: np.ndarray, rule: str = "3rd Friday", tz: str = "America/New_York"
) -> np.ndarray:
    week, weekday = {"3rd Friday": (2, 4), "2nd Wednesday": (1, 2)}[rule]
    days = pd.date_range(
        "1995-01-01", "2028-12-31", freq=pd.offsets.WeekOfMonth(week=week, weekday=weekday)
    )
    mine = local(at, tz).tz_localize(None).to_period("W-SUN")
    return mine.isin(days.to_period("W-SUN"))


SLOTS = {"hour_of_day": (1, 1, 3_600), "day_of_week": (7, 7, 86_400), "hour_of_week": (7, 7, 3_600)}


def slots(at: np.ndarray, tz: str, slot: str) -> pd.DataFrame:
    """Slot and cycle of the moment before each row, as pandas has that."""
    when = local(at - 1, tz)
    hour, day = when.hour.to_numpy(), when.weekday.to_numpy()
    number = {"hour_of_day": hour, "day_of_week": day, "hour_of_week": 24 * day + hour}[slot]
    date = when.tz_localize(None).normalize()
    days = (date - pd.Timestamp("1970-01-05")).days.to_numpy()
    return pd.DataFrame({"slot": number, "day": days, "week": days // 7})


def seasonal_mean_return(
    m: Market, at: np.ndarray, slot: str = "hour_of_week", weeks: int = 26, tz: str = "UTC"
) -> np.ndarray:
    frame = slots(m.bar["time"], tz, slot)
    frame["r"] = returns(m)
    daily = slot == "hour_of_day"
    frame["cycle"], back = frame["day" if daily else "week"], weeks * 7 if daily else weeks
    sums = frame.groupby(["slot", "cycle"])["r"].agg(["sum", "count"]).unstack("slot")
    sums = sums.reindex(range(frame["cycle"].min(), frame["cycle"].max() + 1)).fillna(0.0)
    past = sums.rolling(back).sum().shift(1)
    mean = past["sum"] / past["count"].round().replace(0, np.nan)
    return (
        mean.stack("slot", future_stack=True)
        .reindex(  # type: ignore[no-any-return]
            pd.MultiIndex.from_frame(frame[["cycle", "slot"]])
        )
        .to_numpy()
    )


def seasonality_strength(
    m: Market, at: np.ndarray, slot: str = "hour_of_day", days: int = 60, tz: str = "UTC"
) -> np.ndarray:
    frame, size = slots(m.bar["time"], tz, slot), np.abs(returns(m))
    day, number = frame["day"].to_numpy(), frame["slot"].to_numpy()
    out = np.full(len(day), np.nan)
    for t in np.flatnonzero(day - day[0] >= days):
        first = np.searchsorted(day, day[t] - days, side="right")
        values, groups = size[first : t + 1], number[first : t + 1]
        known = np.isfinite(values)
        values, groups = values[known], groups[known]
        if values.size and np.ptp(values) > 0:
            sums, counts = np.bincount(groups, values - values.mean()), np.bincount(groups)
            between = np.sum(sums[counts > 0] ** 2 / counts[counts > 0])
            between *= (counts > 0).sum() > 1  # one group has no distance to the mean but rounding
            out[t] = between / np.sum((values - values.mean()) ** 2)
    return out


def returns(m: Market) -> np.ndarray:
    close = m.bar["close"]
    return np.concatenate([[np.nan], np.log(close[1:] / close[:-1])])[: len(close)]
