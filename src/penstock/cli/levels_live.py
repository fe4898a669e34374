"""``penstock levels live``: a date's touches as they happen."""

import json as json_
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from penstock.cli.console import ERR
from penstock.cli.interrupts import Interrupts
from penstock.cli.levels_feed import NONE, Feeding, followed
from penstock.cli.levels_options import HERE, Book, OutDir, Set, SourceDir, day, parameters_of
from penstock.cli.levels_rows import as_json, as_text
from penstock.cli.live_run import by_reason
from penstock.cli.options import Json
from penstock.core.errors import DataError, DefinitionError
from penstock.core.time import time_of

if TYPE_CHECKING:
    from penstock.jobs.levels.dates import Job
    from penstock.jobs.levels.followed import FollowedDay
    from penstock.jobs.levels.live import LiveDay
    from penstock.jobs.levels.live_touches import Said


def live(  # noqa: PLR0913  (options)
    feeding: Feeding = NONE,
    *,
    source: SourceDir,
    date: Annotated[
        str | None,
        Parameter(help="The date, such as 2025-12-16; of a --feed that of today by default."),
    ] = None,
    out: OutDir = HERE,
    speed: Annotated[
        str, Parameter(help="How fast: 1 is real time, 60 an hour in a minute, max.")
    ] = "max",
    from_: Annotated[
        str | None,
        Parameter(name="--from", help="Say touches from this time on: ISO (UTC) or ns."),
    ] = None,
    until: Annotated[str | None, Parameter(help="End after this time: ISO (UTC) or ns.")] = None,
    record: Annotated[
        Path | None,
        Parameter(
            help="Append what is said to this file of JSON lines; a run that was killed goes on after its last line."
        ),
    ] = None,
    labels: Annotated[
        bool, Parameter(negative="", help="Say what came after each touch too, once it is known.")
    ] = False,
    mode: Annotated[
        Literal["tick", "bar"] | None,
        Parameter(help="Decide at each trade, or at the end of each minute."),
    ] = None,
    preset: Annotated[
        Literal["default", "requirement"], Parameter(help="The parameters to begin with.")
    ] = "default",
    set_: Set = None,
    book: Book = None,
    json: Json = False,
) -> int:
    """Replay a date event by event, or follow a feed, and print each touch with its score as it happens.

    The rows are those of ``penstock levels run``, in bits; what earlier dates leave comes from --source and is kept
    below --out, as there. Ctrl-C ends it with a summary.

    Example: penstock levels live --source raw --date 2025-12-16 --speed 60 --record touches.jsonl

    Example: tail -f today.jsonl | penstock levels live --source raw --feed - --journal today.journal --json
    """
    from penstock.jobs.levels.choice import Dates
    from penstock.jobs.levels.dates import job_of
    from penstock.jobs.levels.run import task
    from penstock.jobs.live.replay import Pace

    start = 0 if from_ is None else time_of(from_, "--from")
    end = None if until is None else time_of(until, "--until")
    parameters, pace = parameters_of(preset, mode, set_), Pace(speed)
    feed = feeding.asked(speed)
    if date is None and feed is None:
        raise DefinitionError("--date: a date such as 2025-12-16 is needed, got none")
    dates = Dates((day(date or feeding.today(parameters.zone), "--date"),), fed=feed is not None)
    job = job_of(replace(task(source, out, parameters, dates), book=book), lambda *_: None)
    for note in job.notes:
        ERR.print(note, style="dim", markup=False, soft_wrap=True)
    key = job.key + ("" if feed is None else f" {feed}")
    with recorded(record, key) as (told, keep), Interrupts() as interrupts:

        def wait(now: int) -> None:
            if now >= max(start, told[""]):  # what is in the record was waited for
                pace.wait(now)

        given, early = (job, end, labels), set[str]()
        events = replayed(*given, wait) if feed is None else followed(feeding, feed, *given)
        with events as (made, lines):
            with suppress(KeyboardInterrupt):
                for said in lines:
                    with interrupts.held:
                        for kind, row in said:
                            name = f"{kind} {row['event_id']}"
                            if row.get("ts_event_ns", start) < start:
                                early.add(row["event_id"])
                            if row["event_id"] in early or name in told:
                                continue
                            keep(name, row)
                            print(as_json(kind, row) if json else as_text(kind, row), flush=True)
            ERR.print(summary(made), style="dim", markup=False, soft_wrap=True)
    return 0


@contextmanager
def replayed(
    job: "Job", until: int | None, labels: bool, wait: Callable[[int], None]
) -> "Generator[tuple[LiveDay, Iterator[list[Said]]]]":
    """A date of files, and what each event of it has to say."""
    from penstock.jobs.levels.live import LiveDay

    clock = time.perf_counter_ns
    made = LiveDay(job.inputs, job.parameters, job.carry, clock, wait, labels=labels)
    yield made, made.events(until)


@contextmanager
def recorded(path: Path | None, key: str) -> Generator[tuple[dict[str, int], Any], None, None]:
    """What a record has, with the time of its last touch under no name, and what appends a row to it."""
    told = {"": 0}
    if path is None:
        yield told, lambda *_: None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        file.seek(0)
        whole, _, rest = file.read().rpartition(b"\n")
        if rest:  # a line that was cut off as it was written
            file.truncate(len(whole) + 1 if whole else 0)
        try:
            lines = [json_.loads(line) for line in whole.splitlines()]
            if lines and lines[0].get("key") != key:
                raise DataError(
                    f"{path}: --record must be of the same files and parameters, got others; name a new one"
                )
            for line in lines[1:]:
                told[f"{line['kind']} {line['event_id']}"] = 1
                told[""] = max(told[""], line.get("ts_event_ns", 0))
        except (ValueError, AttributeError, KeyError, TypeError):
            raise DataError(
                f"{path}: --record must be one that penstock levels live wrote, got another file; name a new one"
            ) from None
        if not lines:
            file.write(json_.dumps({"kind": "key", "key": key}).encode() + b"\n")

        def keep(name: str, row: dict[str, Any]) -> None:
            file.write(as_json(name.partition(" ")[0], row).encode() + b"\n")
            file.flush()

        yield told, keep


def summary(made: "LiveDay | FollowedDay") -> str:
    """What a run did."""
    from penstock.jobs.levels.live_touches import milliseconds

    took = made.touches.took
    times = [milliseconds(took, share) for share in (0.5, 0.99)]
    each = "" if times[0] is None else f" (p50 {times[0]:.2f} ms, p99 {times[1]:.2f} ms from event)"
    aside = ", ".join(f"{n:,} {why}" for why, n in sorted(by_reason(made.quarantine).items()))
    passed = "".join(f", {n:,} {why}" for why, n in sorted(made.passed.items()))
    missed = made.touches.missed
    lost = f", {missed:,} orders found no room (raise order_room)" if missed else ""
    return f"{made.count:,} events{passed}{lost}, {len(took):,} touches{each}, quarantined: {aside or 'none'}"
