"""``penstock apply``: make the registry say what definitions say."""

from pathlib import Path

from penstock.cli.console import print_json
from penstock.cli.definitions import HERE, By, Store, definitions_in, registry_of, told, who
from penstock.cli.options import Json
from penstock.cli.plan import Delete


def apply(
    *files: Path, store: Store = HERE, delete: Delete = False, by: By = None, json: Json = False
) -> int:
    """Register definitions: all of them in one transaction, or none.

    Applied again they change nothing. A view that is defined in another way becomes a new version; its older versions
    stay as they are. Servers take the change up by themselves.

    Example: penstock apply views/*.toml services.py

    Parameters
    ----------
    files
        As for penstock plan.
    """
    given = definitions_in(files)
    with registry_of(store) as registry:
        found = registry.apply(given, delete=delete, **who(by))
    if json:
        print_json(told(found))
        return 0
    for step in found.changes:
        print(step)
    count = len(found.changes)
    print(f"{count} change{'s' * (count != 1)} made" if count else "nothing to change")
    return 0
