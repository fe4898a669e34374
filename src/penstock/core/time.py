"""Durations and stamps: int64 nanoseconds, UTC."""

import datetime as dt
import functools
import re
from typing import NewType

from penstock.core.errors import DefinitionError

Duration = NewType("Duration", int)  # nanoseconds

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}


def duration(value: int | str) -> Duration:
    """A duration in nanoseconds from an integer or from text such as ``"250ms"`` or ``"1.5h"``.

    Examples
    --------
    >>> duration("250ms"), duration("1d"), duration(7)
    (250000000, 86400000000000, 7)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return Duration(value)
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?\s*([a-z]+)", str(value).strip())
    if match is None or match[3] not in NANOSECONDS:
        raise DefinitionError(
            f"Duration: a number and one of {', '.join(NANOSECONDS)} is needed, got {value!r}"
        )
    fraction = match[2] or ""
    scaled, rest = divmod(int(match[1] + fraction) * NANOSECONDS[match[3]], 10 ** len(fraction))
    if rest:
        raise DefinitionError(f"Duration: whole nanoseconds are needed, got {value!r}")
    return Duration(scaled)


def duration_text(value: int) -> str:
    """The shortest text of a duration.

    Examples
    --------
    >>> duration_text(60_000_000_000), duration_text(1_500_000_000), duration_text(0)
    ('1m', '1500ms', '0ns')
    """
    for unit in reversed(NANOSECONDS):
        if value and value % NANOSECONDS[unit] == 0:
            return f"{value // NANOSECONDS[unit]}{unit}"
    return f"{value}ns"


def time_of(text: str, thing: str) -> int:
    """A time in ns UTC from ISO text (UTC where it names no offset) or from ns.

    Examples
    --------
    >>> time_of("2024-01-02T00:00:00Z", "--end"), time_of("1704153600000000000", "--end")
    (1704153600000000000, 1704153600000000000)
    """
    if re.fullmatch(r"\d+", text) and len(text) > 8:
        return int(text)
    match = re.fullmatch(r"(.+?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", text)
    try:
        moment = dt.datetime.fromisoformat(
            (match[1] if match else text) + (match[3] or "" if match else "")
        )
    except ValueError:
        raise DefinitionError(
            f"{thing}: a time such as 2024-01-31T15:30:00Z or nanoseconds since 1970 is needed, got {text!r}"
        ) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    fraction = int(((match[2] if match else None) or "0").ljust(9, "0"))
    return round((aware - EPOCH) / dt.timedelta(seconds=1)) * 1_000_000_000 + fraction


@functools.lru_cache(4_096)
def _second_text(seconds: int) -> str:
    return (EPOCH + dt.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


def iso_text(stamp: int) -> str:
    """A time in ns UTC as ISO text, with no, three, six or nine digits of a second: that of Protocol Buffers.

    Examples
    --------
    >>> iso_text(1704153600000000000), iso_text(1704153600120000000), iso_text(1704153600000000001)
    ('2024-01-02T00:00:00Z', '2024-01-02T00:00:00.120Z', '2024-01-02T00:00:00.000000001Z')
    """
    seconds, fraction = divmod(stamp, 1_000_000_000)
    text = _second_text(seconds)
    digits = f"{fraction:09d}"
    while digits and digits.endswith("000"):
        digits = digits[:-3]
    return f"{text}.{digits}Z" if digits else f"{text}Z"
