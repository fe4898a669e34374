"""A run of events of several streams in memory: cut off, with another future, and run through a plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from penstock.core.arrays import I8
from penstock.core.schema import RECEIVE, EventType
from penstock.declare import View
from penstock.engine import Engine, Rows
from penstock.events import Block, Keys
from penstock.events.quarantine import Quarantine
from penstock.events.source import Source
from penstock.jobs.wiring import Sources, plan_of
from penstock.plan import Plan
from penstock.streams.merge import Merged, merge

FACTOR = 1.25  # what prices and sizes of another future are multiplied by: books stay in order
LEFT_OUT = 0.3  # the share of another future's events that never come


@dataclass(frozen=True, slots=True)
class Tape:
    """Merged events: element i is row ``rows[i]`` of ``blocks[streams[i]]``."""

    plan: Plan
    keys: Keys
    blocks: dict[int, Block]
    streams: I8
    rows: I8

    def __len__(self) -> int:
        return len(self.rows)

    def time(self, element: int) -> int:
        """When an event was."""
        block = self.blocks[int(self.streams[element])]
        return int(block.columns["time"][self.rows[element]])

    def upto(self, count: int) -> "Tape":
        """The first events."""
        return replace(self, streams=self.streams[:count], rows=self.rows[:count])

    def other_future(self, count: int, rng: np.random.Generator) -> "Tape":
        """The first events, and then others: values in another order and of other sizes, some never come."""
        blocks = dict(self.blocks)
        for stream, block in self.blocks.items():
            future = self.rows[count:][self.streams[count:] == stream]
            blocks[stream] = altered(block, future, rng)
        stays = np.ones(len(self), bool)
        stays[count:] = rng.random(len(self) - count) >= LEFT_OUT
        return replace(self, blocks=blocks, streams=self.streams[stays], rows=self.rows[stays])

    def run(self, capacity: int, sizes: Sequence[int] = ()) -> Rows:
        """The rows that the plan makes of the events, handed over in pieces of some sizes and the rest."""
        engine, start = Engine(self.plan, self.keys, capacity=capacity), 0
        made = Rows(engine.names)
        for size in (*sizes, len(self)):
            piece = slice(start, start + size)
            if len(self.rows[piece]):
                made.extend(
                    engine.push_merged(
                        self.blocks, self.streams[piece].copy(), self.rows[piece].copy()
                    )
                )
            start += size
        return made


def altered(block: Block, rows: I8, rng: np.random.Generator) -> Block:
    """A block with other values, and other times of receipt, in some rows; their times and keys stay."""
    columns = {name: column.copy() for name, column in block.columns.items()}
    order = rng.permutation(rows)
    for field in (RECEIVE, *block.type.fields):
        column = columns[field.name]
        column[rows] = column[order] * FACTOR if field.dtype == "f8" else column[order]
    return Block(block.type, columns)


def record(view: View, sources: Sources, events: int) -> Tape:
    """The first events of some sources."""
    keys = Keys(view.key)
    plan, ranked = plan_of(view, sources)
    parts: list[Merged] = []
    left = events
    for merged in merge(ranked, keys, Quarantine()):
        parts.append(merged)
        left -= len(merged.rows)
        if left <= 0:
            break
    return joined(plan, keys, parts).upto(events)


def joined(plan: Plan, keys: Keys, parts: Sequence[Merged]) -> Tape:
    """Merged parts as one."""
    blocks: dict[int, list[Block]] = {}
    streams, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in parts:
        before = {s: sum(map(len, found)) for s, found in blocks.items()}
        starts = np.array([before.get(s, 0) for s in range(len(plan.streams))], np.int64)
        streams.append(part.streams)
        rows.append(part.rows + starts[part.streams])
        for stream, block in part.blocks.items():
            blocks.setdefault(stream, []).append(block)
    whole = {stream: one_block(found) for stream, found in blocks.items()}
    return Tape(plan, keys, whole, np.concatenate(streams), np.concatenate(rows))


def one_block(blocks: Sequence[Block]) -> Block:
    """Blocks one after the other."""
    names = blocks[0].columns
    return Block(
        blocks[0].type, {name: np.concatenate([b.columns[name] for b in blocks]) for name in names}
    )


@dataclass(frozen=True, slots=True)
class Recorded:
    """A source that was read into memory, under the keys that it had."""

    name: str
    blocks: tuple[Block, ...]
    keys: Keys
    hash: str = ""

    @property
    def types(self) -> tuple[EventType, ...]:
        """The types of the blocks."""
        return tuple(block.type for block in self.blocks)

    def content_hash(self) -> str:
        """That of the source which was read."""
        return self.hash

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:  # noqa: ARG002  (what a source has)
        """All events in one chunk."""
        numbers = keys.number_all(self.keys.names)
        yield tuple(
            Block(b.type, {**b.columns, "key": numbers[b.columns["key"]]}) for b in self.blocks
        )

    @classmethod
    def of(cls, source: Source, columns: tuple[str, ...], events: int) -> "Recorded":
        """Read the first chunks of a source, so many events or more."""
        keys, parts, left = Keys(columns), list[tuple[Block, ...]](), events
        for chunk in source.chunks(keys, Quarantine()):
            parts.append(chunk)
            left -= sum(map(len, chunk))
            if left <= 0:
                break
        blocks = tuple(one_block(of_type) for of_type in zip(*parts, strict=True))
        return cls(source.name, blocks, keys, source.content_hash())

    def other_future(self, time: int, rng: np.random.Generator) -> "Recorded":
        """The source with other values from a time on."""
        blocks = tuple(
            altered(block, np.flatnonzero(block.columns["time"] >= time), rng)
            for block in self.blocks
        )
        return replace(self, blocks=blocks)
