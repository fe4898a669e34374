"""What a command watches while it runs, and the options that say how: ranges, rules, a circuit breaker, the log."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from penstock.cli.log import Kind, RunLog
from penstock.core.errors import DefinitionError
from penstock.jobs.quality.guarded import Guarded
from penstock.jobs.quality.problems import Problems
from penstock.jobs.quality.report import Counted, gather

if TYPE_CHECKING:
    from penstock.events.source import Source
    from penstock.jobs.live.replay import InRole

OFTEN = 1_000  # events between two looks at what a feed counted

Ranges = Annotated[
    Literal["count", "null", "stop"],
    Parameter(
        help="What a value outside its feature's promised range does: count, null (it is left empty) or stop."
    ),
]
Consistency = Annotated[
    list[str] | None,
    Parameter(
        consume_multiple=True,
        negative="",
        help="Hold streams against each other, and count what differs: trade_through (a trade outside the book that "
        "it met), bar_trades:1m (a bar that its trades do not make).",
    ),
]
Breaker = Annotated[
    str | None,
    Parameter(
        help="Leave a source out while more than RATE of its last ROWS rows are bad: 0.05, or 0.05:1000."
    ),
]


def circuit_of(text: str | None) -> tuple[float, int] | None:
    """The rate and the rows of a circuit breaker.

    Examples
    --------
    >>> circuit_of("0.05"), circuit_of("0.05:200")
    ((0.05, 1000), (0.05, 200))
    """
    if text is None:
        return None
    rate, _, over = text.partition(":")
    try:
        return float(rate), int(over or 1_000)
    except ValueError:
        raise DefinitionError(
            f"--breaker: RATE or RATE:ROWS such as 0.05:1000 is needed, got {text!r}"
        ) from None


def guarded(
    sources: "Sequence[Source] | Mapping[str, Source]", breaker: str | None
) -> "list[Source] | dict[str, Source]":
    """The sources, by role where they have roles, each behind a circuit breaker where one is asked for."""
    circuit = circuit_of(breaker)
    if isinstance(sources, Mapping):
        kept = sources.items()
        return dict(kept) if circuit is None else {role: Guarded(s, *circuit) for role, s in kept}
    return list(sources) if circuit is None else [Guarded(s, *circuit) for s in sources]


class Watch:
    """Tells the log what goes wrong while a command runs."""

    def __init__(self, kind: Kind) -> None:
        self.log = RunLog(kind)
        self.problems = Problems(self.log.problem)

    @contextmanager
    def over(
        self, view: str, sources: Sequence[str], counted: Callable[[], Counted]
    ) -> Generator[None, None, None]:
        """Tell of start and end, and of every kind of problem, also where the run stops at one."""
        self.log.info("started", view=view, sources=list(sources))
        self._counted = counted
        try:
            yield
        finally:
            self.update()
            self.problems.close()
            self.log.info("ended", events=counted().events, problems=len(self.problems))

    def update(self) -> None:
        """Count again."""
        gather(self.problems, self._counted())

    def events(self, events: "Iterable[InRole]") -> "Iterator[InRole]":
        """The events of a feed, with a look at the counts every so many."""
        for i, event in enumerate(events, 1):
            yield event
            if i % OFTEN == 0:
                self.update()

    def also(self, progress: Callable[[int, int], None] | None) -> Callable[[int, int], None]:
        """A progress function that keeps the log up to date."""

        def both(events: int, rows: int) -> None:
            self.update()
            if progress is not None:
                progress(events, rows)

        return both


def told(report: dict[str, Any]) -> dict[str, str]:
    """The lines of a summary about what was outside its range, or inconsistent."""
    lines = {}
    for name, says in (("outside", "outside their range"), ("inconsistent", "inconsistent")):
        found: dict[str, int] = report[name]
        if found:
            lines[says] = ", ".join(f"{count:,} {what}" for what, count in sorted(found.items()))
    return lines
