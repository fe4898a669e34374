"""``penstock split``: which share of entities reads which version of a view."""

import re
from typing import Annotated

from cyclopts import Parameter

from penstock.cli.console import print_json, print_table
from penstock.cli.definitions import HERE, By, Store, registry_of, who
from penstock.cli.options import Json
from penstock.cli.registry import shares_text
from penstock.core.errors import DefinitionError

SHARE = re.compile(r"v?(\d+)=(\d+(?:\.\d+)?)%?")


def split(
    view: str,
    *shares: Annotated[str, Parameter(help="Percents by version: v1=90 v2=10.")],
    rollback: Annotated[
        bool, Parameter(negative="", help="Bring back the shares from before the last split.")
    ] = False,
    end: Annotated[
        bool, Parameter(negative="", help="End the split: all read the latest version.")
    ] = False,
    store: Store = HERE,
    by: By = None,
    json: Json = False,
) -> int:
    """Split a view's reads between its versions by the hash of the entity, or say how they are split.

    An entity always reads the same version, and keeps a new one while its share grows.

    Example: penstock split quotes v1=90 v2=10
    """
    if sum((bool(shares), rollback, end)) > 1:
        raise DefinitionError(
            "split: one of shares, --rollback and --end is needed, got more than one"
        )
    with registry_of(store) as registry:
        if shares:
            registry.split(view, shares_of(shares), **who(by))
        elif end:
            registry.split(view, {}, **who(by))
        elif rollback:
            registry.rollback(view, **who(by))
        entry = registry.contents().view(view)
    now = dict(entry.shares)
    if json:
        print_json({"view": view, "latest": entry.latest, "split": now})
        return 0
    print_table("", {view: shares_text(now) if now else f"v{entry.latest} 100 %"})
    return 0


def shares_of(texts: tuple[str, ...]) -> dict[int, float]:
    """Percents by version.

    Examples
    --------
    >>> shares_of(("v1=90", "2=10%"))
    {1: 90.0, 2: 10.0}
    """
    made: dict[int, float] = {}
    for text in texts:
        found = SHARE.fullmatch(text)
        if found is None or int(found[1]) in made:
            raise DefinitionError(f"split: one v1=90 for each version is needed, got {text!r}")
        made[int(found[1])] = float(found[2])
    return made
