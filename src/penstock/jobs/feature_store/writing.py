"""Writes: rows judged, kept for the lake, and put online."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from penstock.core.arrays import F8
from penstock.core.errors import DefinitionError
from penstock.declare import Schema
from penstock.jobs.feature_store.reading import packer_of
from penstock.jobs.feature_store.rejects import Rejects
from penstock.jobs.feature_store.spool import Spool
from penstock.jobs.feature_store.tables import DTYPES, Data, Table, table_of
from penstock.jobs.feature_store.validator import Validator, said
from penstock.store.entity import encode_key
from penstock.store.online.store import OnlineStore, Written

Wrong = dict[int, tuple[str, dict[str, Any]]]  # by row, why it is not kept, and what it held
Judge = Callable[[Schema, Table], tuple[pl.DataFrame, Wrong, Mapping[tuple[str, str], int]]]

ONLINE, OFFLINE, BOTH = TO = ("online", "offline", "online_and_offline")


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of rows that were pushed.

    Attributes
    ----------
    accepted
        How many were kept.
    newer
        How many of these are now the latest of their entity.
    rejected
        By the row's place, why it was not kept.
    flags
        Values that were flagged, filled or made null, by reason and column.
    later
        Tiers that are away and will get the rows when they are back.
    """

    view: str
    accepted: int
    newer: int
    rejected: Mapping[int, str]
    flags: Mapping[tuple[str, str], int]
    later: tuple[str, ...]


class Writes:
    """Writes rows of views.

    Parameters
    ----------
    online, spool, rejects
        Where rows go: those that are kept, those on their way to the lake, and the others.
    clock
        When rows are made known, in ns.

    Attributes
    ----------
    validators
        By view, what judges its rows.
    newest
        By view, the latest event time that was written.
    """

    def __init__(
        self, online: OnlineStore, spool: Spool, rejects: Rejects, clock: Callable[[], int]
    ) -> None:
        self._online, self._spool, self._rejects, self._clock = online, spool, rejects, clock
        self.validators: dict[str, Validator] = {}
        self.newest: dict[str, int] = {}

    async def push(self, schema: Schema, rows: Data, to: str = BOTH) -> Pushed:
        """Write rows of a view; see `AsyncFeatureStore.push`."""
        if to not in TO:
            raise DefinitionError(f"push: to must be one of {', '.join(TO)}, got {to!r}")
        now = self._clock()
        table = table_of(rows, schema, now)
        kept, wrong, flags = self.judged(schema, table)
        self._rejects.add(
            schema.id, now, {row: (why, values) for row, (why, values) in wrong.items()}
        )
        newer, later = 0, tuple[str, ...]()
        if kept.height:
            latest = int(kept["ts"].max())  # type: ignore[arg-type]
            self.newest[schema.id] = max(latest, self.newest.get(schema.id, latest))
        if kept.height and to != ONLINE:
            await asyncio.to_thread(self._spool.add, schema, kept)
        if kept.height and to != OFFLINE:
            written = await self.put(schema, kept)
            newer, later = sum(written.replaced), written.later
        reasons = {row: why for row, (why, _) in wrong.items()}
        return Pushed(schema.id, kept.height, newer, reasons, flags, later)

    async def put(self, schema: Schema, frame: pl.DataFrame) -> Written:
        """Put rows online as they are: the key columns, ``ts``, ``created`` and the columns."""
        keys = [encode_key(key) for key in frame.select(schema.key).iter_rows()]
        return await self._online.write(schema.id, keys, packer_of(schema).pack_table(frame))

    def judged(
        self, schema: Schema, table: Table
    ) -> tuple[pl.DataFrame, Wrong, Mapping[tuple[str, str], int]]:
        """The rows that are kept, the others with their reasons, and what was flagged."""
        frame, wrong = table.frame, dict(table.wrong)
        good = [row for row in range(frame.height) if row not in wrong] if wrong else None
        tried = frame if good is None else frame[good]
        values, nulls = Table(tried, {}).numbers(schema)
        judged = self.validator(schema).judge(values, nulls)
        places = range(frame.height) if good is None else good
        wrong |= {places[row]: why for row, why in said(judged.reasons, schema).items()}
        if judged.values is not values:
            tried = renewed(tried, schema, judged.values, values)
        kept = tried if judged.kept.all() else tried.filter(pl.Series(judged.kept))
        aside = {row: (why, frame.row(row, named=True)) for row, why in sorted(wrong.items())}
        return kept, aside, judged.flags

    def validator(self, schema: Schema) -> Validator:
        """What judges rows of a version; anew where its checks have changed."""
        found = self.validators.get(schema.id)
        if found is None or found.schema != schema:
            found = self.validators[schema.id] = Validator(schema)
        return found


def renewed(frame: pl.DataFrame, schema: Schema, values: F8, before: F8) -> pl.DataFrame:
    """A frame with the numbers that were filled or made null."""
    made: list[pl.Series] = []
    for i, column in enumerate(schema.columns):
        new, old = values[:, i], before[:, i]
        if column.kind != "str" and not np.array_equal(new, old, equal_nan=True):
            series = pl.Series(column.name, new, dtype=pl.Float64)
            if column.kind != "f8":
                series = series.fill_nan(None).cast(DTYPES[column.kind])
            made.append(series)
    return frame.with_columns(made) if made else frame
