"""The feature store, for callers that wait asynchronously."""

import asyncio
import getpass
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl

from penstock.core.errors import DefinitionError, StoreError
from penstock.core.time import duration
from penstock.declare import Schema
from penstock.jobs.feature_store.answers import Answer
from penstock.jobs.feature_store.exposures import Exposures
from penstock.jobs.feature_store.joining import history_of
from penstock.jobs.feature_store.reading import (
    Request,
    answer_of,
    pairs_of,
    request_of,
)
from penstock.jobs.feature_store.rejects import Rejects
from penstock.jobs.feature_store.spool import Spool
from penstock.jobs.feature_store.tables import Data
from penstock.jobs.feature_store.tiers import mirror_of, online_of
from penstock.jobs.feature_store.upkeep import retain_all, stored
from penstock.jobs.feature_store.writing import BOTH, Pushed, Writes
from penstock.store.config import StoreConfig, read_config
from penstock.store.entity import encode_key, entity_key
from penstock.store.offline.lake import Lake
from penstock.store.registry.contents import Contents
from penstock.store.registry.definitions import ON_DEMAND, Defined
from penstock.store.registry.diff import Diff
from penstock.store.registry.registry import Registry

FLUSH = 5.0  # seconds between two moves of pushed rows into the lake
DAY = 86_400.0


class AsyncFeatureStore:
    """Definitions, writes, online reads and point-in-time joins over one store.

    Parameters
    ----------
    place
        A ``penstock.toml``, a directory with or without one, or settings.
    clock
        The time in ns: what is known now, and how old a value is.

    Attributes
    ----------
    registry, online, lake, mirror
        The parts, for what this class has no word for; ``mirror`` is None where no view has a table.
    rejects, exposures
        Rows that were not accepted, and which entity read which version where reads are split.
    """

    def __init__(
        self, place: StoreConfig | Path | str = ".", *, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self.config = place if isinstance(place, StoreConfig) else read_config(place)
        self.clock = clock
        self.config.path.mkdir(parents=True, exist_ok=True)
        self.registry = Registry(self.config.registry)
        self.online = online_of(self.config)
        self.lake = Lake(self.config.lake)
        self.mirror = mirror_of(self.config)
        self.rejects = Rejects(self.config.path / "rejected")
        self.exposures = Exposures(self.config.path / "exposures")
        self.spool = Spool(self.config.path / "spool.db", self.lake)
        self._contents = self.registry.contents()
        self.writes = Writes(self.online, self.spool, self.rejects, clock)
        self._requests: dict[Any, Request] = {}
        self._flusher: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect to the tiers, and begin to move pushed rows into the lake."""
        await self.online.open()
        self._flusher = asyncio.create_task(self._flush_always())

    async def close(self) -> None:
        """Move what waits into the lake, and let go of everything."""
        if self._flusher is not None:
            self._flusher.cancel()
            await asyncio.gather(self._flusher, return_exceptions=True)
            self._flusher = None
            try:
                await self.flush()
                await self.follow()
            finally:
                await self.online.close()
        self.spool.close()
        self.registry.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def contents(self) -> Contents:
        """What the registry held when it was last looked at."""
        return self._contents

    def refresh(self) -> Contents:
        """Look at the registry again; cheap where nothing has changed."""
        found = self.registry.contents()
        if found.revision != self._contents.revision:
            self._contents = found
            self._requests.clear()
        return found

    def plan(self, objects: Sequence[Defined], *, delete: bool = False) -> Diff:
        """What applying definitions would change."""
        return self.registry.plan(objects, delete=delete)

    def apply(
        self, objects: Sequence[Defined], *, delete: bool = False, by: str | None = None
    ) -> Diff:
        """Make the registry say what definitions say; ``delete`` also removes what they leave out."""
        found = self.registry.apply(
            list(objects), by=by or getpass.getuser(), at=self.clock(), delete=delete
        )
        self.refresh()
        return found

    async def push(self, view: str, rows: Data, *, to: str = BOTH) -> Pushed:
        """Write rows of a view: the latest of each entity online, all of them into history.

        Parameters
        ----------
        view
            ``view`` or ``view@v2``.
        rows
            Rows, columns or a frame: the key columns, ``event_timestamp`` (ISO text, a datetime, or ns), perhaps
            ``created``, and the columns.
        to
            ``online``, ``offline`` or ``online_and_offline``.

        Raises
        ------
        DataError
            The rows do not have the view's columns.
        StoreError
            They could not be kept; nothing was confirmed.
        """
        return await self.writes.push(self.schema(view), rows, to)

    async def delete(self, view: str, entities: Sequence[Mapping[str, Any]]) -> None:
        """Say that entities have no latest values from now on; history stays."""
        schema, now = self.schema(view), self.clock()
        keys = [encode_key(entity_key(row, schema.key)) for row in entities]
        for key, entry in zip(
            keys, await self.online.read([(schema.id, k) for k in keys]), strict=True
        ):
            event_ts, created = entry.stamp
            # newer than what is there, even where that is of the future
            await self.online.delete(schema.id, [key], max(now, event_ts), max(now, created + 1))

    def schema(self, view: str) -> Schema:
        """The schema of a view that rows are written to."""
        schema = self._contents.schema(view)
        if self._contents.view(schema.view).kind == ON_DEMAND:
            raise DefinitionError(
                f"{view}: a view with stored rows is needed, got one that is computed on demand"
            )
        return schema

    async def flush(self) -> int:
        """Move pushed rows into the lake; how many."""
        await asyncio.to_thread(self.exposures.flush)
        moved = 0
        for view in await asyncio.to_thread(self.spool.waiting):
            schema = self._contents.schema(view)
            moved += await asyncio.to_thread(self.spool.move, schema)
        return moved

    async def _flush_always(self) -> None:
        swept = 0.0
        while True:
            await asyncio.sleep(FLUSH)
            try:
                await self.flush()
                await self.follow()
                if time.monotonic() - swept > DAY:
                    swept = time.monotonic()
                    await self.sweep()
            except (StoreError, DefinitionError):
                continue  # the rows stay where they are, and are counted by `spool.waiting`

    async def follow(self) -> int:
        """Copy what is new in the lake into the tables in PostgreSQL; how many rows are new or newer there."""
        if self.mirror is None:
            return 0
        return await self.mirror.follow_all(self.lake, list(stored(self._contents)))

    async def sweep(self) -> None:
        """Drop what is kept for too long: dates of the lake, and copies in the durable tier."""
        now, schemas = self.clock(), stored(self._contents)
        await retain_all(self.lake, self.mirror, schemas, self.config, now)
        for tier in self.online.tiers[-1:]:
            if tier.usable:
                await tier.tier.sweep(now - duration(self.config.online.durable_ttl))

    def request(
        self, features: Sequence[str] | str, *, full_feature_names: bool = False
    ) -> Request:
        """What a request reads, found once for each revision of the registry."""
        asked = features if isinstance(features, str) else tuple(features)
        found = self._requests.get((asked, full_feature_names))
        if found is None:
            if len(self._requests) > 10_000:
                self._requests.clear()
            found = request_of(self._contents, features, full_feature_names=full_feature_names)
            self._requests[asked, full_feature_names] = found
        return found

    async def get_online_features(
        self,
        features: Sequence[str] | str,
        entity_rows: Sequence[Mapping[str, Any]],
        *,
        full_feature_names: bool = False,
        wait: bool = True,
    ) -> Answer:
        """The latest values of features for entities.

        Parameters
        ----------
        features
            ``view:feature``, ``view@v2:feature``, ``view:*``; or the name of a service.
        entity_rows
            Rows with the key columns, and the numbers that on-demand views ask for.
        full_feature_names
            Whether the answer says ``view__feature``.
        wait
            Whether to wait for tiers below memory; see `OnlineStore.read`.
        """
        request = self.request(features, full_feature_names=full_feature_names)
        pairs = pairs_of(request, entity_rows, self.exposures, self.clock())
        entries = await self.online.read([pair for _, pair in pairs], wait=wait)
        return answer_of(request, entity_rows, pairs, entries, self.clock())

    async def get_historical_features(
        self,
        entity_df: Data,
        features: Sequence[str] | str,
        *,
        full_feature_names: bool = False,
        known: bool = True,
        statuses: bool = False,
        versions: bool = False,
    ) -> pl.DataFrame:
        """What was known of entities at their times: one row for each row of ``entity_df``, in its order.

        Parameters
        ----------
        entity_df
            The key columns and ``event_timestamp`` (ISO text, datetimes, or ns); other columns come back as they are.
        features, full_feature_names
            As for `get_online_features`.
        known
            Whether a row counts only from when it was made known on; without, late rows are seen before they came.
        statuses
            Whether to add ``NAME__status`` for each feature: PRESENT, NULL_VALUE, NOT_FOUND or OUTSIDE_MAX_AGE.
        versions
            Whether to add ``NAME__version``: the version of the view that the row is of.
        """
        await self.flush()
        request = self.request(features, full_feature_names=full_feature_names)
        return await asyncio.to_thread(
            history_of,
            self.lake,
            request,
            entity_df,
            known=known,
            statuses=statuses,
            versions=versions,
        )
