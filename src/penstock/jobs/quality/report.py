"""All that a run counted as wrong, in one tally: bad rows, circuits, late events, ranges, streams."""

from dataclasses import dataclass

from penstock.events.circuit import REASON
from penstock.events.quarantine import Quarantine
from penstock.jobs.quality.consistency import RULES, Consistency
from penstock.jobs.quality.problems import Problems
from penstock.jobs.quality.ranges import Ranges


@dataclass(frozen=True, slots=True)
class Counted:
    """Where a run counts what is wrong, and how far it is."""

    quarantine: Quarantine
    ranges: Ranges
    checked: Consistency | None = None
    late: int = 0
    events: int = 0


def gather(problems: Problems, counted: Counted) -> None:
    """Bring a tally up to date; it may be called as often as one likes."""
    quarantine, ranges, checked = counted.quarantine, counted.ranges, counted.checked
    for (source, reason), count in quarantine.counts.items():
        row, value = quarantine.firsts[source, reason]
        problems.so_far(source, reason, value, count, at=row)
    for (source, kind), count in quarantine.skipped.items():
        if kind.endswith(REASON):
            problems.so_far(source, kind, "good rows left out while too many are bad", count)
    if counted.late:
        rule, value = "an event must not be late", "older than what was admitted"
        problems.so_far("feed", rule, value, counted.late)
    for column, count in ranges.counts.items():
        low, high = ranges.limits[ranges.names.index(column)]
        first = ranges.firsts[column]
        rule = f"a value must stay within [{low:g}, {high:g}]"
        problems.so_far(column, rule, f"{first.value!r}", count, at=first.time)
    if checked is not None:
        for (rule, what), count in checked.counts.items():
            first_time = checked.firsts[rule, what]
            problems.so_far(f"{rule}: {what}", RULES[rule].says, what, count, at=first_time)
