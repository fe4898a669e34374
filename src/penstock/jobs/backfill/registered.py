"""A view as a store knows it, and what judges its computed rows."""

from penstock.core.errors import DefinitionError
from penstock.declare import Schema, View
from penstock.declare.checks import Checks
from penstock.declare.stored import view_fingerprint
from penstock.jobs.feature_store import FeatureStore
from penstock.jobs.feature_store.writing import Judge, Writes


def registered(store: FeatureStore, view: View) -> Schema:
    """The schema of the version that is defined as a view is.

    Raises
    ------
    DefinitionError
        The view is not registered, or is defined in another way; or its checks fill nulls by what came before, which
        depends on how rows are grouped, so that no two runs would agree.
    """
    contents, wanted = store.contents, view_fingerprint(view)
    if view.name not in contents.views:
        raise DefinitionError(
            f"{view.name}: the view must be registered, got none of this name; penstock apply it first"
        )
    versions = contents.views[view.name].versions
    for schema in reversed([*versions.values()]):
        if schema.fingerprint == wanted:
            _refuse_moving_fills(schema)
            return schema
    raise DefinitionError(
        f"{view.name}: the view must be registered as it is defined, got a definition that is none of "
        f"{', '.join(s.id for s in versions.values())}; penstock apply it first"
    )


def own_judge(store: FeatureStore) -> Judge:
    """What judges computed rows by a view's checks; what is pushed meanwhile is judged apart from them."""
    inner = store.inner
    return Writes(inner.online, inner.spool, inner.rejects, inner.clock).judged


def _refuse_moving_fills(schema: Schema) -> None:
    checks: Checks = schema.checks
    for name, how in checks.fill.items():
        if isinstance(how, str):
            raise DefinitionError(
                f"{schema.id}: nulls of a computed column must be filled with a number, got {how!r} for {name}; "
                "what it would be depends on the rows before it in one write"
            )
