"""``penstock run``: features over files."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from penstock.cli.console import ERR, print_json, print_table, progress
from penstock.cli.inputs import prepare
from penstock.cli.keeping import Ttl
from penstock.cli.log import Log
from penstock.cli.options import NOTHING, Input, Json
from penstock.cli.quality import COUNT, policy_and_place, source_names
from penstock.cli.watch import Breaker, Consistency, Ranges, Watch, guarded, told
from penstock.core.errors import DefinitionError
from penstock.core.garbage import rarely_collected
from penstock.core.time import time_of
from penstock.jobs.quality.report import Counted

if TYPE_CHECKING:
    from penstock.events import Quarantine
    from penstock.jobs.run import History
    from penstock.jobs.write import Written

SHOWN = 8  # columns of a file that are named


def run(  # noqa: PLR0913  (options)
    options: Input = NOTHING,
    *,
    out: Annotated[
        Path, Parameter(help="FILE.parquet, or a directory that gets symbol=…/date=…/part.parquet.")
    ],
    end: Annotated[
        str | None,
        Parameter(
            help="Make timed rows up to this time: ISO (UTC where it names no offset) or ns."
        ),
    ] = None,
    threads: Annotated[int, Parameter(help="Threads that keys are spread over.")] = 1,
    ttl: Ttl = None,
    quarantine: Annotated[
        Path | None,
        Parameter(help="Keep bad rows, with their reason and bytes, in this Arrow file."),
    ] = None,
    policy: Annotated[
        str,
        Parameter(
            help="What bad rows do: count (go on), stop at the first, or the rate above which to stop."
        ),
    ] = "count",
    ranges: Ranges = "count",
    consistency: Consistency = None,
    breaker: Breaker = None,
    log: Log = "text",
    json: Json = False,
) -> int:
    """Compute features over files and write them as Parquet.

    The output has the key columns, ts (int64 ns UTC) and one column per feature, named as asked for. Its metadata
    says where it comes from: `penstock show FILE` prints that. Bad rows are counted by reason and left out.

    Example: penstock run --features microstructure.mid_price --source day.dbn.zst --on every:1s --out mid.parquet
    """
    if threads < 1:
        raise DefinitionError(f"--threads: at least 1 is needed, got {threads}")
    until = None if end is None else time_of(end, "--end")
    rule, quarantine = policy_and_place(options, policy, quarantine)
    refuse_to_overwrite(options, [out, *([quarantine] if quarantine else [])])
    sources, view = prepare(options)
    from penstock.events import Quarantine
    from penstock.jobs.run import History
    from penstock.jobs.write import write

    watch = Watch(log)
    sources = guarded(sources, breaker)
    view = view if ranges == COUNT else replace(view, ranges=ranges)
    with Quarantine(quarantine, rule) as aside:  # type: ignore[arg-type]
        with progress("compiling and computing", show=not json) as update:
            rules = consistency or ()
            history = History(view, sources, aside, threads=threads, ttl=ttl, consistency=rules)
            started = time.perf_counter()
            running = watch.over(view.name, source_names(options), lambda: counted(history))
            with running, rarely_collected():
                written = write(history, out, end=until, progress=watch.also(update))
        seconds = time.perf_counter() - started
    report = summary(written, source_names(options), out, seconds)
    show(report, aside, as_json=json)
    return 0


def counted(history: "History") -> Counted:
    """Where a run counts what is wrong."""
    late, events = history.engine.late, history.events
    return Counted(history.quarantine, history.ranges, history.checked, late, events)


def refuse_to_overwrite(options: Input, outputs: list[Path]) -> None:
    """No output may be one of the sources, nor another output."""
    sources = {Path(source).resolve() for source in source_names(options)}
    for path in outputs:
        if path.resolve() in sources:
            raise DefinitionError(f"{path}: an output must not be a source, got the same file")
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise DefinitionError(f"{outputs[0]}: each output needs a name of its own, got one twice")


def summary(written: "Written", sources: list[str], out: Path, seconds: float) -> dict[str, Any]:
    """What a run did, as JSON knows it."""
    lineage = written.lineage
    events = lineage["rows"]["admitted"]
    return {
        "out": str(out),
        "files": len(written.files),
        "rows": written.rows,
        "features": len(lineage["features"]),
        "on": lineage["on"],
        "streams": lineage["streams"],
        "events": events,
        "read": sum(lineage["rows"]["read"].get(str(name), 0) for name in sources),
        "late": lineage["rows"]["late"],
        "quarantined": lineage["rows"]["quarantined"],
        "skipped": lineage["rows"]["skipped"],
        "unread": lineage["rows"]["unread"],
        "outside": lineage["rows"]["outside"],
        "inconsistent": lineage["rows"]["inconsistent"],
        "seconds": round(seconds, 6),
        "events_per_second": round(events / max(seconds, 1e-9)),
    }


def show(report: dict[str, Any], quarantine: "Quarantine", *, as_json: bool) -> None:
    """Print the summary."""
    if as_json:
        print_json(report)
        return
    aside, skipped = report["quarantined"], report["skipped"]
    lines = {
        "rows": f"{report['rows']:,} of {report['features']} features on {report['on']}",
        "events": f"{report['events']:,} of {' and '.join(report['streams'])} in {report['seconds']:.2f} s",
        "rate": f"{report['events_per_second']:,} events a second",
        "read": f"{report['read']:,} rows of the source",
        "quarantined": reasons(aside)
        + (f", kept in {quarantine.path}" if aside and quarantine.path else ""),
    }
    if skipped:
        lines["no events"] = reasons(skipped)
    if report["late"]:
        lines["late"] = f"{report['late']:,} left out"
    if report["unread"]:
        lines["columns not read"] = unread(report["unread"])
    lines |= told(report)
    print_table(f"{report['out']} ({report['files']} file{'s' * (report['files'] != 1)})", lines)
    if not report["rows"]:
        ERR.print(
            "no rows: the view's clock never ticked; see --on in penstock run --help",
            style="yellow",
        )


def unread(columns: Mapping[str, Sequence[str]]) -> str:
    """Columns that nothing asked for, by source.

    Examples
    --------
    >>> unread({"a.csv": ["fee", "venue"], "b.csv": list("abcdefghij")})
    'fee, venue of a.csv; a, b, c, d, e, f, g, h and 2 more of b.csv'
    """
    said = []
    for source, names in columns.items():
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        said.append(f"{', '.join(names[:SHOWN])}{more} of {source}")
    return "; ".join(said)


def reasons(counts: dict[str, int]) -> str:
    """Counts by reason in words."""
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items())) or "none"
