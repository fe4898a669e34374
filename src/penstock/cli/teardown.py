"""``penstock teardown``: remove definitions with all that is stored of them."""

from typing import Annotated, Literal

from cyclopts import Parameter

from penstock.cli.console import print_json
from penstock.cli.definitions import HERE, By, Store, who
from penstock.cli.options import Json
from penstock.core.errors import DefinitionError


def teardown(
    *views: str,
    yes: Annotated[bool, Parameter(negative="", help="Do it; otherwise it is only said.")] = False,
    tables: Annotated[
        Literal["drop", "rename"],
        Parameter(
            help="What becomes of tables in PostgreSQL that follow the views: they go, or stay under another name."
        ),
    ] = "drop",
    store: Store = HERE,
    by: By = None,
    json: Json = False,
) -> int:
    """Remove views with their versions, history, latest values and tables in PostgreSQL; by default all there is.

    The log of changes stays, and so do API keys. Whoever is interrupted does it again: the registry forgets a view
    last.

    Parameters
    ----------
    views
        Names of views; everything where none is named.
    """
    from penstock.jobs.feature_store import FeatureStore

    with FeatureStore(store) as found:
        contents = found.contents
        for name in views:
            contents.view(name)
        objects = () if views else tuple(contents.objects)
        gone = list(views) or list(contents.views)
        mirror = found.inner.mirror
        mapped = {n: mirror.tables[n] for n in gone if n in mirror.tables} if mirror else {}
        said: list[str] = []
        if yes:
            for kind, name in objects:
                found.inner.registry.delete(kind, name, **who(by))
            for name in gone:
                became = found.delete_feature_view(
                    name, by=who(by)["by"], rename_table=tables == "rename"
                )
                said += [became] if became else []
    names = [*(name for _, name in objects), *gone]
    if not yes and not json and names:
        with_tables = f", and to {tables} the tables {', '.join(mapped.values())}" if mapped else ""
        raise DefinitionError(
            f"teardown: --yes is needed to remove {', '.join(names)} with all that is stored{with_tables}, got none"
        )
    if json:
        print_json(
            {"removed": names, "tables": said} if yes else {"would_remove": names, "tables": mapped}
        )
    else:
        print(f"removed {', '.join(names)}" if names else "nothing is registered")
        for became in said:
            print(became)
    return 0
