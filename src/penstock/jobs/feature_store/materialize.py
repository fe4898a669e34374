"""History put online: the latest row of each entity."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from penstock.core.time import time_of
from penstock.declare import Schema
from penstock.store.offline.files import DAY
from penstock.store.offline.lake import STAMPS, Lake
from penstock.store.registry.definitions import ON_DEMAND

if TYPE_CHECKING:
    from penstock.jobs.feature_store.store import AsyncFeatureStore

ROWS = 50_000  # of one write


async def materialize(
    store: "AsyncFeatureStore",
    start_date: Any = None,
    end_date: Any = None,
    feature_views: Sequence[str] | None = None,
) -> dict[str, int]:
    """Put the latest rows of history online, where the tiers have older ones or none.

    What is written twice is there once, so that whoever is interrupted does it again.

    Parameters
    ----------
    store
        Where.
    start_date, end_date
        Event times, ISO text, datetimes or ns: from the first on, and before the second. All by default.
    feature_views
        ``view`` or ``view@v2``; the versions that rows are written to, of all views, by default.

    Returns
    -------
    dict
        By version, how many entities have a newer row now.

    Raises
    ------
    DefinitionError
        There is no such view, or its rows are computed on demand.
    StoreError
        The durable tier is away.
    """
    start, end = (
        None if at is None else time_of(str(at), name)
        for name, at in (("start_date", start_date), ("end_date", end_date))
    )
    await store.flush()
    if feature_views is None:
        views = store.contents.views.values()
        feature_views = [view.name for view in views if view.kind != ON_DEMAND]
    found: dict[str, int] = {}
    for schema in [store.schema(name) for name in feature_views]:
        found[schema.id] = await _put(store, schema, start, end)
    return found


async def _put(
    store: "AsyncFeatureStore", schema: Schema, start: int | None, end: int | None
) -> int:
    newer = 0
    key = list(schema.key)
    seen = pl.DataFrame(schema=dict.fromkeys(key, pl.String))
    # from the last date back, so that of all rows only one date's are in memory
    for date in await asyncio.to_thread(dates_of, store.lake, schema, start, end):
        since = date if start is None else max(date, start)
        until = date + DAY if end is None else min(date + DAY, end)
        frame = await asyncio.to_thread(latest_of, store.lake, schema, since, until, seen)
        seen = pl.concat([seen, frame.select(key)])
        for part in frame.iter_slices(ROWS):
            newer += sum((await store.writes.put(schema, part)).replaced)
    return newer


def dates_of(lake: Lake, schema: Schema, start: int | None, end: int | None) -> list[int]:
    """The dates that have rows, the last one first, as the times at which they begin."""
    files = [file for file in lake.files(schema) if file.overlaps(start, end)]
    return sorted({file.begins for file in files}, reverse=True)


def latest_of(
    lake: Lake, schema: Schema, since: int, until: int, seen: pl.DataFrame
) -> pl.DataFrame:
    """The latest row of each entity of a span that is not among those seen."""
    key = list(schema.key)
    found = lake.read(schema, start=since, end=until).join(seen.lazy(), on=key, how="anti")
    return found.sort(*STAMPS).unique(key, keep="last", maintain_order=True).collect()
