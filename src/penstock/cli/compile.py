"""``penstock compile``: a cache that others only read."""

import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from penstock.cli.console import OUT, print_json, print_table, size, steps
from penstock.cli.inputs import read_file, requests_of
from penstock.cli.options import Json
from penstock.core.errors import DefinitionError


def compile_(  # noqa: PLR0913  (options)
    *,
    out: Annotated[Path, Parameter(help="The directory; each platform has its own in it.")],
    features: Annotated[
        list[str] | None,
        Parameter(negative="", help="Features of the catalogue, as for penstock run."),
    ] = None,
    view: Annotated[Path | None, Parameter(help="A view in a TOML file.")] = None,
    all: Annotated[
        bool, Parameter(negative="", help="Every feature and operator, on the usual clocks.")
    ] = False,
    on: Annotated[str | None, Parameter(help="When there is a row, as for penstock run.")] = None,
    streams: Annotated[
        str, Parameter(help="What the files or the feed hold, separated by commas.")
    ] = "trade,book",
    json: Json = False,
) -> int:
    """Compile ahead, for both layouts (live and blocks), into a directory that others only read.

    A program finds it by --cache DIR, the variable PENSTOCK_CACHE or penstock.use_prebuilt(DIR); what it lacks is
    compiled as ever. It is for this platform: CPU, libc, Python, Numba. penstock doctor says whether it is used.

    Example: penstock compile --features volume.vwap --on bar:1m --out kernels
    """
    from penstock.declare import default_clock
    from penstock.jobs.prebuild import prebuild
    from penstock.jobs.warm import of_file, of_view, tasks

    asked = [
        name
        for name, given in (("--features", features), ("--view", view), ("--all", all))
        if given
    ]
    if len(asked) != 1:
        raise DefinitionError(
            f"penstock compile: one of --features, --view and --all is needed, got {' and '.join(asked) or 'none'}"
        )
    todo = tasks() if all else []
    if view is not None:
        read_file(view)  # an error of the file is said here, not in a process
        todo = of_file(view)
    if features:
        have = [name.strip() for name in streams.split(",") if name.strip()]
        requests, read = requests_of(features, "compile")
        todo = of_view(requests, on or default_clock(read, have), have)
    started = time.perf_counter()
    with steps("compiling", len(todo), show=not json) as step:
        made = prebuild(todo, out, step=step)
    seconds = time.perf_counter() - started
    found = {
        "directory": str(made.directory),
        "platform": made.platform,
        "entries": made.entries,
        "compiled": made.compiled,
        "bytes": made.bytes,
        "seconds": round(seconds, 3),
    }
    if json:
        print_json(found)
        return 0
    kept = f"{made.entries:,}, of which {made.compiled:,} are new ({seconds:.0f} s), {size(made.bytes)}"
    print_table(str(made.directory), {"entries": kept, "platform": made.platform})
    OUT.print(f"\nUse it: penstock --cache {out} doctor", markup=False)
    return 0
