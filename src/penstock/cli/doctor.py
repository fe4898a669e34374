"""``penstock doctor``: what is installed, and whether it works."""

import time
from typing import Annotated, Any

from cyclopts import Parameter

from penstock.cli.console import ERR, OUT, print_json, print_table, size, steps
from penstock.cli.options import Json
from penstock.core.errors import DefinitionError


def doctor(
    *,
    warm: Annotated[
        bool,
        Parameter(
            negative="", help="Compile all features and operators into the cache, in two processes."
        ),
    ] = False,
    vectorised: Annotated[
        bool,
        Parameter(
            negative="", help="Name the operators of one tick that have no vector form, and why."
        ),
    ] = False,
    prune: Annotated[
        bool,
        Parameter(negative="", help="Take out of the cache what was not used for --days days."),
    ] = False,
    days: Annotated[int, Parameter(help="What --prune spares.")] = 30,
    json: Json = False,
) -> int:
    """Say what is installed, whether kernels compile, what is cached, and which extras are missing.

    Without a working compiler features are computed all the same, interpreted and slowly; the exit status is then 1.
    """
    from penstock.jobs.doctor import examine

    if warm:
        compile_ahead(quiet=json)
    if vectorised:
        return name_scalar(json=json)
    if prune:
        take_out(days, quiet=json)
    found = examine()
    if json:
        print_json(found)
    else:
        show(found)
    return 0 if warm or found["compiler"]["works"] else 1


def compile_ahead(*, quiet: bool) -> None:
    """Fill the cache."""
    from penstock.jobs.warm import tasks
    from penstock.jobs.warm import warm as fill

    started = time.perf_counter()
    todo = tasks()
    with steps("compiling", len(todo), show=not quiet) as step:
        fresh = fill(todo, step=step)
    if not quiet:
        ERR.print(
            f"{fresh} entries compiled in {time.perf_counter() - started:.0f} s; the others were in the cache"
        )


def take_out(days: int, *, quiet: bool) -> None:
    """Prune the cache."""
    from penstock.jobs.doctor import prune

    if days < 0:
        raise DefinitionError(f"penstock doctor: --days must not be negative, got {days}")
    count, freed = prune(days)
    if not quiet:
        ERR.print(f"{count} entries taken out, {size(freed)}")


def name_scalar(*, json: bool) -> int:
    """Print the operators of one tick that LLVM did not vectorise."""
    from penstock.jobs.vectorised import elementwise, look

    classes = elementwise()
    with steps("compiling", len(classes), show=not json) as step:
        found = [look(cls) for cls in classes if step() is None]
    scalar = {one.name: one.reason for one in found if one.reason}
    if json:
        print_json({"vectorised": [one.name for one in found if not one.reason], "scalar": scalar})
    else:
        print_table(f"{len(found) - len(scalar)} of {len(found)} have vector code; not", scalar)
    return 0


def show(found: dict[str, Any]) -> None:
    """Print the findings."""
    compiler, cache = found["compiler"], found["cache"]
    place = cache["prebuilt"] or cache["directory"]
    kept = f"{cache['kind']}: {cache['entries']:,} entries, {size(cache['bytes'])}, {place} ({cache['why']})"
    print_table(
        "",
        {
            "penstock": found["penstock"],
            "python": found["python"],
            "system": found["system"],
            "cpu": f"{found['cpu']}, {found['cores']} cores",
            "compiler": "works"
            if compiler["works"]
            else f"does not work: {compiler['why']}; features run interpreted",
            "cache": kept,
            "platform": found["platform"],
        },
    )
    print_table(
        "\nPackages", {name: version or "missing" for name, version in found["packages"].items()}
    )
    lines = {
        name: f"installed ({extra['for']})"
        if extra["installed"]
        else f"missing {', '.join(extra['missing'])} ({extra['for']}); add: {extra['add']}"
        for name, extra in found["extras"].items()
    }
    print_table("\nExtras", lines)
    if not compiler["works"]:
        OUT.print(
            "\nFeatures are computed, interpreted: correct, and some hundred times slower.",
            style="yellow",
        )
