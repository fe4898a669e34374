"""``penstock check``: whether features look ahead."""

import importlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from penstock.cli.console import OUT, print_json
from penstock.cli.inputs import check_file, open_sources, prepare
from penstock.cli.options import NOTHING, Input, Json
from penstock.core.errors import DefinitionError

if TYPE_CHECKING:
    from penstock.jobs.lookahead import LookAhead

OWN = re.compile(r"(?P<file>.+\.py):(?P<name>\w+)")


def check(
    options: Input = NOTHING,
    *,
    cuts: Annotated[
        int, Parameter(help="At how many positions the future is cut off and replaced.")
    ] = 12,
    events: Annotated[int, Parameter(help="How many events are read.")] = 20_000,
    seed: Annotated[int, Parameter(help="Of the positions and the other futures.")] = 0,
    json: Json = False,
) -> int:
    """Check that features do not look ahead: cut the future off, replace it, and compare bits.

    Each value must be the same without the events that come after it, with others in their place, in blocks of other
    sizes, and when it is computed again. A view, feature or expression of your own is named by its file:
    --features FILE.py:NAME. The exit status is 1 where something was found.

    Example: penstock check --features price.simple_return --source trades.dbn.zst
    """
    if len(options.features) == 1 and (match := OWN.fullmatch(options.features[0])):
        what, sources = own(match["file"], match["name"]), open_sources(options)
        on = options.on
    else:
        sources, what = prepare(options, "check")
        on = None
    from penstock.jobs.lookahead import check_lookahead

    report = check_lookahead(what, sources, on=on, cuts=cuts, events=events, seed=seed)
    if json:
        print_json(as_json(report))
    else:
        OUT.print(str(report), markup=False, soft_wrap=True)
    return 0 if report else 1


def own(file: str, name: str) -> Any:
    """A definition in a file of the user's; its folder is where the file's own imports are looked up."""
    check_file(file)
    path = Path(file).resolve()
    sys.path.insert(0, str(path.parent))
    found = getattr(importlib.import_module(path.stem), name, None)
    if found is None:
        raise DefinitionError(f"--features: {file} must define {name}, got no such name")
    return found


def as_json(report: "LookAhead") -> dict[str, Any]:
    """A report as JSON knows it."""
    return {
        "view": report.view,
        "events": report.events,
        "rows": report.rows,
        "cuts": report.cuts,
        "looks_ahead": not report,
        "findings": [
            {
                "check": finding.check,
                "column": finding.column,
                "key": list(finding.key),
                "ts": finding.ts,
                "wanted": repr(finding.wanted),
                "got": repr(finding.got),
                "how": finding.how,
            }
            for finding in report.findings
        ],
    }
