"""The suite ``startup``: imports, the first row cold and warm, snapshots of many keys, hot reload.

Each process is timed on the wall from its start, the interpreter's own included.
"""

import json
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from penstock.bench import feed
from penstock.bench.child import TIMEOUT, child, command
from penstock.bench.mix import BOOKS, ON, TRADES, mix
from penstock.bench.prebuilt import prebuilt_start
from penstock.bench.pushing import push_all
from penstock.bench.reload import reload_one
from penstock.bench.timing import figures, median, seconds, wall_seconds
from penstock.engine import Engine
from penstock.jobs.demo import FEATURES
from penstock.jobs.demo import ON as DEMO_ON
from penstock.plan import build

PROGRAM = Path(__file__).with_name("first_row.py")
# what a program that runs a view has loaded before it says which
RUNS = "import penstock as ps; ps.View, ps.Live, ps.run, ps.open_source"
Result = dict[str, Any]


def startup(*, quick: bool) -> list[Result]:
    """The cases of the suite."""
    features, on = (FEATURES[:1], "book") if quick else (FEATURES, DEMO_ON)
    repeats = 1 if quick else 9
    with tempfile.TemporaryDirectory() as home:
        cold = first_row(home, on, features)
        warm = [first_row(home, on, features) for _ in range(repeats)]
    return [
        imports(repeats),
        cold_compile(cold, on, features),
        warm_start(warm, features),
        prebuilt_start(first_row, on, features, cold, repeats),
        snapshot_1000(
            keys=3 if quick else 1_000, rounds=5 if quick else 520, repeats=1 if quick else 5
        ),
        reload_one(
            (1, 2) if quick else (1, 100, 1_000),
            rounds=5 if quick else 520,
            repeats=1 if quick else 7,
        ),
    ]


def started(*arguments: str) -> Callable[[], Any]:
    """Python with some arguments from its start to its end."""
    run = command(Path.home(), *arguments)
    return lambda: subprocess.run(run, check=True, capture_output=True, timeout=TIMEOUT)  # noqa: S603


def imports(repeats: int) -> Result:
    """Processes that only import, from start to end; the interpreter alone is a part of each."""
    spent = {
        "interpreter_seconds": ("-c", "pass"),
        "import_penstock_seconds": ("-c", "import penstock"),
        "import_all_of_a_run_seconds": ("-c", RUNS),
        "help_seconds": ("-m", "penstock", "--help"),
    }
    return {
        "case": "import",
        **{
            name: figures(median([wall_seconds(started(*arguments)) for _ in range(repeats)]))
            for name, arguments in spent.items()
        },
        "target_import_penstock_seconds": 0.5,
    }


def first_row(
    home: str, on: str, features: tuple[str, ...], *, prebuilt: str | None = None
) -> Result:
    """Seconds from a process's start to the first row of a live view, and what it compiled."""
    cache = () if prebuilt is None else ("--cache", prebuilt)
    begun, before = time.perf_counter(), processor_seconds()
    with subprocess.Popen(  # noqa: S603  (our own program)
        command(home, "-P", str(PROGRAM), *cache, on, *features), stdout=subprocess.PIPE
    ) as process:
        stdout = cast("BinaryIO", process.stdout)
        line = stdout.readline()
        spent = time.perf_counter() - begun
        rest = stdout.read()
    if process.returncode:
        raise RuntimeError(f"{PROGRAM.name}: must end well, got status {process.returncode}")
    work = processor_seconds() - before
    return {"seconds": spent, "work": work, "row": json.loads(line), **json.loads(rest)}


def processor_seconds() -> float:
    """Processor time of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cold_compile(first: Result, on: str, features: tuple[str, ...]) -> Result:
    """With an empty cache: to the first row in one process, and both layouts in two processes."""
    return {
        "case": "cold_compile",
        "features": len(features),
        "seconds": figures(first["seconds"]),
        "processor_seconds": figures(first["work"]),
        "wrappers": first["misses"],
        "both_layouts_in_two_processes": child("compile_all", on, *features),
    }


def warm_start(runs: list[Result], features: tuple[str, ...]) -> Result:
    """With everything in the cache, to the first row."""
    return {
        "case": "warm_start",
        "features": len(features),
        "seconds": figures(median([run["seconds"] for run in runs])),
        "least_disturbed_seconds": figures(min(run["seconds"] for run in runs)),
        "processor_seconds": figures(median([run["work"] for run in runs])),
        "wrappers": runs[-1]["hits"],
        "wrappers_compiled": runs[-1]["misses"],
        "target_seconds": 1.5,
    }


def snapshot_1000(keys: int, rounds: int, repeats: int) -> Result:
    """The mix of the engine suite, its windows full: the state saved, and taken over by another."""
    columns = {name: x for group in mix().values() for name, x in group.items()}
    engine = Engine(build(columns, ON, (TRADES, BOOKS)))
    for block in feed.many_symbols(keys, rounds):
        push_all(engine, list(block))()
    saved = [seconds(engine.snapshot) for _ in range(repeats)]
    state = engine.snapshot()
    restored = [seconds(partial(Engine(engine.plan).restore, state)) for _ in range(repeats)]
    return {
        "case": "snapshot_1000",
        "keys": keys,
        "columns": len(columns),
        "bytes": len(state),
        "bytes_per_key": len(state) // keys,
        "snapshot_ms": figures(median(saved) * 1e3),
        "restore_ms": figures(median(restored) * 1e3),
    }
