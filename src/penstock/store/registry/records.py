"""The registry's rows: read whole, compared, and written step by step within a transaction."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from penstock.core.errors import DefinitionError
from penstock.declare import Schema
from penstock.store.registry.contents import Contents, ViewEntry
from penstock.store.registry.definitions import VERSIONED, Kept, at_version, plain
from penstock.store.registry.diff import (
    CREATE,
    DELETE,
    KEEP,
    METADATA,
    UNCHANGED,
    Diff,
    Step,
    compare,
    left_over,
)
from penstock.store.registry.tables import (
    CHANGES,
    OBJECTS,
    RETIRED,
    REVISION,
    SPLITS,
    VERSIONS,
    VIEWS,
)


def read(connection: sa.Connection) -> Contents:
    """All that the registry holds."""
    shares = {
        row.view: {int(n): p for n, p in row.shares.items()}
        for row in connection.execute(sa.select(SPLITS))
    }
    versions: dict[str, dict[int, Any]] = {}
    for row in connection.execute(sa.select(VERSIONS).order_by(VERSIONS.c.number)):
        versions.setdefault(row.view, {})[row.number] = row
    views: dict[str, ViewEntry] = {}
    for row in connection.execute(sa.select(VIEWS).order_by(VIEWS.c.name)).mappings():
        mine, about = versions[row["name"]], row["metadata"]
        schemas = {n: at_version(v.schema, n, about) for n, v in mine.items()}
        definitions = {n: v.definition for n, v in mine.items()}
        name = row["name"]
        views[name] = ViewEntry(
            name, row["kind"], about, row["latest"], schemas, definitions, shares.get(name, {})
        )
    objects = {
        (row["kind"], row["name"]): (row["metadata"], row["definition"])
        for row in connection.execute(sa.select(OBJECTS).order_by(OBJECTS.c.name)).mappings()
    }
    number = connection.execute(sa.select(REVISION.c.number)).scalar_one()
    retired = {row.view: row.latest for row in connection.execute(sa.select(RETIRED))}
    return Contents(number, views, objects, retired)


def diff(there: Contents, given: Sequence[Kept], *, delete: bool) -> Diff:
    """What definitions would change."""
    steps: list[Step] = []
    for one in given:
        entry = there.views.get(one.name) if one.kind in VERSIONED else None
        if entry is not None:
            latest: Schema | None = entry.versions[entry.latest]
            old = Kept(
                entry.kind, entry.name, entry.metadata, entry.definitions[entry.latest], latest
            )
            steps.append(compare(one, old, entry.latest, latest))
            continue
        known = None if one.kind in VERSIONED else there.objects.get((one.kind, one.name))
        known = known and Kept(one.kind, one.name, *known)
        steps.append(compare(one, known, there.retired.get(one.name, 0), None))
    pinned(there, given, steps)
    every = [*((v.kind, v.name) for v in there.views.values()), *there.objects]
    return Diff((*steps, *left_over(every, given, delete=delete)), there.revision)


def pinned(there: Contents, given: Sequence[Kept], steps: Sequence[Step]) -> None:
    """Refuse services that pin versions which are not there."""
    made = {step.name: step.version for step in steps if step.version is not None}
    for one in given:
        for view, number in one.definition.get("pins", {}).items():
            known = set(there.views[view].versions) if view in there.views else set[int]()
            known |= {made[view]} if view in made else set()
            if number not in known:
                among = ", ".join(f"v{n}" for n in sorted(known)) or "none"
                raise DefinitionError(
                    f"Service {one.name}: a pin of {view} must be one of {among}, got v{number}"
                )


def write(connection: sa.Connection, step: Step, given: Kept | None, by: str, at: int) -> None:
    """Carry one step out."""
    if step.action in (UNCHANGED, KEEP):
        return
    table, name = (VIEWS if step.kind in VERSIONED else OBJECTS), step.name
    mine = table.c.name == name
    if step.kind not in VERSIONED:
        mine &= table.c.kind == step.kind
    if step.action == DELETE:
        if step.kind in VERSIONED:
            query = sa.select(VIEWS.c.latest).where(VIEWS.c.name == name)
            latest = connection.execute(query).scalar_one()
            connection.execute(sa.delete(RETIRED).where(RETIRED.c.view == name))
            connection.execute(sa.insert(RETIRED).values(view=name, latest=latest))
            connection.execute(sa.delete(SPLITS).where(SPLITS.c.view == name))
            connection.execute(sa.delete(VERSIONS).where(VERSIONS.c.view == name))
        connection.execute(sa.delete(table).where(mine))
    elif given is not None:
        values: dict[str, Any] = {"kind": step.kind, "name": name, "metadata": dict(given.metadata)}
        values |= (
            {"latest": step.version}
            if step.kind in VERSIONED
            else {"definition": dict(given.definition)}
        )
        if step.action == CREATE:
            connection.execute(sa.insert(table).values(**values))
        else:
            connection.execute(sa.update(table).where(mine).values(**values))
        if step.kind in VERSIONED and step.action != METADATA and given.schema is not None:
            schema = msgspec.structs.replace(given.schema, version=step.version or 1)
            version = {
                "view": name, "number": step.version, "fingerprint": given.fingerprint, "created": at,
                "definition": dict(given.definition), "schema": plain(schema), "created_by": by,
            }  # fmt: skip
            connection.execute(sa.insert(VERSIONS).values(**version))
    log(connection, step, by, at)


def log(connection: sa.Connection, step: Step, by: str, at: int) -> None:
    """Note a change."""
    details = dict(step.details) | ({"version": step.version} if step.version else {})
    row = {"at": at, "by": by, "action": step.action, "kind": step.kind, "name": step.name}
    connection.execute(sa.insert(CHANGES).values(**row, details=details))


def lock(connection: sa.Connection) -> None:
    """Let other writers wait: with SQLite each transaction does."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE revision IN EXCLUSIVE MODE"))


def risen(connection: sa.Connection) -> None:
    """Tell those who look that something changed."""
    connection.execute(sa.update(REVISION).values(number=REVISION.c.number + 1))
