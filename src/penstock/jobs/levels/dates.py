"""Runs of many dates: what they leave each other, and each of them apart.

1. `choose` says which dates are asked for and which of them can be run.
2. `leave` takes out of a date what the next ones need, unless it was kept.
3. `carry` folds that in order, which is cheap, as soon as all that a date needs is there.
4. `make_date` runs a date that is not current.

2 and 4 are jobs of the same processes, so that none waits for what it does not need.

A date is current where its manifest names the same files, parameters, definitions and carry (`run_key`). Its manifest
is written last, so that a run that was killed goes on with the dates that it had not finished.
"""

import datetime as dt
import fcntl
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from penstock.core.errors import DataError
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import facts as kept_facts
from penstock.jobs.levels import gold, manifest
from penstock.jobs.levels.as_run import as_run
from penstock.jobs.levels.carry import Carry, DailyFacts, carry
from penstock.jobs.levels.choice import SKIPPED, WANTED, Chosen, Dates, choose
from penstock.jobs.levels.inputs import Inputs, Kind, find
from penstock.jobs.levels.leaving import Leave, Left, leave
from penstock.jobs.levels.sources import BROKEN
from penstock.jobs.levels.workers import Failed, done

BRONZE = "bronze"
CURRENT, MADE, FAILED = "current", "made", "failed"
Tell = Callable[[dt.date, str, int, int], None]
RunDay = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One date to be made."""

    inputs: Inputs
    out: Path
    parameters: Parameters
    carry: Carry
    run_day: RunDay
    key: str
    lineage: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a date: ``made``, ``current``, ``failed``, ``bad`` (cannot be run) or ``skipped``, and why."""

    date: dt.date
    status: str
    why: str = ""
    notes: tuple[str, ...] = ()
    rows: int = 0
    seconds: float = 0.0

    @property
    def is_well(self) -> bool:
        """Whether its gold is there, or none is due."""
        return self.status in {MADE, CURRENT, SKIPPED, WANTED}


@dataclass(frozen=True, slots=True)
class Task:
    """What is run, and how."""

    source: Path
    out: Path
    parameters: Parameters
    fingerprint: str
    run_day: RunDay
    dates: Dates = field(default_factory=Dates)
    book: Kind | None = None
    workers: int = 1
    force: bool = False


def run_dates(task: Task, tell: Tell) -> list[Outcome]:
    """Make the gold of the dates that are asked for; what became of each, in order.

    Parameters
    ----------
    task
        What is run.
    tell
        Called with a date, what is done (``reading``, ``running``, ``made``, ``current``, ``failed``, ``bad``,
        ``skipped``), and events and rows so far.
    """
    with alone(task.out):
        chosen, left = _chosen(task), _left(task)
        outcomes = {each.date: Outcome(each.date, each.status, each.why) for each in chosen}
        for outcome in outcomes.values():
            if outcome.status != WANTED:
                tell(outcome.date, outcome.status, 0, outcome.rows)
        for outcome in _through(
            task, [each for each in chosen if each.status == WANTED], left, tell
        ):
            outcomes[outcome.date] = outcome
            tell(outcome.date, outcome.status, 0, outcome.rows)
        left.hashes.keep()
        manifest.write_summary(task.out, [asdict(each) for each in outcomes.values()])
        return list(outcomes.values())


def _through(
    task: Task, waiting: list[Chosen], left: Left, tell: Tell
) -> Generator[Outcome, None, None]:
    """Work through the dates that are wanted; each is begun once it is known what stands before it."""
    days = {day.date: day for each in waiting for day in each.chain}
    jobs = deque[Leave | Job](
        left.job(day) for day in left.lacking(days[date] for date in sorted(days))
    )
    most = len(jobs) + len(waiting)

    def begin() -> Generator[Outcome, None, None]:
        for each in [each for each in waiting if not left.lacking(each.chain)]:
            waiting.remove(each)
            job = _job(task, each, left)
            if not task.force and manifest.is_current(task.out, each.date, job.key):
                rows = manifest.read_manifest(task.out, each.date)["rows"]
                yield Outcome(each.date, CURRENT, "", job.notes, rows)
            else:
                jobs.append(job)
        left.hashes.keep()

    def said(job: Leave | Job, progress: Any) -> None:
        if isinstance(job, Leave):
            tell(job.inputs.date, "reading", 0, 0)
        else:
            tell(job.inputs.date, "running", *progress)

    yield from begin()
    for job, found in done(work, jobs, min(task.workers, most), said):
        if isinstance(job, Leave):
            left.learn(job, found)
            yield from begin()
        elif isinstance(found, Failed):
            _failed(job, found.why)
            yield Outcome(job.inputs.date, FAILED, found.why, job.notes)
        else:
            yield found


def work(job: Leave | Job, tell: Callable[[Any], None]) -> DailyFacts | Outcome:
    """Do a job."""
    return leave(job, tell) if isinstance(job, Leave) else make_date(job, tell)


def look_ahead(task: Task) -> list[Outcome]:
    """What a run would do with each date, and what would be null in it; nothing is written or computed."""
    left, found = _left(task), list[Outcome]()
    for each in _chosen(task):
        if each.status != WANTED or each.inputs is None:
            found.append(Outcome(each.date, each.status, each.why))
            continue
        unread = [str(day.date) for day in left.lacking(each.chain)]
        if unread:
            notes = (
                f"how far {', '.join(unread)} warms it up shows when it is read",
                *each.inputs.lacking(task.parameters),
            )
            found.append(Outcome(each.date, WANTED, "", notes))
            continue
        job = _job(task, each, left)
        current = not task.force and manifest.is_current(task.out, each.date, job.key)
        found.append(Outcome(each.date, CURRENT if current else WANTED, "", job.notes))
    return found


def job_of(task: Task, tell: Tell) -> Job:
    """The one date that is asked for, with what is carried into it."""
    with alone(task.out):
        (each,), left = _chosen(task), _left(task)
        if each.status != WANTED:
            raise DataError(f"{each.date}: a date that can be run is needed, got {each.why}")
        jobs = deque(left.job(day) for day in left.lacking(each.chain))
        for job, found in done(
            leave, jobs, task.workers, lambda job, _: tell(job.inputs.date, "reading", 0, 0)
        ):
            left.learn(job, found)
        left.hashes.keep()
        return _job(task, each, left)


def _chosen(task: Task) -> list[Chosen]:
    bronze = task.out / BRONZE
    places = [task.source, *([bronze] if bronze.is_dir() else [])]
    prefix = task.parameters.symbol.lower()
    found = find(*places, book=task.book, prefix=prefix)
    return choose(found, task.dates, task.parameters)


def _left(task: Task) -> Left:
    bronze = task.out / BRONZE
    return Left(bronze, task.parameters, manifest.Hashes(bronze / "hashes.json"))


def _job(task: Task, each: Chosen, left: Left) -> Job:
    """A date with what is carried into it, and where it comes from."""
    inputs = each.inputs or Inputs(each.date)
    chain, hole = left.of(each)
    carried = carry(chain)
    files = left.hashes.files(inputs)
    brought = kept_facts.carry_said(carried)
    key = manifest.run_key(files, task.parameters, task.fingerprint, brought["digest"])
    notes = [
        *carried.lacking(task.parameters),
        *([hole] if hole and carried.lacking(task.parameters) else []),
        *inputs.lacking(task.parameters),
    ]
    run_with = as_run(inputs, task.parameters, carried.gamma)
    lineage = manifest.about(run_with, task.fingerprint) | {
        "asked": task.parameters.as_dict(),
        "date": str(each.date),
        "key": key,
        "inputs": files,
        "book": inputs.kind if inputs.books else None,
        "unused": [{"path": str(path), "why": why} for path, why in inputs.unused],
        "carried": brought,
    }
    return Job(inputs, task.out, task.parameters, carried, task.run_day, key, lineage, tuple(notes))


def make_date(job: Job, tell: Callable[[Any], None]) -> Outcome:
    """Make one date's gold.

    Raises
    ------
    DataError
        A file of the date is cut off or damaged: rows of half a day would look like those of a whole one.
    """
    started, date = time.perf_counter(), job.inputs.date
    day = job.run_day(job.inputs, job.parameters, job.carry, progress=lambda *said: tell(said))
    cut = {why: n for why, n in day.counts.get("quarantined", {}).items() if why in BROKEN}
    if cut:
        raise DataError(
            f"{date}: each file must be whole, got {' and '.join(cut)} ones; get them again"
        )
    rows = day.signals.height
    notes = [*job.notes, *manifest.remarks(day.counts, rows)]
    # nobody writes whom nobody asks any more
    tell((sum(day.counts.get("events", {}).values()), rows))
    written = gold.write_date(job.out, date, (day.signals, day.labels), job.lineage)
    seconds = time.perf_counter() - started
    said = {
        "status": manifest.DONE, **job.lineage, "notes": notes, "rows": rows, "counts": day.counts,
        "stages": day.stages, "seconds": round(seconds, 6), "outputs": manifest.outputs(written),
    }  # fmt: skip
    manifest.write_manifest(job.out, date, said)
    return Outcome(date, MADE, "", tuple(notes), rows, seconds)


def _failed(job: Job, why: str) -> None:
    """Say in the manifest why there is no gold; what was made of other inputs or definitions goes."""
    date = job.inputs.date
    if manifest.read_manifest(job.out, date).get("key") != job.key:
        gold.signals_path(job.out, date).unlink(missing_ok=True)
        gold.labels_path(job.out, date).unlink(missing_ok=True)
    said = {"status": manifest.FAILED, "why": why, **job.lineage, "notes": list(job.notes)}
    manifest.write_manifest(job.out, date, said)


@contextmanager
def alone(out: Path) -> Generator[None, None, None]:
    """Hold the output, so that no two runs write it at once."""
    (out / BRONZE).mkdir(parents=True, exist_ok=True)
    with (out / BRONZE / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(
                f"{out}: one run at a time may write it, got another that goes on"
            ) from None
        yield
