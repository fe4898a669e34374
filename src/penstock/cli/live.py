"""``penstock live``: features over a feed, event by event."""

import itertools
import json as js
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.table import Table

from penstock.cli.console import ERR, OUT, finite
from penstock.cli.inputs import prepare, view_over
from penstock.cli.log import Log
from penstock.cli.options import NOTHING, Input
from penstock.cli.quality import COUNT, late_options, policy_and_place, source_names
from penstock.cli.run import reasons, refuse_to_overwrite
from penstock.cli.watch import Breaker, Consistency, Ranges, Watch, circuit_of, guarded
from penstock.core.errors import DataError, DefinitionError
from penstock.jobs.quality.report import Counted

if TYPE_CHECKING:
    from penstock.declare import View
    from penstock.events import Event, Keys, Quarantine
    from penstock.jobs.live import Live, Row

STDIN = "/dev/stdin"  # what main makes of -
MAGIC, OLD = b"penstock live 2\n", b"penstock live 1\n"
REFRESH = 0.1  # seconds between two states of the table
KEPT = 30  # keys in the table

Print = Callable[["Row"], None]


def live(  # noqa: PLR0913  (options)
    options: Input = NOTHING,
    *,
    snapshot: Annotated[
        Path | None,
        Parameter(
            help="Keep the state in this file, and go on from it if it is there (of files: after its events)."
        ),
    ] = None,
    every: Annotated[int, Parameter(help="Events between two snapshots.")] = 100_000,
    journal: Annotated[
        Path | None, Parameter(help="Record what was admitted, in order, in this file.")
    ] = None,
    quarantine: Annotated[Path | None, Parameter(help="Keep bad rows in this Arrow file.")] = None,
    policy: Annotated[str, Parameter(help="What bad rows do: count, stop, or a rate.")] = "count",
    ranges: Ranges = "count",
    consistency: Consistency = None,
    breaker: Breaker = None,
    log: Log = "text",
    json: Annotated[
        bool, Parameter(name="--json", negative="", help="Print each row as a line of JSON.")
    ] = False,
) -> int:
    """Compute features over a feed, event by event, and print each row.

    The feed is one or more files, or - for standard input: JSON lines such as
    {"type": "trade", "time": 1704119400000000000, "symbol": "ES", "price": 4800.25, "size": 1, "side": 1}
    (time in ns UTC unless --map says otherwise; type where the feed has several), or CSV with a header. On a terminal
    the latest row of each key is shown; otherwise rows are printed as CSV.

    Example: tail -f trades.jsonl | penstock live --features volume.vwap --source - --on bar:1m --json
    """
    if every < 1:
        raise DefinitionError(f"--every: at least 1 is needed, got {every}")
    rule, quarantine = policy_and_place(options, policy, quarantine)
    refuse_to_overwrite(
        options, [path for path in (snapshot, journal, quarantine) if path is not None]
    )
    from penstock.events import Quarantine

    with Quarantine(quarantine, rule) as aside:  # type: ignore[arg-type]
        view, feed, types = open_feed(options, aside, breaker)
        from penstock.events import Keys
        from penstock.jobs.live import Live

        state = restored(snapshot)
        keys = Keys(view.key)
        engine = Live(
            view if ranges == COUNT else replace(view, ranges=ranges),
            keys=keys,
            streams=types,
            quarantine=aside,
            rules=None,  # the reader of the files or of standard input has checked them
            consistency=consistency or (),
            journal=journal,
            snapshot=state,
            **late_options(options),
        )
        watch, gate = Watch(log), engine.gate
        for column, since in engine.engine.origins.items():
            rule = "a column goes on from the snapshot where that has what it rests on"
            watch.problems.note(column, rule, "it begins anew", at=since)
        events = feed(keys)
        if STDIN not in options.source:
            events = itertools.islice(events, engine.offered, None)
        with (
            engine.journal or nullcontext(),
            watch.over(
                view.name,
                source_names(options),
                lambda: Counted(aside, gate.ranges, gate.checked, engine.late, engine.offered),
            ),
            printer(engine, as_json=json) as show,
        ):
            follow(engine, watch.events(events), show, Saver(snapshot, every))
    if not json:
        ERR.print(
            f"{engine.offered:,} events, {engine.late:,} late, quarantined: {reasons(by_reason(aside))}",
            style="dim",
            markup=False,
        )
    return 0


def open_feed(
    options: Input, quarantine: "Quarantine", breaker: str | None
) -> "tuple[View, Callable[[Keys], Iterator[Event]], tuple[Any, ...]]":
    """The view, its events once there are keys for them, and the events' types."""
    if STDIN not in options.source:
        sources, view = prepare(options, "live")
        sources = guarded(sources, breaker)
        if isinstance(sources, dict):
            raise DefinitionError(
                f"penstock live: a view without roles is needed, got {', '.join(sources)}; penstock run takes roles"
            )
        types = tuple(dict.fromkeys(type_ for source in sources for type_ in source.types))
        return view, lambda keys: recorded(view, sources, keys, quarantine), types
    if options.source != [STDIN]:
        raise DefinitionError(f"--source: - stands alone, got {', '.join(options.source)}")
    from penstock.cli.feed import StdinFeed

    feed = StdinFeed(options, quarantine, circuit_of(breaker))
    return view_over(options, [type_.name for type_ in feed.types], "live"), feed.events, feed.types


def recorded(
    view: "View", sources: "list[Any]", keys: "Keys", quarantine: "Quarantine"
) -> "Iterator[Event]":
    """The events of files in order."""
    from penstock.events import Event
    from penstock.jobs.wiring import plan_of
    from penstock.streams.merge import merge

    _, ranked = plan_of(view, sources)
    for merged in merge(ranked, keys, quarantine):
        for stream, row in zip(merged.streams.tolist(), merged.rows.tolist(), strict=True):
            yield Event(merged.blocks[stream], row)


def follow(engine: "Live", events: "Iterator[Event]", show: Print, saver: "Saver") -> None:
    """Push events until the feed ends or somebody stops it."""
    try:
        for event in events:
            for row in engine.offer(event):
                show(row)
            saver.saw(engine)
        for row in engine.close():
            show(row)
    finally:
        # also after Ctrl-C: a live feed seldom ends otherwise
        saver.save(engine)


class Saver:
    """Writes the state every so many events."""

    def __init__(self, path: Path | None, every: int) -> None:
        self.path, self.every = path, every

    def saw(self, engine: "Live") -> None:
        """Save where the engine has taken so many events more."""
        if self.path is not None and engine.offered % self.every == 0:
            self.save(engine)

    def save(self, engine: "Live") -> None:
        """Replace the file at once, so that it is always whole."""
        if self.path is not None:
            scratch = self.path.with_name(f".{self.path.name}.new")
            scratch.write_bytes(MAGIC + engine.snapshot())
            scratch.replace(self.path)


def restored(path: Path | None) -> bytes | None:
    """The state in a file; none where there is no file yet."""
    if path is None or not path.exists():
        return None
    data = path.read_bytes()
    if data.startswith(OLD):  # the events that it had seen, then the engine's state
        return data[len(OLD) :]
    if not data.startswith(MAGIC):
        raise DataError(
            f"{path}: --snapshot must be a file that penstock live wrote, got another; name a new one"
        )
    return data[len(MAGIC) :]


def by_reason(quarantine: "Quarantine") -> dict[str, int]:
    """Bad rows by reason."""
    found: dict[str, int] = {}
    for (_, reason), count in quarantine.counts.items():
        found[reason] = found.get(reason, 0) + count
    return found


@contextmanager
def printer(engine: "Live", *, as_json: bool) -> Generator[Print, None, None]:
    """How rows are printed: JSON lines, a table on a terminal, else CSV."""
    names, keys = engine.engine.names, engine.keys.columns
    if as_json:
        yield lambda row: line(
            js.dumps(
                {
                    **dict(zip(keys, row.key, strict=True)),
                    "ts": row.ts,
                    **{
                        name: finite(value)
                        for name, value in zip(names, row.values.tolist(), strict=True)
                    },
                },
                ensure_ascii=False,
            )
        )
    elif OUT.is_terminal:
        with screen(keys, names) as show:
            yield show
    else:
        line(",".join(quoted(name) for name in (*keys, "ts", *names)))
        yield lambda row: line(
            ",".join([*map(quoted, row.key), str(row.ts), *map(repr, row.values.tolist())])
        )


def line(text: str) -> None:
    """Print a line at once: somebody may be waiting for it."""
    print(text, flush=not sys.stdin.isatty() or OUT.is_terminal)


def quoted(text: str) -> str:
    """A cell of CSV."""
    return '"' + text.replace('"', '""') + '"' if any(letter in text for letter in ',"\n') else text


@contextmanager
def screen(keys: tuple[str, ...], names: tuple[str, ...]) -> Generator[Print, None, None]:
    """The latest row of each key, refreshed a few times a second."""
    from rich.live import Live as Screen

    latest: dict[tuple[str, ...], list[str]] = {}
    shown = 0.0

    def draw() -> Table:
        made = Table(header_style="dim")
        for name in (*keys, "time (UTC)", *names):
            made.add_column(name.partition(".")[2] or name, overflow="fold")
        for key, cells in list(latest.items())[:KEPT]:
            made.add_row(*key, *cells)
        return made

    with Screen(console=OUT, auto_refresh=False) as view:

        def show(row: "Row") -> None:
            nonlocal shown
            latest[row.key] = [stamp(row.ts), *(f"{value:.6g}" for value in row.values.tolist())]
            now = time.perf_counter()
            if now - shown > REFRESH:
                shown = now
                view.update(draw(), refresh=True)

        yield show
        view.update(draw(), refresh=True)


def stamp(ts: int) -> str:
    """A time of day with milliseconds."""
    import numpy as np

    return str(np.datetime64(ts // 1_000_000, "ms")).replace("T", " ")
