"""What stands at the gate of a live view: the door for its events, rules between its streams, ranges of its rows."""

from collections.abc import Sequence

from penstock.declare import View
from penstock.events import Keys, Quarantine
from penstock.events.checks import Rules
from penstock.jobs.live.row import Row
from penstock.jobs.quality import Consistency, Door, Ranges
from penstock.streams import Stream

MARKET = Rules()
OVER = 1_000  # events that a circuit breaker judges by
Breaker = float | tuple[float, int] | None


class Gate:
    """Checks what goes into a live view and what comes out of it.

    Parameters
    ----------
    view
        Whose ranges are promised, and what happens to a value outside.
    streams
        What the feed gives.
    keys
        The numbers of the events' keys.
    quarantine
        Where bad events go.
    checks
        What is checked: the rules of the market (negative prices, crossed books), or None where events were checked
        before, as those of files are; a circuit breaker for each stream, as the rate of bad events above which it is
        left out, or that rate and of how many; rules that streams must keep towards each other, as ``trade_through``.

    Attributes
    ----------
    door, ranges, checked
        What was refused, what was outside, and what broke the rules.
    """

    def __init__(
        self,
        view: View,
        streams: Sequence[Stream],
        keys: Keys,
        quarantine: Quarantine,
        checks: tuple[Rules | None, Breaker, Sequence[str]],
    ) -> None:
        rules, breaker, consistency = checks
        rate, over = breaker if isinstance(breaker, tuple) else (breaker, OVER)
        types = [stream.type for stream in streams]
        self.door = (
            None
            if rules is None and rate is None
            else Door(types, quarantine, rules=rules, rate=rate, over=over)
        )
        self.ranges, stop = Ranges(view), view.ranges == "stop"
        self.checked = Consistency(consistency, streams, keys, stop=stop) if consistency else None

    def passed(self, rows: list[Row]) -> list[Row]:
        """Rows as they are handed out."""
        if self.ranges.names:
            for row in rows:
                row.values = self.ranges.check_row(row.values, row.ts)
        return rows

    def close(self) -> None:
        """Tell the quarantine how many events there were."""
        if self.door is not None:
            self.door.close()
