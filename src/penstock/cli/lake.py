"""``penstock lake``: the history of views: what there is, and its upkeep."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from penstock.cli.console import print_json, print_table, size
from penstock.cli.definitions import HERE, Store, registry_of
from penstock.cli.options import Json
from penstock.core.errors import DefinitionError
from penstock.core.time import duration_text

if TYPE_CHECKING:
    from penstock.declare import Schema
    from penstock.store.config import StoreConfig
    from penstock.store.offline.lake import Lake

lake = App(
    name="lake",
    help="Say what there is of history; make its files few, and drop what is old.",
    result_action="return_value",
)
Dry = Annotated[bool, Parameter(name="--dry-run", negative="", help="Only say what would go.")]
Views = Annotated[str, Parameter(help="Views; all by default.")]


@contextmanager
def opened(
    store: Path, views: tuple[str, ...]
) -> "Generator[tuple[StoreConfig, Lake, list[Schema]]]":
    """The settings of a store, its lake, and the versions of views that have rows."""
    from penstock.jobs.feature_store.upkeep import stored
    from penstock.store.config import read_config
    from penstock.store.offline.lake import Lake

    config = read_config(store)
    with registry_of(store) as registry:
        schemas = list(stored(registry.contents(), views))
    yield config, Lake(config.lake), schemas


@lake.command(name="list")
def list_(*views: Views, store: Store = HERE, json: Json = False) -> int:
    """List views with what there is of each version: rows, files, bytes, dates, and how long they are kept.

    Rows that were pushed in the last seconds may still be on their way.
    """
    from penstock.jobs.feature_store.upkeep import kept_for

    with opened(store, views) as (config, where, schemas):
        facts = [
            where.facts(schema)
            | {"name": schema.view, "version": schema.version, "columns": len(schema.columns)}
            | {"retention": duration_text(kept_for(schema, config))}
            for schema in schemas
        ]
    known = {schema.view for schema in schemas}
    there = sorted(place.parent.name for place in where.path.glob("*/v*"))
    strays = [name for name in dict.fromkeys(there) if name not in known] if not views else []
    if json:
        print_json({"lake": str(where.path), "versions": facts, "unregistered": strays})
        return 0
    rows: dict[str, object] = {str(one["view"]): told(one) for one in facts}
    rows |= dict.fromkeys(strays, "is not registered: nothing reads or drops it")
    print_table(str(where.path), rows or {"nothing": "is registered: penstock apply FILES"})
    return 0


def told(facts: dict[str, Any]) -> str:
    """What there is of a version, for people."""
    if not facts["files"]:
        return f"{facts['columns']} columns, no rows"
    return (
        f"{facts['rows']:,} rows of {facts['columns']} columns in {facts['files']:,} files, {size(facts['bytes'])}, "
        f"{facts['first_date']} to {facts['last_date']}, kept for {facts['retention']}"
    )


@lake.command
def compact(*views: Views, store: Store = HERE, json: Json = False) -> int:
    """Make the files of each date one, and rows that were written again one row.

    The old files stay for those who are reading them, until penstock lake vacuum.
    """
    from penstock.store.offline import upkeep

    with opened(store, views) as (_, where, schemas):
        made = {schema.id: asdict(upkeep.compact(where, schema)) for schema in schemas}
    for done in made.values():
        del done["dropped"]
    if json:
        print_json({"compacted": made})
        return 0
    rows = {
        name: f"{done['files_before']:,} files are {done['files_after']:,} now; {done['twice']:,} rows were there twice"
        for name, done in made.items()
    }
    print_table("", rows or {"nothing": "is registered"})
    return 0


@lake.command
def retain(*views: Views, store: Store = HERE, dry: Dry = False, json: Json = False) -> int:
    """Drop the dates that are older than a view's retention, or the store's where it has none.

    So does a server each day. Tables that follow in PostgreSQL drop theirs. The files go with penstock lake vacuum.
    """
    from penstock.jobs.feature_store.tiers import mirror_of
    from penstock.jobs.feature_store.upkeep import kept_for, retain_all

    with opened(store, views) as (config, where, schemas):
        mirror = mirror_of(config)
        found = asyncio.run(retain_all(where, mirror, schemas, config, time.time_ns(), dry=dry))
    kept = {schema.id: duration_text(kept_for(schema, config)) for schema in schemas}
    failed = dict(mirror.failed) if mirror else {}
    gone = {
        name: {
            "retention": kept[name],
            "dates": one.dates,
            "rows": one.dropped,
            "files": one.files_before - one.files_after,
        }
        for name, one in found.items()
    }
    if json:
        print_json({"would_drop" if dry else "dropped": gone, "failed": failed})
    else:
        verb = "would drop" if dry else "dropped"
        rows = {
            name: f"{verb} {one['dates']:,} dates of {one['rows']:,} rows; kept for {one['retention']}"
            for name, one in gone.items()
        }
        rows |= {f"table of {name}": why for name, why in failed.items()}
        print_table("", rows or {"nothing": "is registered"})
    return int(bool(failed))


@lake.command
def vacuum(
    *views: Views,
    hours: Annotated[
        int, Parameter(help="Files younger than this stay: somebody may be reading them.")
    ] = 24,
    store: Store = HERE,
    dry: Dry = False,
    json: Json = False,
) -> int:
    """Remove files that nothing names any more: what was compacted or dropped, and what a killed writer left."""
    from penstock.store.offline import upkeep

    if hours < 0:
        raise DefinitionError(f"--hours: 0 or more is needed, got {hours}")
    with opened(store, views) as (_, where, schemas):
        gone = {s.id: upkeep.vacuum(where, s, hours=hours, dry=dry) for s in schemas}
    if json:
        print_json({"would_remove" if dry else "removed": gone})
        return 0
    verb = "would remove" if dry else "removed"
    rows = {name: f"{verb} {count:,} files" for name, count in gone.items()}
    print_table("", rows or {"nothing": "is registered"})
    return 0
