"""``penstock demo``: the main job on a simulated market."""

import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from rich.table import Table

from penstock.cli.console import ERR, OUT, print_json, size, steps
from penstock.cli.options import Json

if TYPE_CHECKING:
    from penstock.jobs.demo import Files, Half, Live
    from penstock.jobs.write import Written

FEW = (
    40  # compiled entries; with fewer in the cache the demo's are compiled first, in two processes
)
PAUSE = 0.05  # seconds between two states of the live table: it is for the eye


def demo(
    *,
    pack: Annotated[
        Literal["market", "llm"],
        Parameter(help="What is shown: a market, or a gateway of language models and its router."),
    ] = "market",
    out: Annotated[Path, Parameter(help="The directory that gets the files.")] = Path(
        "penstock-demo"
    ),
    requests: Annotated[int, Parameter(help="Of the gateway's day (pack llm).")] = 2_000,
    trace: Annotated[
        Path | None,
        Parameter(help="A folder of recordings in place of the simulated gateway (pack llm)."),
    ] = None,
    price: Annotated[
        float, Parameter(help="What cost weighs against quality in a reward (pack llm).")
    ] = 0.05,
    json: Json = False,
) -> int:
    """Simulate a market, compute features over history and live, and prove that the bits are equal.

    Writes real files (DBN, Parquet, CSV), computes features of the catalogue over history, then again event by event
    in another engine that starts from a snapshot taken half-way, and compares the rows bit by bit. The exit status
    is 1 if a bit differs. With `--pack llm` a day of a gateway of language models is replayed instead, and routed.
    """
    if pack == "llm":
        from penstock.cli.demo_gateway import show

        return show(out, requests, trace, price, quiet=json)
    started = time.perf_counter()
    quiet = json
    compile_first(quiet=quiet)
    from penstock.jobs.demo import (
        FEATURES,
        SECONDS,
        SYMBOLS,
        Files,
        bits_equal,
        run_history,
        run_live,
        write_market,
    )

    files = Files(out)
    say = OUT.print if not quiet else ignore
    with working("simulating a market", quiet=quiet):
        records = write_market(files)
    say(
        f"[bold]1[/bold]  {len(SYMBOLS)} instruments, {SECONDS // 60} minutes, {records:,} trades and books, simulated"
    )
    for path in (files.market, *files.trades):
        say(f"   {path}  {size(path.stat().st_size)}", style="dim", markup=False)
    with working("computing history", quiet=quiet):
        written, half, seconds = run_history(files, records)
    report_history(say, files, written, half, seconds)
    with live_table(show=not quiet and OUT.is_terminal) as look:
        live = run_live(files, half, look)
    with working("comparing bits", quiet=quiet):
        equal = bits_equal(files, half, live)
    found = figures(records, written, live, equal=equal)
    if quiet:
        print_json(found)
        return 0 if equal else 1
    report_live(live, found)
    OUT.print(
        f"\n{len(FEATURES)} features, {time.perf_counter() - started:.1f} s in all. Try next:\n"
    )
    for line in next_commands(files):
        OUT.print(f"  {line}", markup=False, soft_wrap=True)
    return 0 if equal else 1


def figures(records: int, written: "Written", live: "Live", *, equal: bool) -> dict[str, Any]:
    """What ``--json`` prints; the rates are those of the live engine, each row read."""
    features = len(written.lineage["features"])
    per_event = live.seconds / max(live.pushed, 1)
    return {
        "events": records,
        "features": features,
        "rows": written.rows,
        "bits_equal": equal,
        "events_per_second": round(1 / per_event) if per_event else 0,
        "ns_per_feature": round(per_event * 1e9 / features, 1),
    }


def compile_first(*, quiet: bool) -> None:
    """Fill an empty cache in two processes: faster than as it comes."""
    from penstock.core.native import available
    from penstock.jobs.doctor import cache

    if not available() or cache()["entries"] >= FEW:
        return
    from penstock.jobs.demo import FEATURES, ON
    from penstock.jobs.warm import of_view, warm

    todo = of_view(FEATURES, ON, ("trade", "book"))
    if not quiet:
        ERR.print("Compiling kernels (the first time only) ...", style="dim")
    with steps("compiling", len(todo), show=not quiet) as step:
        warm(todo, step=step)


def report_history(
    say: Callable[..., None], files: "Files", written: "Written", half: "Half", seconds: float
) -> None:
    """Say what the run over history did."""
    rate = written.lineage["rows"]["admitted"] / seconds
    features = len(written.lineage["features"])
    say(
        f"[bold]2[/bold]  History: {written.rows:,} rows of {features} features, {rate:,.0f} events a second"
    )
    say(
        f"   {files.history}  {size(files.history.stat().st_size)}, with its lineage",
        style="dim",
        markup=False,
    )
    say(
        f"   {files.snapshot}  {size(len(half.snapshot))}, after {half.events:,} events",
        style="dim",
        markup=False,
    )


def report_live(live: "Live", found: dict[str, Any]) -> None:
    """Say what the live engine did, and the verdict."""
    OUT.print(
        f"[bold]3[/bold]  Live: restored from the snapshot, {live.pushed:,} events one by one, "
        f"{found['events_per_second']:,} a second, {found['ns_per_feature']} ns a feature"
    )
    cells = len(live.rows) * found["features"]
    if found["bits_equal"]:
        OUT.print(
            f"[bold]4[/bold]  [bold green]Bits equal[/bold green]: {cells:,} values of history and live"
        )
    else:
        OUT.print(f"[bold]4[/bold]  [bold red]Bits differ[/bold red] somewhere in {cells:,} values")


def ignore(*_: object, **__: object) -> None:
    """Say nothing."""


@contextmanager
def working(what: str, *, quiet: bool) -> Generator[None, None, None]:
    """A sign of life on a terminal."""
    if quiet or not ERR.is_terminal:
        yield
        return
    with ERR.status(what):
        yield


@contextmanager
def live_table(*, show: bool) -> Generator[Callable[["Live"], None], None, None]:
    """A table of the latest rows, refreshed as events come in; nothing where stdout is no terminal."""
    if not show:
        yield ignore
        return
    from rich.live import Live as Screen

    with Screen(console=OUT, transient=True, auto_refresh=False) as screen:

        def look(live: "Live") -> None:
            screen.update(latest(live), refresh=True)
            time.sleep(PAUSE)

        yield look


def latest(live: "Live") -> Table:
    """The latest row of each key."""
    from penstock.jobs.demo import FEATURES, SHOWN

    made = Table(title=f"live: {live.pushed:,} events", title_justify="left", header_style="dim")
    made.add_column("symbol")
    for name in SHOWN:
        made.add_column(name.partition(".")[2], justify="right", overflow="fold")
    places = [FEATURES.index(name) for name in SHOWN]
    seen: dict[str, list[str]] = {}
    for event, row in zip(reversed(live.events), reversed(live.rows), strict=True):
        name = live.keys.names[event["key"]][0]
        seen.setdefault(name, [f"{row[place]:.6g}" for place in places])
        if len(seen) == len(live.keys):
            break
    for name in sorted(seen):
        made.add_row(name, *seen[name])
    return made


def next_commands(files: "Files") -> list[str]:
    """Three commands that work on what was written."""
    me = command()
    csv = files.trades[1]
    market, features = shlex.quote(str(files.market)), shlex.quote(str(files.folder / "features"))
    some = "'microstructure.mid_price,volume.vwap(w=5m)'"
    return [
        f"{me} run --features {some} --source {market} --on every:1s --out {features}",
        f"{me} show {shlex.quote(str(files.history))}",
        f"{me} live --features 'price.log_return,volume.volume' --source {shlex.quote(str(csv))} --on bar:1m",
    ]


def command() -> str:
    """How this program was called."""
    called = Path(sys.argv[0])
    if called.name != "penstock":
        return f"{shlex.quote(sys.executable)} -m penstock"
    found = shutil.which("penstock")
    return (
        "penstock"
        if found and Path(found).samefile(called)
        else shlex.quote(os.path.relpath(called))
    )
