"""``penstock demo --pack llm``: a day of a gateway of language models, its features live, and a router that learns."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from penstock.cli.console import OUT, print_json, size

if TYPE_CHECKING:
    import numpy as np

    from penstock.jobs.gateway.live import LiveGateway
    from penstock.jobs.gateway.route import Routed
    from penstock.jobs.gateway.trace import Trace
    from penstock.jobs.gateway.verdict import Verdict

EVERY = 50  # requests between two states of the live table
SHOWN = (
    "latency_p50", "latency_p95", "success_rate", "throughput", "avg_cost_per_request", "quality_cost_ratio",
    "cost_latency_score", "pareto_efficiency_score",
)  # fmt: skip


def show(out: Path, requests: int, folder: Path | None, price: float, *, quiet: bool) -> int:
    """Replay, route and judge a day; the exit status is 1 if a bit of its features differs from those of a run."""
    from penstock.jobs.gateway.route import bits_equal, route
    from penstock.jobs.gateway.verdict import judge

    trace = day(requests, folder)
    if not quiet:
        OUT.print(
            f"[bold]1[/bold]  {len(trace):,} requests to {len(trace.models)} models, {trace.says}"
        )
    started = time.perf_counter()
    with live_table(trace.models, show=not quiet and OUT.is_terminal) as look:
        routed = route(trace, out, price=price, look=look)
    spent = time.perf_counter() - started
    verdict, equal = judge(routed), bits_equal(routed)
    if quiet:
        print_json(figures(routed, verdict, equal=equal))
    else:
        report(routed, verdict, spent, equal=equal)
    return 0 if equal else 1


def day(requests: int, folder: Path | None) -> "Trace":
    """The day that is replayed."""
    from penstock.jobs.gateway.recorded import recorded
    from penstock.jobs.gateway.trace import simulated

    return simulated(requests) if folder is None else recorded(folder, requests)


def figures(routed: "Routed", verdict: "Verdict", *, equal: bool) -> dict[str, object]:
    """What ``--json`` prints."""
    return {
        "requests": len(routed.trace), "held_out": len(routed.trace) - routed.learned, "events": routed.events,
        "columns": len(routed.names), "bits_equal": equal, "decisions": routed.decided["request"].n_unique(),
        "rewards": int(routed.decided["reward"].count()), "policies": verdict.table.to_dicts(), "best": verdict.best,
        "marks": [{"mark": m, "found": round(found, 4), "reached": r} for m, found, r in verdict.marks],
        "quality_error": round(verdict.error, 4),
    }  # fmt: skip


def report(routed: "Routed", verdict: "Verdict", spent: float, *, equal: bool) -> None:
    """Say what the day made, and what of the requirement is reached."""
    bits = "[bold green]equal[/bold green]" if equal else "[bold red]different[/bold red]"
    OUT.print(
        f"[bold]2[/bold]  {routed.events:,} events one by one, a vector of {len(routed.names)} columns at each "
        f"request, {spent:.1f} s with the router; against a run over the log the bits are {bits}"
    )
    OUT.print(f"   {routed.path}  {size(routed.path.stat().st_size)}", style="dim", markup=False)
    known = int(routed.decided["reward"].count())
    OUT.print(
        f"[bold]3[/bold]  Learned from {routed.decided['request'].n_unique():,} decisions of the log, {known:,} with "
        f"their reward; {len(routed.trace) - routed.learned:,} requests held out:"
    )
    OUT.print(policies(verdict))
    for mark, found, reached in verdict.marks:
        word = "[green]reached[/green]" if reached else "[yellow]not reached[/yellow]"
        error = f" ± {verdict.error:.3f}" if mark.startswith("quality") else ""
        told = f"{found:+.3f}{error}" if error else f"{found:+.1%}"
        OUT.print(f"   {mark}: {told}, {word}")


def policies(verdict: "Verdict") -> Table:
    """The policies side by side."""
    made = Table(header_style="dim")
    made.add_column("policy")
    for name in ("quality", "accuracy", "$ of 1,000", "p50 ms", "p95 ms"):
        made.add_column(name, justify="right")
    for row in verdict.table.iter_rows(named=True):
        made.add_row(
            row["policy"], f"{row['quality']:.3f}", f"{row['accuracy']:.3f}", f"{row['cost']:.3f}",
            f"{row['latency_p50']:,.0f}", f"{row['latency_p95']:,.0f}",
        )  # fmt: skip
    return made


@contextmanager
def live_table(
    models: tuple[str, ...], *, show: bool
) -> Generator["Callable[[int, LiveGateway, np.ndarray], None]", None, None]:
    """A table of the models' features, refreshed as requests come; nothing where stdout is no terminal."""
    if not show:
        yield lambda *_: None
        return
    from rich.live import Live

    with Live(console=OUT, transient=True, auto_refresh=False) as screen:

        def look(number: int, gateway: "LiveGateway", row: "np.ndarray") -> None:
            if number % EVERY == 0:
                screen.update(latest(models, number, gateway, row), refresh=True)

        yield look


def latest(
    models: tuple[str, ...], number: int, gateway: "LiveGateway", row: "np.ndarray"
) -> Table:
    """What the engine says of each model at a request."""
    _, each = gateway.context(row)
    title = f"live: {number:,} requests, {gateway.events:,} events"
    made = Table(title=title, title_justify="left", header_style="dim")
    made.add_column("model")
    for name in SHOWN:
        made.add_column(name, justify="right", overflow="fold")
    for model in models:
        made.add_row(model, *(f"{each[model][name]:.4g}" for name in SHOWN))
    return made
