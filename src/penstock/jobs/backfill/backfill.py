"""A view over recorded sources into history and online, in chunks that a kill neither loses nor doubles.

A chunk is a day of some keys. It is computed, compared with what history has, what differs is written, its latest rows
are put online, and then it is noted as done with the state after it. Whoever is killed before that does it again, and
finds the rows that are in already.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from penstock.core.errors import DefinitionError
from penstock.core.time import duration
from penstock.declare import Schema, View
from penstock.events.quarantine import Quarantine
from penstock.jobs.backfill.computing import Chunk, compute
from penstock.jobs.backfill.inputs import Inputs, read_inputs
from penstock.jobs.backfill.registered import own_judge, registered
from penstock.jobs.backfill.shards import DAY
from penstock.jobs.backfill.standing import Stored, settled
from penstock.jobs.feature_store import FeatureStore
from penstock.jobs.feature_store.reading import packer_of
from penstock.jobs.feature_store.tables import Table
from penstock.jobs.feature_store.writing import BOTH, OFFLINE, ONLINE, TO
from penstock.jobs.wiring import Sources, plan_of
from penstock.store.entity import encode_key
from penstock.store.offline.chunks import Chunks, chunks_of
from penstock.store.online.packed import Packer, is_deleted, stamp

SHARDS = 4
Progress = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class Filled:
    """What a backfill did.

    Attributes
    ----------
    view
        The version, such as ``quotes@v2``.
    events, days
        What the sources hold.
    computed, unchanged
        Chunks: done now, and found done over the same events.
    rows
        Rows that were computed.
    fresh, same, changed, gone
        Rows that history did not have, had in the same bits, had in other bits, and had though none is computed.
    refused
        Rows that the view's checks did not let in.
    newer
        Times that an entity got a newer row online.
    later
        Tiers that are away and will get rows when they are back.
    expiring
        Days that are older than history is kept: the next sweep of a store that stays open removes them.
    """

    view: str
    events: int
    days: int
    expiring: int = 0
    computed: int = 0
    unchanged: int = 0
    rows: int = 0
    fresh: int = 0
    same: int = 0
    changed: int = 0
    gone: int = 0
    refused: int = 0
    newer: int = 0
    later: tuple[str, ...] = ()


def backfill(  # noqa: PLR0913  (keyword options)
    store: FeatureStore,
    view: View,
    sources: Sources,
    *,
    end: int | None = None,
    to: str = BOTH,
    shards: int = SHARDS,
    threads: int | None = None,
    force: bool = False,
    quarantine: Quarantine | None = None,
    progress: Progress | None = None,
) -> Filled:
    """Compute a registered view over recorded sources, and bring what a store has to what was computed.

    Sources are read twice: once to see which days' events are new, once to compute those, from the state that the day
    before left. Rows that history has in the same bits stay as they are; a row in other bits gets one beside it that is
    known from now on, a row that is computed no more a null one.

    Parameters
    ----------
    store
        Where rows go.
    view
        What is computed, as it is registered.
    sources
        The whole history of the view's events: each day goes on from the day before.
    end
        Time in ns up to which timed ticks are made; the last event's time by default.
    to
        ``online``, ``offline`` or ``online_and_offline``.
    shards
        Groups of keys, each with chunks of its own. Another number begins anew.
    threads
        Shards that are computed at one time; as many as there are processors by default.
    force
        Whether chunks are computed though their events are known.
    quarantine
        Where bad rows of the sources go; they are only counted by default.
    progress
        Called with (events, rows, chunks) after each chunk.

    Raises
    ------
    DefinitionError
        The view is not registered as it is defined, or asks for a stream that no source has.
    StoreError
        History cannot be written, the durable tier is away, or another process fills the same version.
    """
    if to not in TO:
        raise DefinitionError(f"backfill: to must be one of {', '.join(TO)}, got {to!r}")
    if shards < 1:
        raise DefinitionError(f"backfill: at least 1 shard is needed, got {shards}")
    schema = registered(store, view)
    shards = 1 if view.routes else shards  # routes carry events from key to key
    plan, ranked = plan_of(view, sources)
    store.flush()  # rows that were pushed are history too
    with chunks_of(store.inner.lake, schema) as chunks:
        inputs = read_inputs(
            schema, ranked, plan.streams, quarantine or Quarantine(), to=to,
            shards=shards, end=end,
        )  # fmt: skip
        begins = [_begin(chunks, inputs, shard, shards, force=force) for shard in range(shards)]
        whole = shards * len(inputs.days)
        left = sum(len(inputs.days) - begin for begin, _ in begins)
        keep = schema.retention or duration(store.inner.config.offline.retention)
        oldest = store.inner.clock() - keep
        expiring = 0 if to == ONLINE else sum((day + 1) * DAY <= oldest for day in inputs.days)
        filled = Filled(
            schema.id, inputs.events, len(inputs.days), expiring, unchanged=whole - left
        )
        fill = _Fill(store, schema, inputs, chunks, to, shards, filled, progress)
        compute(
            view, plan, ranked, inputs, begins, fill.take,
            threads=threads or min(shards, os.cpu_count() or 1),
        )  # fmt: skip
    return fill.filled


def _begin(
    chunks: Chunks, inputs: Inputs, shard: int, shards: int, *, force: bool
) -> tuple[int, bytes | None]:
    """The first day of a shard that is to be computed, and the state before it."""
    done = {} if force else chunks.digests(shards, shard)
    begin = 0
    for day, digest in zip(inputs.days, inputs.digests[shard], strict=True):
        if done.get(day) != digest:
            break
        begin += 1
    if begin == len(inputs.days):
        return begin, None
    while begin:
        snapshot = chunks.snapshot(shards, shard, inputs.days[begin - 1])
        if snapshot is not None:
            return begin, snapshot
        begin -= 1
    return 0, None


def bits_of(packer: Packer, packed: bytes) -> tuple[bytes, bytes]:
    """A row's values and where they are null, without its stamp; -0.0 is another value than 0.0."""
    row = packer.unpack(packed)
    return row.cells.tobytes(), row.null.tobytes()


class _Fill:
    """Takes chunks, from several threads, and counts what becomes of them."""

    def __init__(  # noqa: PLR0913, PLR0917  (what a chunk needs)
        self,
        store: FeatureStore,
        schema: Schema,
        inputs: Inputs,
        chunks: Chunks,
        to: str,
        shards: int,
        filled: Filled,
        progress: Progress | None,
    ) -> None:
        self.store, self.schema, self.inputs, self.chunks = store, schema, inputs, chunks
        self.to, self.shards, self.filled, self.progress = to, shards, filled, progress
        self.have = Stored(store.inner.lake, schema)
        self.judged = own_judge(store)
        self._lock = threading.Lock()

    def _put_online(self, latest: pl.DataFrame, now: int) -> tuple[int, tuple[str, ...]]:
        """Put rows online; how many are newer there, and the tiers that get them later."""
        put = self.store.put_online(self.schema, latest)
        rest = latest.filter(~pl.Series(put.replaced, dtype=pl.Boolean))
        if not rest.height:
            return sum(put.replaced), put.later
        # a row of the same time that is there in other bits, written past history, gives way too
        keys = [encode_key(key) for key in rest.select(self.schema.key).iter_rows()]
        packer = packer_of(self.schema)
        created: list[int | None] = []
        wanted = packer.pack_table(rest)
        for row, entry in zip(wanted, self.store.read_entries(self.schema, keys), strict=True):
            other = entry.packed is not None and entry.stamp[0] == stamp(row)[0]
            other = other and not is_deleted(entry.packed or b"")
            if other and bits_of(packer, entry.packed or b"") != bits_of(packer, row):
                created.append(max(now, entry.stamp[1] + 1))
            else:
                created.append(None)
        wrong = rest.with_columns(pl.Series("created", created, pl.Int64)).filter(
            pl.col("created").is_not_null()
        )
        if not wrong.height:
            return sum(put.replaced), put.later
        again = self.store.put_online(self.schema, wrong)
        return sum(put.replaced) + sum(again.replaced), (*put.later, *again.later)

    def take(self, chunk: Chunk) -> None:
        """Bring the store to what a chunk says, then note it."""
        store, schema = self.store.inner, self.schema
        judging = chunk.frame.with_columns(pl.col("ts").alias("created"))
        kept, wrong, _ = self.judged(schema, Table(judging, {}))
        now = store.clock()
        store.rejects.add(schema.id, now, wrong)
        have = self.have.of(chunk)
        found = settled(schema, kept.drop("created"), have, now)
        if self.to != ONLINE and found.write.height:
            store.lake.write(schema, found.write)
        newer, later = 0, tuple[str, ...]()
        if self.to != OFFLINE and found.rows.height:
            key = list(schema.key)
            latest = found.rows.sort("ts").unique(key, keep="last", maintain_order=True)
            newer, later = self._put_online(latest, now)
        if chunk.whole:
            digest = self.inputs.digests[chunk.shard][chunk.index]
            day, state = self.inputs.days[chunk.index], chunk.engine.snapshot()
            self.chunks.done(self.shards, chunk.shard, day, digest, state)
        with self._lock:
            was = self.filled
            self.filled = replace(
                was,
                computed=was.computed + chunk.whole,
                rows=was.rows + chunk.frame.height,
                fresh=was.fresh + found.fresh,
                same=was.same + found.same,
                changed=was.changed + found.changed,
                gone=was.gone + found.gone,
                refused=was.refused + len(wrong),
                newer=was.newer + newer,
                later=tuple(dict.fromkeys((*was.later, *later))),
            )
            if self.progress is not None:
                done = self.filled
                self.progress(done.events, done.rows, done.computed)
