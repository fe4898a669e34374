"""The feature store, for callers that wait."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl

from penstock.declare import Schema
from penstock.jobs.feature_store.answers import Answer
from penstock.jobs.feature_store.loop import LoopThread
from penstock.jobs.feature_store.materialize import materialize
from penstock.jobs.feature_store.reading import answer_of, pairs_of
from penstock.jobs.feature_store.store import AsyncFeatureStore
from penstock.jobs.feature_store.tables import Data
from penstock.jobs.feature_store.upkeep import remove_table
from penstock.jobs.feature_store.writing import BOTH, Pushed
from penstock.store.config import StoreConfig
from penstock.store.online.memory import Entry
from penstock.store.online.store import Written
from penstock.store.registry.contents import Contents
from penstock.store.registry.definitions import Defined
from penstock.store.registry.diff import Diff


class FeatureStore:
    """Definitions, writes, online reads and point-in-time joins; for any thread.

    What memory has is read by the calling thread; the rest goes through an event loop in a thread of its own.

    Parameters
    ----------
    place
        A ``penstock.toml``, a directory with or without one, or settings.
    clock
        The time in ns.

    Examples
    --------
    >>> import tempfile
    >>> from penstock.declare import Field, Pushed
    >>> trips = Pushed("trips", [Field("rate")], key="driver")
    >>> with tempfile.TemporaryDirectory() as folder, FeatureStore(folder, clock=lambda: 2_000) as store:
    ...     print(store.apply([trips]))
    ...     found = store.push("trips", [{"driver": 7, "event_timestamp": 1_000, "rate": 0.5}])
    ...     store.get_online_features(["trips:rate"], [{"driver": 7}, {"driver": 8}]).to_dict()
    create pushed trips@v1
    {'driver': [7, 8], 'rate': [0.5, None]}
    """

    def __init__(
        self, place: StoreConfig | Path | str = ".", *, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self.inner = AsyncFeatureStore(place, clock=clock)
        self._loop = LoopThread()
        try:
            self._loop.run(self.inner.open())
        except BaseException:
            self._loop.close()
            raise

    def close(self) -> None:
        """Move what waits into the lake, and let go of everything."""
        try:
            self._loop.run(self.inner.close())
        finally:
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def contents(self) -> Contents:
        """What the registry holds."""
        return self.inner.refresh()

    def plan(self, objects: Sequence[Defined], *, delete: bool = False) -> Diff:
        """What applying definitions would change."""
        return self.inner.plan(objects, delete=delete)

    def apply(
        self, objects: Sequence[Defined], *, delete: bool = False, by: str | None = None
    ) -> Diff:
        """Make the registry say what definitions say; ``delete`` also removes what they leave out."""
        return self.inner.apply(objects, delete=delete, by=by)

    def list_feature_views(self) -> list[str]:
        """The names of all views."""
        return list(self.contents.views)

    def list_feature_services(self) -> list[str]:
        """The names of all services."""
        return self.contents.names("service")

    def list_entities(self) -> list[str]:
        """The names of all entities."""
        return self.contents.names("entity")

    def get_feature_view(self, name: str) -> dict[str, Any]:
        """Where a view's columns come from, and which services have it."""
        return self.contents.lineage(name)

    def delete_feature_view(
        self, name: str, *, by: str = "", rename_table: bool = False
    ) -> str | None:
        """Delete a view that no service has, with all versions, latest values, history, and its table in PostgreSQL.

        The registry forgets it last, so that whoever is interrupted does it again.

        Parameters
        ----------
        name, by
            The view, and who asks.
        rename_table
            Whether its table in PostgreSQL stays under another name, which has the time in it.

        Returns
        -------
        str or None
            What became of the table; None where there is none.
        """
        entry = self.contents.view(name)
        self.contents.deletable(name)
        self.flush()  # what is on its way has no place to go afterwards
        for schema in entry.versions.values():
            self._loop.run(self.inner.online.drop_view(schema.id))
        self.inner.lake.drop(name)
        now, mirror = self.inner.clock(), self.inner.mirror
        said = self._loop.run(remove_table(mirror, name, now, rename=rename_table))
        self.inner.registry.delete(entry.kind, name, by=by, at=now)
        self.inner.refresh()
        return said

    def push(self, push_source_name: str, df: Data, *, to: str = BOTH) -> Pushed:
        """Write rows of a view: the latest of each entity online, all of them into history."""
        return self._loop.run(self.inner.push(push_source_name, df, to=to))

    def write_to_online_store(self, feature_view_name: str, df: Data) -> Pushed:
        """Write the latest values of entities."""
        return self.push(feature_view_name, df, to="online")

    def write_to_offline_store(self, feature_view_name: str, df: Data) -> Pushed:
        """Write rows into history."""
        return self.push(feature_view_name, df, to="offline")

    def materialize(
        self,
        start_date: Any = None,
        end_date: Any = None,
        feature_views: Sequence[str] | None = None,
    ) -> dict[str, int]:
        """Put the latest rows of history online; see `materialize`."""
        return self._loop.run(materialize(self.inner, start_date, end_date, feature_views))

    def put_online(self, schema: Schema, frame: pl.DataFrame) -> Written:
        """Put rows online with the stamps that history has them under: computed rows, which are judged already."""
        return self._loop.run(self.inner.writes.put(schema, frame))

    def read_entries(self, schema: Schema, keys: Sequence[bytes]) -> list[Entry]:
        """What the tiers hold of encoded keys."""
        return self._loop.run(self.inner.online.read([(schema.id, key) for key in keys]))

    def delete(self, view: str, entities: Sequence[Mapping[str, Any]]) -> None:
        """Say that entities have no latest values from now on; history stays."""
        self._loop.run(self.inner.delete(view, entities))

    def flush(self) -> int:
        """Move pushed rows into the lake now; how many."""
        return self._loop.run(self.inner.flush())

    def follow(self) -> int:
        """Copy what is new in the lake into the tables in PostgreSQL now; how many rows are new or newer there."""
        return self._loop.run(self.inner.follow())

    def get_online_features(
        self,
        features: Sequence[str] | str,
        entity_rows: Sequence[Mapping[str, Any]],
        *,
        full_feature_names: bool = False,
    ) -> Answer:
        """The latest values of features, or of a service's, for entities."""
        request = self.inner.request(features, full_feature_names=full_feature_names)
        pairs = pairs_of(request, entity_rows, self.inner.exposures, self.inner.clock())
        entries = [self.inner.online.peek(*pair) for _, pair in pairs]
        known = [entry for entry in entries if entry is not None]
        if len(known) < len(pairs):
            known = self._loop.run(self.inner.online.read([pair for _, pair in pairs]))
        return answer_of(request, entity_rows, pairs, known, self.inner.clock())

    def get_historical_features(
        self,
        entity_df: Data,
        features: Sequence[str] | str,
        *,
        full_feature_names: bool = False,
        known: bool = True,
        statuses: bool = False,
        versions: bool = False,
    ) -> pl.DataFrame:
        """What was known of entities at their times, one row for each row of ``entity_df``, in its order."""
        return self._loop.run(
            self.inner.get_historical_features(
                entity_df,
                features,
                full_feature_names=full_feature_names,
                known=known,
                statuses=statuses,
                versions=versions,
            )
        )

    def status(self) -> dict[str, Any]:
        """How memory and each tier are, what waits for the lake, and why a table does not follow it."""
        mirror = self.inner.mirror
        return self.inner.online.status() | {
            "spool": self.inner.spool.waiting(),
            "mirror": dict(mirror.failed) if mirror else {},
        }
