"""``penstock live``: features over a feed, event by event."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from penstock.cli.changed import Reloader, ViewFileWatch
from penstock.cli.console import ERR, OUT, progress
from penstock.cli.inputs import prepare, view_over
from penstock.cli.keeping import ALL, Keeping
from penstock.cli.live_rows import printer
from penstock.cli.live_run import STDIN, Run, sink_of, summary
from penstock.cli.log import Log
from penstock.cli.options import NOTHING, Aside, IdleAfter, Input, Lateness, Policy
from penstock.cli.quality import COUNT, late_options, policy_and_place, source_names
from penstock.cli.run import refuse_to_overwrite
from penstock.cli.saver import Saver, restored
from penstock.cli.watch import Breaker, Consistency, Ranges, Watch, circuit_of, guarded
from penstock.core.errors import DefinitionError
from penstock.jobs.quality.report import Counted

if TYPE_CHECKING:
    from penstock.declare import View
    from penstock.events import Keys, Quarantine
    from penstock.jobs.live.replay import InRole, Pace
    from penstock.jobs.wiring import Sources


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Order:
    """What is done about events that come out of order."""

    lateness: Lateness = None
    idle_after: IdleAfter = None
    on_late: Annotated[
        Literal["count", "error", "rebuild"] | None,
        Parameter(
            help="What an event that comes too late does: count (the default: it is left out, and kept in the "
            "quarantine), error, or rebuild (it is put in its place, and rows that change come again with a higher "
            "revision)."
        ),
    ] = None
    rebuild_every: Annotated[
        str | None,
        Parameter(help="Events, or event time, between two kept states of a key: 1000, 10s."),
    ] = None
    rebuild_horizon: Annotated[
        str | None, Parameter(help="How old a late event may be that is put in its place: 1m.")
    ] = None

    def given(self) -> dict[str, Any]:
        """The options of `Live` that were given."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.rebuild_every and self.rebuild_every.isdigit():
            found["rebuild_every"] = int(self.rebuild_every)
        return {name: value for name, value in found.items() if value is not None}


def live(  # noqa: PLR0913  (options)
    options: Input = NOTHING,
    order: Order = Order(),
    keeping: Keeping = ALL,
    *,
    refit_threads: Annotated[
        int, Parameter(help="Threads in which models are refitted until their parameters hold.")
    ] = 0,
    replay: Annotated[
        str,
        Parameter(help="How fast files are replayed: 1 is real time, 60 an hour in a minute, max."),
    ] = "max",
    snapshot: Annotated[
        Path | None,
        Parameter(
            help="Keep the state in this file, and go on from it if it is there (of files: after its events)."
        ),
    ] = None,
    every: Annotated[int, Parameter(help="Events between two snapshots.")] = 100_000,
    store: Annotated[
        Path | None,
        Parameter(
            help="Push rows into this store, a penstock.toml or a directory, where the view is registered. With "
            "--snapshot the state is kept once the store has confirmed its rows."
        ),
    ] = None,
    journal: Annotated[
        Path | None, Parameter(help="Record what was admitted, in order, in this file.")
    ] = None,
    verify: Annotated[
        bool,
        Parameter(
            negative="",
            help="In the end compare the rows with history over the journal and the files, in bits, and name what was "
            "refused; exit status 1 where they differ and nothing was refused before.",
        ),
    ] = False,
    quarantine: Aside = None,
    policy: Policy = "count",
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
    the latest row of each key is shown; otherwise rows are printed as CSV. Ctrl-C ends it; --snapshot and --journal
    are whole then, and the same command goes on from there. A --view file that changes is taken up while the run goes
    on (not with --verify); one that breaks a rule is told on the log.

    Example: tail -f trades.jsonl | penstock live --features volume.vwap --source - --on bar:1m --json
    """
    if every < 1:
        raise DefinitionError(f"--every: at least 1 is needed, got {every}")
    if verify and journal is None:
        raise DefinitionError("--verify: a --journal is needed, got none")
    rule, quarantine = policy_and_place(options, policy, quarantine)
    outputs = (snapshot, journal, quarantine, keeping.spill)
    refuse_to_overwrite(options, [path for path in outputs if path is not None])
    from penstock.events import Quarantine
    from penstock.jobs.live.replay import Pace

    # a run that is compared with history, or stored, is of one view
    fixed = verify or store is not None
    pace, file = Pace(replay), ViewFileWatch(None if fixed else options.view)
    with Quarantine(quarantine, rule) as aside:  # type: ignore[arg-type]
        from penstock.events import Keys
        from penstock.jobs.live import Live

        view, feed, types, history = open_feed(options, aside, pace, breaker)
        view, keys = view if ranges == COUNT else replace(view, ranges=ranges), Keys(view.key)
        kept: dict[str, Any] = {
            "snapshot": restored(snapshot),
            "quarantine": aside,
            "journal": journal,
        }
        # the reader of the files or of standard input checks the events
        checks: dict[str, Any] = {"rules": None, "consistency": consistency or ()}
        given: dict[str, Any] = {"streams": types, **late_options(options), **order.given()}
        given["refit_threads"] = refit_threads
        engine = Live(view, keys=keys, **kept, **checks, **given, **keeping.given())
        watch, gate = Watch(log), engine.gate
        for column, since in engine.engine.origins.items():
            says = "a column goes on from the snapshot where that has what it rests on"
            watch.problems.note(column, says, "it begins anew", at=since)
        reloader = Reloader(engine, file, watch, ranges, history, options.routes)
        with (
            sink_of(store, view) as sink,
            engine.journal or nullcontext(),
            watch.over(
                view.name,
                source_names(options),
                lambda: Counted(aside, gate.ranges, gate.checked, engine.late, engine.offered),
            ),
            printer(engine, as_json=json) as show,
            progress("computing", show=not OUT.is_terminal and STDIN not in options.source) as look,
        ):
            saver = Saver(snapshot, every, sink and sink.settle)
            run = Run(engine, saver, pace, reloader, sink, verify=verify)
            run.follow(watch.events(feed(keys, engine.offered)), show, look)
    if not json:
        ERR.print(summary(engine, aside, sink), style="dim", markup=False, soft_wrap=True)
    if verify and journal is not None:
        return run.verified(options, view, journal, given | keeping.again())
    return 0


def open_feed(
    options: Input, quarantine: "Quarantine", pace: "Pace", breaker: str | None
) -> "tuple[View, Callable[[Keys, int], Iterator[InRole]], tuple[Any, ...], Callable[[], Sources] | None]":
    """The view, its events by keys (of files: after those that were seen), their types, and where the past is."""
    if STDIN not in options.source:
        plain, view = prepare(options, "live")
        sources = guarded(plain, breaker)
        from penstock.jobs.live.replay import paced, recorded, streams_given

        def events(keys: "Keys", seen: int) -> "Iterator[InRole]":
            every = recorded(view, sources, keys, quarantine)
            return paced(itertools.islice(every, seen, None), pace)

        return view, events, streams_given(sources), lambda: guarded(plain, breaker)
    if options.source != [STDIN]:
        raise DefinitionError(f"--source: - stands alone, got {', '.join(options.source)}")
    if pace.speed is not None:
        raise DefinitionError(
            "--replay: files are needed, got standard input, which has its own pace"
        )
    from penstock.cli.feed import StdinFeed

    feed = StdinFeed(options, quarantine, circuit_of(breaker))
    view = view_over(options, [type_.name for type_ in feed.types], "live")

    def arriving(keys: "Keys", seen: int) -> "Iterator[InRole]":  # noqa: ARG001  (of a feed nothing is seen twice)
        return (("", event) for event in feed.events(keys))

    return view, arriving, feed.types, None
