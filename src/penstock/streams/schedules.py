"""Times that are known in advance: edges of a calendar, a rule, or a list.

========================================  ============================================================
``XNYS:open``                             an edge of the sessions of a calendar
``3rd Friday 16:00 America/New_York``     a weekday of every month, at a time of a zone (UTC unless said)
``2024-03-15T13:30Z 2024-06-21T13:30Z``   the times themselves
``fomc.txt``                              a file of them, one a line; what follows a ``#`` is left out
========================================  ============================================================
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from penstock.core.arrays import I8
from penstock.core.errors import DefinitionError
from penstock.streams.calendars import EDGES, check_calendar, instants
from penstock.streams.zones import FIRST, LAST, SECOND, zone_of

NUMBERS = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RULE = re.compile(
    rf"({'|'.join(NUMBERS)}) ({'|'.join(WEEKDAYS)})(?: (\d\d):(\d\d)(?: ([\w/+-]+))?)?"
)
EDGE = re.compile(rf"(.+):({'|'.join(EDGES)})")


def is_file(text: str) -> bool:
    """Whether a schedule is none of the kinds that say everything themselves."""
    return not (EDGE.fullmatch(text) or RULE.fullmatch(text) or stamps(text.split()))


def digest(text: str) -> str:
    """What tells a file's times from others, or nothing for a schedule that says everything itself."""
    return hashlib.sha256(read(text).encode()).hexdigest()[:16] if is_file(text) else ""


def weekday_rule(text: str) -> tuple[int, int]:
    """Number and weekday (Monday is 0) of a rule such as ``3rd Friday``."""
    match = RULE.fullmatch(text)
    if match is None:
        known = ", ".join(NUMBERS)
        raise DefinitionError(
            f"Schedule: a rule must read one of {known} and a weekday, such as '3rd Friday', got {text!r}"
        )
    return NUMBERS[match[1]], WEEKDAYS.index(match[2])


def check_schedule(text: str) -> None:
    """Refuse a schedule that cannot be read; that of New York is known to exist, and costs no library here."""
    edge = EDGE.fullmatch(text)
    if edge is not None and edge[1] != "XNYS":
        check_calendar(edge[1])
    rule = RULE.fullmatch(text)
    if rule is not None:
        zone_of(rule[5] or "UTC", "Schedule: the zone of a rule")
    if is_file(text):
        listed(text, read(text))


@cache
def scheduled(text: str, kept: str) -> I8:
    """The times of a schedule, rising; ``kept`` is the digest that the definition was made with."""
    edge = EDGE.fullmatch(text)
    if edge is not None:
        return instants(edge[1], edge[2])
    if RULE.fullmatch(text):
        found = by_rule(text)
    elif is_file(text):
        if digest(text) != kept:
            raise DefinitionError(
                f"Schedule: the file must be as it was when defined, got {text!r}"
            )
        found = listed(text, read(text))
    else:
        found = stamps(text.split())
    made = np.unique(np.array(found, np.int64))
    made.flags.writeable = False
    return made


def by_rule(text: str) -> list[int]:
    """The times of a rule, month by month."""
    match = RULE.fullmatch(text)
    number, weekday = weekday_rule(text)
    hour, minute, zone = (
        (match[3] or "00", match[4] or "00", match[5] or "UTC") if match else ("0", "0", "UTC")
    )
    place, found = zone_of(zone, "Schedule: the zone of a rule"), []
    for month in range((LAST.year - FIRST.year + 1) * 12):
        first = datetime(
            FIRST.year + month // 12, month % 12 + 1, 1, int(hour), int(minute), tzinfo=place
        )
        day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
        found.append(round(day.timestamp()) * SECOND)
    return found


def stamps(words: list[str]) -> list[int]:
    """Times in ns, UTC where no offset is said; none where a word is no time."""
    found = []
    for word in words:
        try:
            at = datetime.fromisoformat(word)
        except ValueError:
            return []
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        whole = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        found.append(whole * 1_000)
    return found


def read(path: str) -> str:
    """The text of a file of times."""
    try:
        return Path(path).read_text()
    except OSError:
        raise DefinitionError(
            "Schedule: a calendar's edge such as XNYS:open, a rule such as '3rd Friday 16:00 America/New_York', "
            f"times or a file of them is needed, got {path!r}"
        ) from None


def listed(path: str, text: str) -> list[int]:
    """The times of a file."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    found = stamps([line for line in lines if line])
    if not found:
        raise DefinitionError(f"Schedule: a file must hold one time a line, got {path!r}")
    return found
