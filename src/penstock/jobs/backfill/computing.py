"""Chunks computed: an engine for each shard of keys, which goes on from day to day."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from penstock.declare import View
from penstock.engine import Engine, Rows
from penstock.events import Keys
from penstock.events.quarantine import Quarantine
from penstock.jobs.backfill.inputs import Inputs
from penstock.jobs.backfill.shards import Part, Shards, by_day
from penstock.jobs.quality.ranges import Ranges
from penstock.jobs.run import A_KEY, block_size
from penstock.jobs.wiring import Ranked
from penstock.plan import Plan
from penstock.streams.merge import merge

CELLS = 1 << 24  # of a shard's rows that wait for the end of the day: 128 MiB


@dataclass(frozen=True, slots=True)
class Chunk:
    """A shard's rows of one day, or of a part of a day that has very many.

    Attributes
    ----------
    index
        The day's place among the days that have events.
    since, until
        The times that it covers.
    keys
        The key columns of all keys that the shard has events of so far.
    frame
        Key columns, ``ts`` and the columns, in order of time; of each key and time the last row.
    engine
        What made it; at the end of the day its snapshot is the state to go on from.
    whole
        Whether it ends its day.
    """

    shard: int
    index: int
    since: int
    until: int
    keys: pl.DataFrame
    frame: pl.DataFrame
    engine: Engine
    whole: bool


Sink = Callable[[Chunk], None]


@dataclass(slots=True)
class _Shard:
    number: int
    begin: int  # the first day that is computed
    since: int
    engine: Engine
    ranges: Ranges
    names: Callable[[], pl.DataFrame]
    rows: Rows = field(init=False)
    held: pl.DataFrame | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.rows = Rows(self.engine.names)

    def push(self, part: Part, mine: np.ndarray) -> None:
        """Take events."""
        made = self.engine.push_merged(
            part.blocks, part.streams[mine].copy(), part.rows[mine].copy()
        )
        self.rows.extend(self.ranges.check(made))

    @property
    def full(self) -> bool:
        """Whether rows must be handed over before the day ends."""
        return self.rows.count * (len(self.rows.names) + 2) > CELLS

    def chunk(self, index: int, until: int, *, whole: bool) -> Chunk:
        """The rows up to a time, before which no event is to come."""
        self.rows.extend(self.ranges.check(self.engine.advance(until)))
        keys = self.engine.keys
        frame = self.rows.take().frame(keys)
        if self.held is not None:
            frame = pl.concat([self.held, frame])
        self.held = None
        if not whole:  # more rows of the last time may follow
            self.held = frame.filter(pl.col("ts") > until)
            frame = frame.filter(pl.col("ts") <= until)
        # a read at a time sees what stands then: the last of several rows of one time
        frame = frame.unique([*keys.columns, "ts"], keep="last", maintain_order=True)
        since, self.since = self.since, until + 1
        return Chunk(
            self.number, index, since, until, self.names(), frame, self.engine, whole=whole
        )


def compute(  # noqa: PLR0913  (what a run is)
    view: View,
    plan: Plan,
    ranked: Ranked,
    inputs: Inputs,
    begins: Sequence[tuple[int, bytes | None]],
    sink: Sink,
    *,
    threads: int,
) -> None:
    """Compute chunks and hand them to a sink, which may be called from several threads, for one shard in order.

    Parameters
    ----------
    view, plan, ranked, inputs
        What is computed, over what.
    begins
        For each shard, the first day to compute, and the state before it.
    sink
        Takes each chunk.
    threads
        Shards that are computed at one time.
    """
    keys, shards = Keys(view.key), list[_Shard]()
    placed = Shards(keys, len(begins))
    for number, (begin, snapshot) in enumerate(begins):
        if begin >= len(inputs.days):
            continue
        engine = Engine(plan, keys, capacity=block_size(plan))
        if snapshot is not None:
            engine.restore(snapshot)
        shards.append(
            _Shard(
                number, begin, inputs.start(begin), engine, Ranges(view),
                lambda number=number: placed.names(number),
            )
        )  # fmt: skip
    if not shards:
        return
    with ThreadPoolExecutor(threads, "penstock-backfill") as pool:
        current = -1
        for merged in merge(ranked, keys, Quarantine(), a_key=A_KEY):
            for part in by_day(merged):
                index = inputs.place(part.day)
                if index != current and current >= 0:
                    _close(pool, shards, current, inputs.until[current], sink)
                current = index
                _push(pool, shards, part, placed.of(part.keys), index, sink)
        if current >= 0:
            _close(pool, shards, current, inputs.until[current], sink)


def _push(
    pool: ThreadPoolExecutor,
    shards: Sequence[_Shard],
    part: Part,
    of: np.ndarray,
    index: int,
    sink: Sink,
) -> None:
    def push(shard: _Shard) -> None:
        mine = of == shard.number
        if mine.any():
            shard.push(part, mine)
            if shard.full:
                sink(shard.chunk(index, part.end - 1, whole=False))

    list(pool.map(push, [shard for shard in shards if shard.begin <= index]))


def _close(
    pool: ThreadPoolExecutor, shards: Sequence[_Shard], index: int, until: int, sink: Sink
) -> None:
    def close(shard: _Shard) -> None:
        sink(shard.chunk(index, until, whole=True))

    list(pool.map(close, [shard for shard in shards if shard.begin <= index]))
