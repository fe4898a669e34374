"""Sessions and anchors, written as text: ``session``, ``start``, ``1d+14h30m``."""

import re

from penstock.core.errors import DefinitionError
from penstock.core.time import duration
from penstock.streams import NEVER, Clock, Every

DAY = "1d"
PART = re.compile(r"\d+(?:\.\d+)?\s*[a-z]+")


def session_clock(text: str) -> Clock:
    """The clock whose ticks begin sessions.

    ``session`` is a day from 00:00 UTC, ``start`` never begins a second one, and a period may carry an offset.

    Examples
    --------
    >>> session_clock("session"), session_clock("1d+14h30m"), session_clock("start")
    (every:1d, every:1d+870m, never)
    """
    if text == "start":
        return NEVER
    period, _, offset = ("1d" if text == "session" else text).partition("+")
    return Every(total(period, text), offset=total(offset, text) if offset else 0)


def bar_session(text: str) -> Clock:
    """The sessions of bars: a bar is stamped at its end, so one stamped at the roll belongs to what ended there."""
    clock = session_clock(text)
    if isinstance(clock, Every):
        # one nanosecond later: the bar that ends at the roll comes before it, whether it is an event or derived
        return Every(clock.hop, offset=(clock.offset + 1) % clock.hop)
    return clock


def total(text: str, whole: str) -> int:
    """The sum of durations written together, such as ``14h30m``."""
    parts = PART.findall(text)
    if "".join(parts) != text:
        raise DefinitionError(
            f"Session: session, start, or a period with an offset such as 1d+14h30m is needed, got {whole!r}"
        )
    return sum(duration(part) for part in parts)
