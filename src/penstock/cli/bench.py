"""``penstock bench``: what things cost."""

import json as js
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table

from penstock.cli.console import ERR, OUT, steps
from penstock.core.errors import DataError, DefinitionError, nearest

LIMIT = 1.2  # a figure that became this many times worse fails a comparison
MACHINE = ("cpu", "platform")  # what makes two machines one; the load differs from run to run


def bench(
    suite: str = "all",
    *,
    json: Annotated[Path | None, Parameter(help="Write the figures to this file.")] = None,
    compare: Annotated[
        Path | None,
        Parameter(
            help="Print each figure's ratio to this stored run; above 1.2 the exit status is 1."
        ),
    ] = None,
    quick: Annotated[
        bool, Parameter(negative="", help="Tiny sizes: the figures mean little.")
    ] = False,
) -> int:
    """Measure Penstock, and beside it the peers that are installed (`make bench` installs them).

    Parameters
    ----------
    suite
        A suite, or all of them. `penstock bench nothing` lists them.
    """
    from penstock.bench import SUITES

    if suite != "all" and suite not in SUITES:
        known = ", ".join(["all", *SUITES])
        raise DefinitionError(
            f"penstock bench: a suite must be one of {known}, got {suite!r}{nearest(suite, SUITES)}"
        )
    older = None if compare is None else read(compare)
    found = measure(suite, quick=quick)
    if json is not None:
        json.parent.mkdir(parents=True, exist_ok=True)
        json.write_text(js.dumps(found, indent=1) + "\n")
    show(found)
    return 0 if older is None else against(found, older)


def measure(suite: str, *, quick: bool) -> dict[str, Any]:
    """The figures of a suite; of all suites each result says which it is of."""
    from penstock.bench import SUITES, run_suite

    names = list(SUITES) if suite == "all" else [suite]
    runs = []
    with steps("measuring", len(names)) as done:
        for name in names:
            runs.append(run_suite(name, quick=quick))
            done()
    if suite != "all":
        return runs[0]
    results = [{"suite": run["suite"], **result} for run in runs for result in run["results"]]
    return {"machine": runs[0]["machine"], "suite": "all", "results": results}


def read(path: Path) -> dict[str, Any]:
    """A stored run."""
    try:
        found = js.loads(path.read_text())
    except FileNotFoundError:
        raise DefinitionError(f"{path}: --compare needs a stored run, got no such file") from None
    except js.JSONDecodeError as error:
        raise DataError(f"{path}: --compare needs what --json wrote, got {error}") from None
    if not isinstance(found, dict) or not {"machine", "results"} <= found.keys():
        raise DataError(f"{path}: --compare needs what --json wrote, got no results")
    return found


def show(found: dict[str, Any]) -> None:
    """Print the figures, a case a line."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    made.add_column(found["suite"], no_wrap=True)
    made.add_column("figures")
    for result in found["results"]:
        figures = "  ".join(
            f"{key}={text(value)}" for key, value in result.items() if key != "case"
        )
        made.add_row(str(result["case"]), figures)
    OUT.print(made)


def text(value: object) -> str:
    """A figure with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def against(found: dict[str, Any], older: dict[str, Any]) -> int:
    """Print the ratios to an older run; 1 where one is above the limit."""
    from penstock.bench import compare

    ratios = compare(found, older)
    made = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("case", "figure", "now", "before", "ratio"):
        made.add_column(name, no_wrap=True)
    for item in ratios:
        style = "red" if item.ratio > LIMIT else ""
        row = (
            item.case,
            item.key,
            text(float(item.new)),
            text(float(item.old)),
            f"{item.ratio:.2f}",
        )
        made.add_row(*row, style=style)
    OUT.print(made)
    worse = sum(item.ratio > LIMIT for item in ratios)
    if any(found["machine"].get(part) != older["machine"].get(part) for part in MACHINE):
        ERR.print("The runs were on different machines: ratios say less.", style="yellow")
    if worse:
        ERR.print(
            f"{worse} of {len(ratios)} figures are more than {LIMIT} times what they were",
            style="red",
        )
    return int(worse > 0)
