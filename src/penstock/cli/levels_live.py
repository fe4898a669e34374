"""``penstock levels live``: a date's touches as they happen."""

import json as json_
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from penstock.cli.console import ERR, finite
from penstock.cli.interrupts import Interrupts
from penstock.cli.levels_options import HERE, Book, OutDir, Set, SourceDir, day, parameters_of
from penstock.cli.live_run import by_reason
from penstock.cli.options import Json
from penstock.core.errors import DataError
from penstock.core.time import time_of

if TYPE_CHECKING:
    from penstock.jobs.levels.live import LiveDay


def live(  # noqa: PLR0913  (options)
    *,
    source: SourceDir,
    date: Annotated[str, Parameter(help="The date, such as 2025-12-16.")],
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
    """Replay a date event by event, and print each touch with its score as it happens.

    The rows are those of ``penstock levels run``, in bits; what earlier dates leave is kept below --out, as there.
    Ctrl-C ends it with a summary.

    Example: penstock levels live --source raw --date 2025-12-16 --speed 60 --record touches.jsonl
    """
    from penstock.jobs.levels.choice import Dates
    from penstock.jobs.levels.dates import job_of
    from penstock.jobs.levels.live import LiveDay
    from penstock.jobs.levels.run import task
    from penstock.jobs.live.replay import Pace

    start = 0 if from_ is None else time_of(from_, "--from")
    end = None if until is None else time_of(until, "--until")
    parameters, pace = parameters_of(preset, mode, set_), Pace(speed)
    asked = replace(task(source, out, parameters, Dates((day(date, "--date"),))), book=book)
    job = job_of(asked, lambda *_: None)
    for note in job.notes:
        ERR.print(note, style="dim", markup=False, soft_wrap=True)
    with recorded(record, job.key) as (told, keep), Interrupts() as interrupts:
        made = LiveDay(job.inputs, job.parameters, job.carry, time.perf_counter_ns, labels=labels)
        if pace.speed is not None:
            # what is in the record was waited for
            made.wait = lambda now: pace.wait(now) if now >= max(start, told[""]) else None
        with suppress(KeyboardInterrupt):
            for said in made.events(end):
                with interrupts.held:
                    for kind, row in said:
                        name = f"{kind} {row['event_id']}"
                        early = row.get("ts_event_ns", start) < start
                        if early or name in told:
                            continue
                        keep(name, row)
                        print(as_json(kind, row) if json else as_text(kind, row), flush=True)
    ERR.print(summary(made), style="dim", markup=False, soft_wrap=True)
    return 0


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


def as_json(kind: str, row: dict[str, Any]) -> str:
    """A row as a line of JSON."""
    known = {name: finite(x) if isinstance(x, float) else x for name, x in row.items()}
    return json_.dumps({"kind": kind} | known, ensure_ascii=False, allow_nan=False)


def as_text(kind: str, row: dict[str, Any]) -> str:
    """A row as a person reads it."""
    import datetime as dt
    from zoneinfo import ZoneInfo

    if kind != "touch":
        low, high, price = (
            number(row[name]) for name in ("excursion_min", "excursion_max", "future_price_5min")
        )
        return (
            f"{row['event_id']}  {row['outcome'] or '-'}  later {price}  for {high}  against {low}"
        )
    stamp = row["ts_event_ns"]
    clock = dt.datetime.fromtimestamp(stamp // 1_000_000_000, ZoneInfo("America/New_York"))
    words = [row[name] or "-" for name in ("signal", "confidence", "runway_direction")]
    return (
        f"{clock:%H:%M:%S}.{stamp % 1_000_000_000 // 1_000_000:03d} ET  {row['event_id']}  {row['level_id']}"
        f"  {row['direction']}  spot {number(row['spot'])}  barrier {row['barrier_state'] or '-'}"
        f"  tape {number(row['tape_imbalance'])}  fuel {row['fuel_effect'] or '-'}"
        f"  score {number(row['break_score_raw'])} smooth {number(row['break_score_smooth'])}"
        f"  {words[0]} {words[1]}  runway {words[2]} {number(row['runway_distance'])}"
    )


def number(value: float | None) -> str:
    """Two digits, or that it is unknown."""
    return "-" if value is None else f"{value:.2f}"


def summary(made: "LiveDay") -> str:
    """What a run did."""
    from penstock.jobs.levels.live import milliseconds

    times = [milliseconds(made.took, share) for share in (0.5, 0.99)]
    took = "" if times[0] is None else f" (p50 {times[0]:.2f} ms, p99 {times[1]:.2f} ms from event)"
    aside = ", ".join(f"{n:,} {why}" for why, n in sorted(by_reason(made.quarantine).items()))
    return (
        f"{made.count:,} events, {len(made.took):,} touches{took}, quarantined: {aside or 'none'}"
    )
