"""``penstock plan``: what applying definitions would change."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from penstock.cli.console import print_json
from penstock.cli.definitions import HERE, Store, definitions_in, registry_of, told
from penstock.cli.options import Json

Delete = Annotated[
    bool,
    Parameter(negative="", help="Also delete what the registry has and these files leave out."),
]


def plan(*files: Path, store: Store = HERE, delete: Delete = False, json: Json = False) -> int:
    """Print what applying definitions would change in the registry; nothing is changed.

    A new definition of a view is a new version, and the columns are named that are added, removed, retyped or
    changed; another owner, tag, sentence, maximum age or check is none. What features compile to is printed by
    penstock explain.

    Example: penstock plan views/*.toml services.py

    Parameters
    ----------
    files
        Views in TOML files, and Python files whose modules name views, services and entities.
    """
    given = definitions_in(files)
    with registry_of(store) as registry:
        found = registry.plan(given, delete=delete)
    if json:
        print_json(told(found))
        return 0
    print(found)
    count = len(found.changes)
    print(f"{count} change{'s' * (count != 1)}" + (": penstock apply makes them" if count else ""))
    return 0
