"""Compile ahead: everything that the catalogue and the operators need, in two processes, into the disk cache."""

import gc
import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from penstock.catalog import FEATURES
from penstock.compile.layout import layout
from penstock.compile.program import program
from penstock.core.cache import write_to
from penstock.core.errors import DefinitionError
from penstock.core.native import available, cache_counts, compiled
from penstock.core.schema import EventType, Field
from penstock.declare import View, parse_clock, parse_request
from penstock.declare.view_file import read_view
from penstock.declare.view_text import streams
from penstock.events import EVENT_TYPES, Event, Keys, Quarantine
from penstock.events.books.builder import BookBuilder
from penstock.events.readers import open_source
from penstock.events.simulator import Simulator, simulate
from penstock.events.types import Trade
from penstock.events.writers import write_csv, write_dbn, write_parquet
from penstock.expr import Column, Operator, operand_names
from penstock.jobs.live import Live
from penstock.jobs.wiring import by_rank, plan_of
from penstock.ops import OPERATORS
from penstock.ops.harness import run
from penstock.plan import Plan, build
from penstock.streams import Stream

PROCESSES = 2
GARBAGE = 50_000  # allocations between two looks for garbage: 6 % less time, 12 MB more
CAPACITIES = (1, 1_024)  # live and history: other layouts, other wrappers
# the clocks that people sample on, and the streams of the files that they have then
CLOCKS = (
    ("trade", ("trade", "book")),
    ("trade", ("trade",)),
    ("book", ("trade", "book")),
    ("quote", ("trade", "quote")),
    ("bar:1m", ("trade",)),
    ("bar:1m", ("trade", "book")),
    ("bar", ("bar",)),
    ("every:1s", ("trade", "book")),
)
TICKS = 8


@dataclass(frozen=True, slots=True)
class Task:
    """Something to compile: ``kind`` is one of ``KINDS``, and ``names`` are what is of it."""

    kind: str
    names: tuple[str, ...] = ()
    on: str = ""
    streams: tuple[str, ...] = ()


def tasks() -> list[Task]:
    """All there is to compile, the slowest first."""
    sizes = Counter(feature.family for feature in FEATURES)
    families = [Task("family", (family,)) for family, _ in sizes.most_common()]
    kernels = [Task("operator", (cls.__name__,)) for cls in OPERATORS if "kernel" not in cls.exempt]
    return [Task("engine"), *families, Task("files"), *kernels]


def warm(
    todo: Iterable[Task],
    *,
    step: Callable[[], None] = lambda: None,
    processes: int = PROCESSES,
    into: Path | None = None,
) -> int:
    """Compile tasks into the disk cache; returns how many entries were not there before.

    Parameters
    ----------
    todo
        What to compile.
    step
        Called after each task.
    processes
        How many work at one time; another process waits for an entry that one is compiling.
    into
        The directory of a cache for others; by default the user's own.
    """
    if not available():
        return 0
    fresh = 0
    # not forked: a fork of a process that has threads may hang
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, spawned, begin, (into,)) as pool:
        for done in as_completed([pool.submit(work, task) for task in todo]):
            fresh += done.result()
            step()
    return fresh


def begin(into: Path | None) -> None:
    """Prepare a process; what is imported stays, and a compiler that allocates is no cause to look for garbage."""
    write_to(into)
    gc.freeze()
    gc.set_threshold(GARBAGE)


def work(task: Task) -> int:
    """Compile one task; returns how many entries were not in the cache."""
    before = cache_counts()["misses"]
    KINDS[task.kind](task)
    return cache_counts()["misses"] - before


def warm_engine(_: Task) -> None:
    """The loop, what moves states and what judges live events: one task, since every engine needs the same."""
    view = View("warm", {"price": Column(Stream(Trade), "price")}, on="trade")
    live = Live(view)
    for event in (Event.of(Trade, time=1, price=price, size=1.0, side=1) for price in (1.0, -1.0)):
        live.offer(event)


def warm_family(task: Task) -> None:
    """The wrappers of a family on the usual clocks: one task, since they call the same kernels."""
    names = tuple(f.name for f in FEATURES if f.family == task.names[0])
    for on, have in CLOCKS:
        warm_view(Task("view", names, on, have))


def warm_view(task: Task) -> None:
    """The wrappers of a view; features that the streams cannot give are left out."""
    streams = tuple(Stream(type_) for type_ in EVENT_TYPES if type_.name in task.streams)
    on = parse_clock(task.on)
    columns = {}
    for name in task.names:
        feature, params, _ = parse_request(name)
        expr = feature.expr(**params)
        try:
            build({name: expr}, on, streams)
        except DefinitionError:
            continue
        columns[name] = expr
    if columns:
        wrap(build(columns, on, streams))


def wrap(plan: Plan) -> None:
    """The wrappers of a plan in both layouts, by one process: it infers the types of a kernel once."""
    for capacity in CAPACITIES:
        program(layout(plan, capacity, {}))


def warm_operator(task: Task) -> None:
    """The kernel of an operator by itself, as the laws run it."""
    cls = next(cls for cls in OPERATORS if cls.__name__ == task.names[0])
    node = example(cls)
    columns = {
        name: np.ones(TICKS if operand.cells == 1 else (TICKS, operand.cells), operand.dtype)
        for name, operand in zip(operand_names(cls), node.operands, strict=True)
    }
    run(node, columns, kernel=compiled(cls.kernel))


def example(cls: type[Operator]) -> Operator:
    """An operator as its example says, over columns of units of their own where it allows that."""
    names = operand_names(cls)
    for units in (names, ("1",) * len(names)):
        fields = tuple(
            Field(n, u, "i8" if n == "id" else "f8") for n, u in zip(names, units, strict=True)
        )
        stream = Stream(EventType("warm", "Columns of an example.", fields))
        try:
            return cls(**{name: Column(stream, name) for name in names} | cls.example)
        except DefinitionError:
            continue
    raise DefinitionError(f"{cls.__name__}: example must make an operator, got {cls.example}")


def warm_files(_: Task) -> None:
    """The simulator, the book builder, the writers and the readers."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        market = simulate(("A", "B"), seconds=2)
        write_dbn(place / "mbo.dbn.zst", Simulator(("A", "B"), seconds=2))
        write_dbn(place / "mbp-10.dbn.zst", market)
        write_parquet(place / "trades.parquet", market, type=Trade)
        write_csv(place / "trades.csv", market, type=Trade)
        sources = [open_source(path) for path in sorted(place.iterdir())]
        for source in [
            *sources,
            *(BookBuilder(s) for s in sources if s.name.endswith("mbo.dbn.zst")),
        ]:
            for _blocks in source.chunks(Keys(), Quarantine()):
                pass


def warm_file(task: Task) -> None:
    """The wrappers of a view's file, over its sources or the streams that it names."""
    found = read_view(task.names[0])
    view = found.view
    if found.sources:
        plan, _ = plan_of(view, found.open())
    else:
        plan = build(view.columns(), view.on, by_rank(streams(view)))  # type: ignore[arg-type]
    wrap(plan)


KINDS: dict[str, Callable[[Task], None]] = {
    "engine": warm_engine,
    "family": warm_family,
    "view": warm_view,
    "file": warm_file,
    "operator": warm_operator,
    "files": warm_files,
}


def of_view(columns: Sequence[str], on: str, streams: Sequence[str]) -> list[Task]:
    """The tasks of one view of the catalogue's features, by family, and what runs it and reads its files."""
    families: dict[str, list[str]] = {}
    for name in columns:
        families.setdefault(parse_request(name)[0].family, []).append(name)
    views = [Task("view", tuple(names), on, tuple(streams)) for names in families.values()]
    # together they may have what none has alone: enough kinds of scalars for the wrapper that scalars share
    whole = [Task("view", tuple(columns), on, tuple(streams))] if len(views) > 1 else []
    return [Task("engine"), *views, Task("files"), *whole]


def of_file(path: Path) -> list[Task]:
    """The tasks of a view's file: its wrappers, and what runs it and reads files."""
    return [Task("engine"), Task("file", (str(path.absolute()),)), Task("files")]
