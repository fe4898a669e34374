"""``penstock materialize``: history put online."""

from typing import Annotated

from cyclopts import Parameter

from penstock.cli.console import print_json, print_table
from penstock.cli.definitions import HERE, Store
from penstock.cli.options import Json


def materialize(
    *views: str,
    store: Store = HERE,
    start: Annotated[
        str | None,
        Parameter(help="Rows from this time on: ISO (UTC where it names no offset) or ns."),
    ] = None,
    end: Annotated[str | None, Parameter(help="Rows before this time.")] = None,
    json: Json = False,
) -> int:
    """Put the latest rows of history online, where the tiers have older ones or none.

    Example: penstock materialize spreads --start 2024-01-01

    Parameters
    ----------
    views
        Which, such as spreads or spreads@v2; all by default.
    """
    from penstock.jobs.feature_store import FeatureStore

    with FeatureStore(store) as opened:
        found = opened.materialize(start, end, list(views) or None)
    if json:
        print_json(found)
        return 0
    print_table("newer rows online", {name: f"{count:,}" for name, count in found.items()})
    return 0
