"""What went wrong in a run, one entry per kind: the thing, the rule, the first value, and how often."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Problem:
    """One kind of problem.

    Attributes
    ----------
    thing
        What it happened to: a source, a column of a view, a pair of streams.
    rule
        What should hold.
    value
        The first value that broke it.
    count
        How often.
    at
        Where it was first: a row's number in its source, or a time in ns.
    """

    thing: str
    rule: str
    value: str
    count: int = 0
    at: int | None = None


class Problems:
    """The problems of one run by kind.

    Parameters
    ----------
    tell
        Called with a problem at its first case, at each further digit of its count, and at the end, so that a stream
        that has turned bad gives a handful of lines and not one for each row.

    Examples
    --------
    >>> told = []
    >>> problems = Problems(lambda problem: told.append(problem.count))
    >>> for size in range(250):
    ...     problems.note("ticks.csv", "size must not be negative", f"{-size}")
    >>> told, [problem.count for problem in problems]
    ([1, 10, 100], [250])
    """

    def __init__(self, tell: Callable[[Problem], None] | None = None) -> None:
        self._tell = tell
        self._found: dict[tuple[str, str], Problem] = {}
        self._told: dict[tuple[str, str], int] = {}

    def note(
        self, thing: str, rule: str, value: str, *, count: int = 1, at: int | None = None
    ) -> None:
        """Count cases of a kind; the first one's value and place are kept."""
        found = self._found.get((thing, rule))
        self.so_far(thing, rule, value, (found.count if found else 0) + count, at=at)

    def so_far(
        self, thing: str, rule: str, value: str, count: int, *, at: int | None = None
    ) -> None:
        """Say how many cases of a kind there are by now."""
        kind = thing, rule
        problem = self._found.setdefault(kind, Problem(thing, rule, value, at=at))
        problem.count = count
        if len(str(count)) > len(str(self._told.get(kind, 0))) or kind not in self._told:
            self._say(kind)

    def close(self) -> None:
        """Tell every kind whose count has grown since it was told."""
        for kind, problem in self._found.items():
            if problem.count != self._told.get(kind):
                self._say(kind)

    def _say(self, kind: tuple[str, str]) -> None:
        self._told[kind] = self._found[kind].count
        if self._tell is not None:
            self._tell(self._found[kind])

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self._found.values(), key=lambda p: (p.thing, p.rule)))

    def __len__(self) -> int:
        return len(self._found)
