"""The levels pipeline: a full simulated date from its files to gold, several dates in processes, and event by event."""

import datetime as dt
import json
import resource
import subprocess  # a date is measured in a process of its own: its memory is its peak
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from penstock.events import Event, Quarantine
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.dates import run_dates
from penstock.jobs.levels.day import ready, run_day
from penstock.jobs.levels.exposures import session
from penstock.jobs.levels.gold import write_date
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.live_touches import LiveTouches, milliseconds
from penstock.jobs.levels.run import task
from penstock.jobs.levels.simulated import simulate_dates
from penstock.streams.merge import merge

DATES = tuple(dt.date(2025, 12, day) for day in (16, 17, 18, 19))
MANY = "1s"  # a cooldown after which a calm day touches levels some 5,000 times
LIVE = 400_000  # events that are pushed one by one
REPEATS = 3


def levels(*, quick: bool = False) -> list[dict[str, Any]]:
    """All cases."""
    scale = 0.004 if quick else 1.0
    trades, books, options = (int(n * scale) for n in (600_000, 5_000_000, 400_000))
    sizes = {"trades": trades, "books": books, "options": options}
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        start = time.perf_counter()
        simulate_dates(raw, DATES, trades=trades, books=books, options=options, seed=1)
        made = time.perf_counter() - start
        date(raw, Path(folder) / "warm")
        full = [measured(raw, Path(folder)) for _ in range(1 if quick else REPEATS)]
        full.sort(key=lambda one: one["seconds"])
        return [
            {"case": "simulate", "seconds": made, "dates": len(DATES), **sizes},
            {"case": "full_day", **full[len(full) // 2], **sizes},
            {"case": "many_touches", **measured(raw, Path(folder), cooldown=MANY), **sizes},
            several(raw, Path(folder)),
            live(raw, 400 if quick else LIVE),
        ]


def measured(raw: Path, folder: Path, **parameters: str) -> dict[str, Any]:
    """One date in a process of its own."""
    given = f"{str(raw)!r}, {str(folder / 'gold')!r}, **{parameters!r}"
    code = f"from penstock.bench.levels import told; told({given})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(done.stdout.splitlines()[-1])


def told(raw: str, out: str, **parameters: str) -> None:
    """Print what a date took."""
    print(json.dumps(date(Path(raw), Path(out), **parameters)))  # noqa: T201  (the process's answer)


def date(raw: Path, out: Path, **parameters: Any) -> dict[str, Any]:
    """Files to gold: seconds, seconds of CPU, peak memory and stages."""
    start, cpu = time.perf_counter(), time.process_time()
    inputs = find(raw)[0]
    day = run_day(inputs, Parameters(**parameters), Carry())
    ran = time.perf_counter()
    write_date(out, inputs.date, (day.signals, day.labels), {})
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024.0
    stages = {name: round(took, 4) for name, took in (day.stages | {"write": end - ran}).items()}
    events = sum(day.counts["events"].values())
    return {
        "seconds": end - start, "cpu_s": time.process_time() - cpu, "peak_mb": peak,
        "stages": stages, "touches": day.signals.height, "events": events,
        "events_per_second": events / (end - start),
    }  # fmt: skip


def several(raw: Path, folder: Path) -> dict[str, Any]:
    """Several dates with one worker and with two."""
    took: dict[int, float] = {}
    for workers in (1, 2):
        asked = task(raw, folder / f"out{workers}", Parameters())
        start = time.perf_counter()
        outcomes = run_dates(replace(asked, workers=workers), _quiet)
        took[workers] = time.perf_counter() - start
        if not all(one.is_well for one in outcomes):
            raise RuntimeError(f"bench levels: each date must be made, got {outcomes}")
    return {
        "case": "dates",
        "dates": len(DATES),
        "one_s": took[1],
        "two_s": took[2],
        "times": took[1] / took[2],
    }


def live(raw: Path, most: int) -> dict[str, Any]:
    """Events one by one: how long each takes, and how long from one that touches to the row as it is said."""
    inputs = find(raw)[0]
    parameters, sources = ready(inputs, Parameters(cooldown=MANY), Carry())
    touches = LiveTouches(inputs.date, parameters, Carry(), time.perf_counter_ns)
    made, took, touching = touches.made, list[int](), list[int]()
    opening = session(inputs.date, parameters)
    for merged in merge(made.ranked(sources), made.keys, Quarantine()):
        last = max(int(block.columns["time"][-1]) for block in merged.blocks.values() if len(block))
        if opening is not None and last < opening[0]:
            made.push(merged.blocks, merged.streams, merged.rows)
            continue
        for stream, row in zip(merged.streams.tolist(), merged.rows.tolist(), strict=True):
            event, start = Event(merged.blocks[stream], row), time.perf_counter_ns()
            said = touches.take(event, stream)
            took.append(time.perf_counter_ns() - start)
            if said:
                touching.append(took[-1])
        if len(took) >= most:
            break
    p50, p99 = milliseconds(took, 0.5), milliseconds(took, 0.99)
    return {
        "case": "live", "events": len(took), "p50_ms": p50, "p99_ms": p99, "touches": len(touching),
        "row_p50_ms": milliseconds(touching, 0.5), "row_p99_ms": milliseconds(touching, 0.99),
    }  # fmt: skip


def _quiet(*_: Any) -> None:
    """Say nothing."""
