"""What is kept for too long goes: dates of the lake, and rows of the tables that follow it."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from penstock.core.errors import StoreError
from penstock.core.time import duration, iso_text
from penstock.declare import Schema
from penstock.store.config import StoreConfig
from penstock.store.offline.lake import Lake
from penstock.store.offline.upkeep import Kept, retain
from penstock.store.registry.contents import Contents
from penstock.store.registry.definitions import ON_DEMAND

if TYPE_CHECKING:
    from penstock.store.offline.postgres import Mirror

SECOND = 1_000_000_000


def stored(contents: Contents, views: Iterable[str] = ()) -> Iterator[Schema]:
    """The versions of views that have rows; of all views by default."""
    for entry in [contents.view(name) for name in views] or contents.views.values():
        if entry.kind != ON_DEMAND:
            yield from entry.versions.values()


def kept_for(schema: Schema, config: StoreConfig) -> int:
    """How long history is kept in ns: what the view says, else the store."""
    return duration(config.offline.retention) if schema.retention is None else schema.retention


async def retain_all(
    lake: Lake, mirror: "Mirror | None", schemas: Iterable[Schema], config: StoreConfig, now: int, *, dry: bool = False
) -> dict[str, Kept]:  # fmt: skip
    """Drop the dates that are kept for too long, by version; ``dry`` only says which.

    A table that cannot be reached keeps its rows until the next time, and ``mirror.failed`` tells it.
    """
    made: dict[str, Kept] = {}
    for schema in schemas:
        keep = kept_for(schema, config)
        made[schema.id] = await asyncio.to_thread(retain, lake, schema, keep, now, dry=dry)
        if mirror is not None and not dry:
            try:
                await mirror.retain(schema, keep, now)
            except StoreError as error:
                mirror.failed[schema.id] = str(error)
    return made


async def remove_table(mirror: "Mirror | None", view: str, now: int, *, rename: bool) -> str | None:
    """Drop the table of a view whose history has gone, or name it after the time; what became of it, if it has one."""
    if mirror is None or view not in mirror.tables:
        return None
    own = mirror.tables[view].rpartition(".")[2]
    until = iso_text(now // SECOND * SECOND).translate(dict.fromkeys(map(ord, "-:TZ")))
    return await mirror.remove(view, name=f"{own[:40]}_until_{until}" if rename else "")
