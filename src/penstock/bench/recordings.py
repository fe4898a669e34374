"""Recordings that are repeated until they are long enough to be timed."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from penstock.core.schema import EventType
from penstock.events import Block, Keys, Quarantine, Source

GAP = 1_000_000_000  # ns between two repetitions


@dataclass(frozen=True)
class Repeated:
    """A source that gives a block, and then another again and again, each later than the last.

    Attributes
    ----------
    name
        What it repeats.
    names
        The keys of the blocks' numbers.
    first, again
        What comes once, and what follows.
    times
        How many blocks in all.
    """

    name: str
    names: tuple[tuple[str, ...], ...]
    first: Block
    again: Block
    times: int

    @property
    def types(self) -> tuple[EventType, ...]:
        """The blocks' type."""
        return (self.first.type,)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """A chunk per repetition."""
        numbers = keys.number_all(self.names)
        span = max(int(b.columns["time"][-1]) for b in (self.first, self.again)) + GAP
        span -= min(int(b.columns["time"][0]) for b in (self.first, self.again))
        for turn in range(self.times):
            block = self.again if turn else self.first
            columns = dict(block.columns)
            columns["key"] = numbers[columns["key"]]
            for name in ("time", "receive"):
                columns[name] = columns[name] + turn * span
            if "sequence" in columns:
                columns["sequence"] = columns["sequence"] + turn * steps(self)
            quarantine.saw(self.name, len(block))
            yield (Block(block.type, columns),)

    def content_hash(self) -> str:
        """The hash of both blocks and of how often they come."""
        parts = [str(self.times).encode()]
        parts += [c.tobytes() for b in (self.first, self.again) for c in b.columns.values()]
        return hashlib.sha256(b"".join(parts)).hexdigest()


def steps(recording: Repeated) -> int:
    """By how much the numbers of messages rise from one repetition to the next."""
    return 1 + max(int(b.columns["sequence"].max()) for b in (recording.first, recording.again))


def gathered(source: Source, type: EventType) -> tuple[Block, tuple[tuple[str, ...], ...]]:
    """All of a source's events of a type as one block, and its keys."""
    keys, place = Keys(), source.types.index(type)
    blocks = [chunk[place] for chunk in source.chunks(keys, Quarantine())]
    columns = {
        name: np.concatenate([b.columns[name] for b in blocks]) for name in blocks[0].columns
    }
    return Block(type, columns), tuple(keys.names)


def picked(block: Block, rows: np.ndarray | slice) -> Block:
    """Some rows of a block."""
    return Block(block.type, {name: column[rows] for name, column in block.columns.items()})


def joined(*blocks: Block) -> Block:
    """Blocks one after the other."""
    names = blocks[0].columns
    columns = {name: np.concatenate([b.columns[name] for b in blocks]) for name in names}
    return Block(blocks[0].type, columns)
