"""History: a view over recorded sources, block by block."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from penstock.core.arrays import I8
from penstock.core.time import Duration
from penstock.declare import View
from penstock.engine import Engine, Rows
from penstock.events import Block, Keys
from penstock.events.quarantine import Quarantine
from penstock.jobs.in_order import admitted
from penstock.jobs.quality.consistency import Consistency, route
from penstock.jobs.quality.ranges import Ranges
from penstock.jobs.wiring import Ranked, Sources, plan_of, ranked, streams_of
from penstock.plan import Plan
from penstock.streams import Stream
from penstock.streams.merge import merge

CAPACITY = 1_024  # ticks of a clock in a block, at most
ARENA = (
    1 << 17
)  # cells that a block's columns should fit into, so that the caches and many keys hold them
A_KEY = 256  # events of each key in a part, about: with 100 symbols of 34 each, calls took half of the time
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class History:
    """A run in progress: iterate it for the rows of each merged chunk.

    Attributes
    ----------
    events
        Events that the engine admitted so far.
    end
        The latest event's time.
    ranges
        What was outside the ranges that the features promise.
    checked
        What broke the rules of ``consistency``; None without rules.
    """

    view: View
    sources: Sources
    quarantine: Quarantine = field(default_factory=Quarantine)
    capacity: int | None = None
    threads: int = 1
    consistency: Sequence[str] = ()
    ttl: Duration | str | int | None = None  # silence after which a key begins anew
    ordered: bool = False  # rows of one time in order of admission, which costs more than by key
    keys: Keys = field(init=False)
    plan: Plan = field(init=False)
    engine: Engine = field(init=False)
    events: int = field(default=0, init=False)
    end: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.keys = Keys(self.view.key)
        self.plan, self._ranked = plan_of(self.view, self.sources)
        self.capacity = self.capacity or block_size(self.plan)
        self.engine = Engine(
            self.plan, self.keys, capacity=self.capacity, threads=self.threads, ttl=self.ttl
        )
        self.ranges = Ranges(self.view)
        if self.consistency:
            self._check()

    ranges: Ranges = field(init=False, repr=False)
    checked: Consistency | None = field(default=None, init=False, repr=False)
    _ranked: Ranked = field(init=False, repr=False)
    _streams: tuple[Stream, ...] = field(default=(), init=False, repr=False)

    def _check(self) -> None:
        """Read the streams of the rules too."""
        stop, have = self.view.ranges == "stop", streams_of(self.view, self.sources)
        size = self.capacity or 1
        self.checked = Consistency(self.consistency, have, self.keys, stop=stop, capacity=size)
        read = {*self.plan.streams, *self.checked.streams}
        self._streams = tuple(stream for stream in have if stream in read)
        self._ranked = ranked(self.sources, self._streams)

    def __iter__(self) -> Iterator[Rows]:
        own = self.plan.streams
        slots = [own.index(stream) if stream in own else -1 for stream in self._streams]
        for merged in merge(self._ranked, self.keys, self.quarantine, a_key=A_KEY):
            found = merged.blocks, merged.streams, merged.rows
            if self.checked is not None:
                self.checked.push_merged(*found, self._streams)
                found = route(*found, slots)
            blocks, _, rows = found
            self.events += len(rows)
            lasts = [int(block.columns["time"][-1]) for block in blocks.values()]
            if lasts:
                self.end = max(lasts if self.end is None else [self.end, *lasts])
                yield self.ranges.check(self._admit(*found))

    def _admit(self, blocks: dict[int, Block], streams: I8, rows: I8) -> Rows:
        if self.ordered:
            return admitted(self.engine, blocks, streams, rows)
        return self.engine.push_merged(blocks, streams, rows)

    def finish(self, end: int | None = None) -> Rows:
        """The rows of timed ticks up to ``end``; by default up to the last event."""
        until = self.end if end is None else end
        if until is None:
            return Rows(self.engine.names)
        return self.ranges.check(self.engine.advance(until))


def block_size(plan: Plan) -> int:
    """Ticks in a block: a power of two, smaller for views of many columns."""
    cells = sum(node.cells for node, _ in plan.columns)
    return max(64, min(CAPACITY, 1 << (ARENA // max(cells, 1)).bit_length() - 1))


def run(  # noqa: PLR0913  (keyword options)
    view: View,
    source: Sources,
    *,
    end: int | None = None,
    threads: int = 1,
    ttl: Duration | str | int | None = None,
    quarantine: Quarantine | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Compute a view over recorded sources.

    Parameters
    ----------
    view
        Features, key and clock.
    source
        One source, several, or sources by role.
    end
        Time in ns up to which timed ticks are made; the last event's time by default.
    threads
        Threads that keys are spread over.
    ttl
        Event time after which a silent key begins anew.
    quarantine
        Where bad rows go; they are only counted by default.
    progress
        Called with (events, rows) after each chunk.

    Returns
    -------
    polars.DataFrame
        The key columns, ``ts`` (int64 ns UTC) and one column per feature, in order of time.

    Raises
    ------
    DefinitionError
        The view asks for a stream that no source has.
    DataError
        Bad input under a policy that stops.
    """
    history = History(view, source, quarantine or Quarantine(), threads=threads, ttl=ttl)
    rows = Rows(history.engine.names)
    for made in history:
        rows.extend(made)
        if progress is not None:
            progress(history.events, rows.count)
    rows.extend(history.finish(end))
    return rows.frame(history.keys)
