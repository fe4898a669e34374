"""The bodies of requests, as Feast's server takes them."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from penstock.core.errors import DefinitionError
from penstock.jobs.feature_store.tables import columns_of


def wanted(features: Sequence[str] | str) -> dict[str, Any]:
    """The part of a body that names a service or features.

    Examples
    --------
    >>> wanted("ranking"), wanted(["quotes:mid"])
    ({'feature_service': 'ranking'}, {'features': ['quotes:mid']})
    """
    if isinstance(features, str):
        return {"feature_service": features}
    if not features:
        raise DefinitionError("Features: view:feature or a service is needed, got none")
    return {"features": list(features)}


def online_body(
    features: Sequence[str] | str, rows: Sequence[Mapping[str, Any]], *, full_feature_names: bool
) -> dict[str, Any]:
    """The body of an online read: entities by column."""
    names = dict.fromkeys(name for row in rows for name in row)
    entities = {name: [row.get(name) for row in rows] for name in names}
    return wanted(features) | {"entities": entities, "full_feature_names": full_feature_names}


def push_body(view: str, rows: Any, to: str) -> dict[str, Any]:
    """The body of a push."""
    return {"push_source_name": view, "df": lists(rows), "to": to}


def historical_body(
    entities: Any, features: Sequence[str] | str, *, full_feature_names: bool
) -> dict[str, Any]:
    """The body of a point-in-time read."""
    return wanted(features) | {
        "entities": lists(entities),
        "full_feature_names": full_feature_names,
    }


def lists(data: Any) -> dict[str, list[Any]]:
    """Rows of any form as lists by column, stamps as ISO text."""
    made: dict[str, list[Any]] = {}
    for name, values in columns_of(data).items():
        if isinstance(values, pl.Series) and values.dtype.is_temporal():
            values = values.cast(pl.Datetime("ns")).dt.to_string("iso:strict")  # noqa: PLW2901
        made[name] = [v.isoformat() if hasattr(v, "isoformat") else v for v in values]
    return made
