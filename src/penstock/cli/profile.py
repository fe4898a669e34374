"""``penstock profile``: where the time and the memory of features go."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from penstock.cli.console import OUT, print_json, print_table, progress, size
from penstock.cli.inputs import prepare
from penstock.cli.options import NOTHING, Input, Json
from penstock.cli.quality import COUNT, policy_and_place

if TYPE_CHECKING:
    from penstock.engine.profiling.costs import Report

BAR = 24  # columns of the longest bar
SHOWN = 20  # features in the picture


def profile(
    options: Input = NOTHING,
    *,
    live: Annotated[
        bool,
        Parameter(
            negative="", help="Event by event, in the layout of a live view; else in blocks."
        ),
    ] = False,
    json: Json = False,
) -> int:
    """Compute features over files and say where time and memory went.

    A feature pays for the steps that only it needs, and for an even share of each step that it needs with others.
    The bits are those of penstock run; rows are not kept. Of --json the times are nanoseconds.

    Example: penstock profile --features volume.vwap,price.log_return --source day.dbn.zst --on every:1s --live
    """
    sources, view = prepare(options, "profile")
    from penstock.events import Quarantine
    from penstock.jobs.profile import profile as measure

    aside = Quarantine(None, policy_and_place(options, COUNT, None)[0])  # type: ignore[arg-type]
    with progress("compiling and measuring", show=not json) as update:
        report = measure(view, sources, live=live, quarantine=aside, progress=update)
    if json:
        print_json(report.as_json() | {"quarantined": sum(aside.counts.values())})
        return 0
    show(report)
    return 0


def show(report: "Report") -> None:
    """Print a report: a summary, the features as bars, the slowest steps, memory."""
    print_table("", summary(report))
    OUT.print()
    OUT.print(bars(report))
    OUT.print()
    OUT.print(slowest(report))
    print_table(
        f"\nMemory of one key: {size(report.bytes_per_key)}",
        {kind: size(count) for kind, count in report.memory.items()},
    )


def summary(report: "Report") -> dict[str, Any]:
    """What was measured, in words."""
    events = max(report.events, 1)
    layout = "live, event by event" if report.capacity == 1 else f"blocks of {report.capacity}"
    if report.hardware:
        hardware = ", ".join(
            f"{count:,} {name.replace('_', ' ')}" for name, count in report.hardware.items()
        )
    else:
        hardware = f"not readable: {report.hardware_why}"
    cache = report.cache
    taken = {
        "steps": report.steps_ns,
        "admitting events": report.admission_ns,
        "handing rows out, moving windows": report.settling_ns,
    }
    lines = {
        "measured": f"{report.events:,} positions of {report.keys:,} keys, {layout}, {report.seconds:.3g} s",
        **{name: f"{ns / events:,.4g} ns an event" for name, ns in taken.items()},
    }
    if report.host_ns:
        lines["refits"] = f"{report.host_ns / 1e6:,.4g} ms, within the steps"
    lines["kernels"] = (
        f"{cache['hits']:,} found ({cache['prebuilt']:,} prebuilt), {cache['misses']:,} compiled"
    )
    lines["processor"] = hardware
    return lines


def bars(report: "Report") -> Table:
    """The features, a bar each."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    made.add_column("feature", overflow="fold")
    made.add_column("")
    for name in ("ns/event", "share", "own", "memory"):
        made.add_column(name, justify="right", no_wrap=True)
    longest = max((cost.share for cost in report.features), default=0.0) or 1.0
    for cost in report.features[:SHOWN]:
        made.add_row(
            Text(cost.name),
            Text(bar(cost.share / longest), style="cyan"),
            f"{cost.ns_per_event:,.4g}",
            f"{cost.share:.1%}",
            f"{cost.own_ns / cost.ns if cost.ns else 0:.0%}",
            size(cost.bytes),
        )
    rest = report.features[SHOWN:]
    if rest:
        ns = sum(cost.ns_per_event for cost in rest)
        share = sum(cost.share for cost in rest)
        made.add_row(
            f"{len(rest)} more",
            "",
            f"{ns:,.4g}",
            f"{share:.1%}",
            "",
            size(sum(c.bytes for c in rest)),
        )
    return made


def bar(share: float) -> str:
    """A bar of eighths of a column.

    Examples
    --------
    >>> bar(0.5), bar(0.0)
    ('████████████', '')
    """
    whole, part = divmod(round(share * BAR * 8), 8)
    return "█" * whole + (" ▏▎▍▌▋▊▉"[part] if part else "")


def slowest(report: "Report") -> Table:
    """The ten steps that took most time, with the reasons."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    made.add_column("slowest steps", overflow="fold", ratio=2)
    for name in ("ns/tick", "ticks", "share"):
        made.add_column(name, justify="right", no_wrap=True)
    made.add_column("why", overflow="fold", ratio=3)
    for cost in report.slowest:
        made.add_row(
            Text(f"{cost.number} {cost.step}"),
            f"{cost.ns_per_tick:,.4g}",
            f"{cost.ticks:,}",
            f"{cost.share:.1%}",
            Text("; ".join(cost.reasons)),
        )
    return made
