"""Definitions as the registry keeps them: what has a version, and what may change without one."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from penstock.core.errors import DefinitionError
from penstock.declare import (
    Entity,
    OnDemand,
    Pushed,
    Schema,
    Service,
    StoredColumn,
    View,
    schema_of,
)
from penstock.declare.view_text import view_text

Defined = View | Pushed | OnDemand | Service | Entity
COMPUTED, PUSHED, ON_DEMAND, SERVICE, ENTITY = "view", "pushed", "on_demand", "service", "entity"
VERSIONED = (COMPUTED, PUSHED, ON_DEMAND)


@dataclass(frozen=True, slots=True)
class Kept:
    """A definition.

    Attributes
    ----------
    metadata
        Owner, tags, one sentence; of a view also its maximum age, its checks and how long its history is kept.
    definition
        What a change of makes a new version; of a service and an entity, all there is.
    schema
        Of a view, as version 1.
    """

    kind: str
    name: str
    metadata: Mapping[str, Any]
    definition: Mapping[str, Any]
    schema: Schema | None = None

    @property
    def fingerprint(self) -> str:
        """The identity of a view's definition."""
        return "" if self.schema is None else self.schema.fingerprint


def kept(defined: Defined) -> Kept:
    """A definition as the registry keeps it."""
    if isinstance(defined, Entity):
        return Kept(
            ENTITY, defined.name, {"says": defined.says}, {"join_keys": list(defined.join_keys)}
        )
    about = {"owner": defined.owner, "tags": list(defined.tags), "says": defined.says}
    if isinstance(defined, Service):
        views = [view.name for view in defined.views]
        return Kept(SERVICE, defined.name, about, {"views": views, "pins": dict(defined.pins)})
    if isinstance(defined, OnDemand):
        return on_demand(defined, about)
    schema = schema_of(defined)
    about |= {"ttl": schema.ttl, "checks": plain(schema.checks), "retention": schema.retention}
    if isinstance(defined, Pushed):
        fields = [{"name": c.name, "kind": c.kind, "unit": c.unit} for c in schema.columns]
        return Kept(
            PUSHED, defined.name, about, {"key": list(defined.key), "fields": fields}, schema
        )
    return Kept(COMPUTED, defined.name, about, {"text": text_of(defined)}, schema)


def plain(value: Any) -> Any:
    """A value as JSON knows it, so that what is read is what was written."""
    return msgspec.json.decode(msgspec.json.encode(value))


def text_of(view: View) -> str:
    """A view as the text of its file; where a part has no text, what its columns are."""
    try:
        return view_text(view)
    except DefinitionError:
        return "\n".join(f"{name} = {expr.text}" for name, expr in view.columns().items())


def on_demand(defined: OnDemand, about: dict[str, Any]) -> Kept:
    """An on-demand view; its columns have no units before it is known what they read."""
    body = {
        "columns": dict(defined.columns), "reads": dict(defined.reads), "request": dict(defined.request),
    }  # fmt: skip
    fingerprint = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
    columns = tuple(StoredColumn(name) for name in defined.columns)
    schema = Schema(defined.name, 1, (), columns, fingerprint)
    return Kept(ON_DEMAND, defined.name, about, body, schema)


def at_version(schema: Mapping[str, Any], number: int, metadata: Mapping[str, Any]) -> Schema:
    """A stored schema under its number, with the ages and the checks that hold now."""
    now = {name: metadata.get(name) for name in ("ttl", "retention")}
    now |= {"version": number, "checks": metadata.get("checks", {})}
    return msgspec.convert({**schema, **now}, Schema)
