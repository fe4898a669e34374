"""``penstock teardown``: remove definitions with all that is stored of them."""

from typing import Annotated

from cyclopts import Parameter

from penstock.cli.console import print_json
from penstock.cli.definitions import HERE, By, Store, who
from penstock.cli.options import Json
from penstock.core.errors import DefinitionError


def teardown(
    *views: str,
    yes: Annotated[bool, Parameter(negative="", help="Do it; otherwise it is only said.")] = False,
    store: Store = HERE,
    by: By = None,
    json: Json = False,
) -> int:
    """Remove views with their versions, their history and their latest values; all that is registered by default.

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
        if yes:
            for kind, name in objects:
                found.inner.registry.delete(kind, name, **who(by))
            for name in gone:
                found.delete_feature_view(name, by=who(by)["by"])
    names = [*(name for _, name in objects), *gone]
    if not yes and not json and names:
        raise DefinitionError(
            f"teardown: --yes is needed to remove {', '.join(names)} with all that is stored, got none"
        )
    if json:
        print_json({"removed" if yes else "would_remove": names})
    else:
        print(f"removed {', '.join(names)}" if names else "nothing is registered")
    return 0
