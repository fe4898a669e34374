"""Events by shard of keys and by day."""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from penstock.core.arrays import I8
from penstock.events import Block, Keys
from penstock.streams.merge import Merged

DAY = 86_400_000_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """Merged events of one day, in order."""

    day: int
    blocks: dict[int, Block]
    streams: I8
    rows: I8
    keys: I8
    start: int  # the first one's time
    end: int  # the last one's


def by_day(merged: Merged) -> Iterator[Part]:
    """Merged events cut at midnight UTC."""
    streams, rows = merged.streams, merged.rows
    times, keys = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    for stream, block in merged.blocks.items():
        mine = streams == stream
        times[mine] = block.columns["time"][rows[mine]]
        keys[mine] = block.columns["key"][rows[mine]]
    days = times // DAY
    cuts = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(rows)]
    for start, stop in itertools.pairwise(cuts):
        if stop > start:
            part = slice(start, stop)
            first, last = int(times[start]), int(times[stop - 1])
            yield Part(
                int(days[start]), merged.blocks, streams[part], rows[part], keys[part], first, last
            )


class Shards:
    """Which shard a key is of: always the same one, whatever other keys there are.

    Attributes
    ----------
    hashes
        Of the names of keys, by their numbers.
    """

    def __init__(self, keys: Keys, count: int) -> None:
        self._keys, self.count = keys, count
        self.hashes = np.empty(0, np.uint64)

    def names(self, shard: int) -> pl.DataFrame:
        """The key columns of a shard's keys."""
        self.settle()
        mine = np.flatnonzero(self.hashes % np.uint64(self.count) == shard).tolist()
        names = [self._keys.names[number] for number in mine]
        columns = self._keys.columns
        return pl.DataFrame(names, dict.fromkeys(columns, pl.String), orient="row")

    def of(self, keys: I8) -> I8:
        """The shards of keys by number."""
        self.settle()
        return (self.hashes[keys] % np.uint64(self.count)).astype(np.int64)

    def settle(self) -> None:
        """Take up keys that are new."""
        known, names = len(self.hashes), self._keys.names
        if known < len(names):
            new = [name_hash(name) for name in names[known:]]
            self.hashes = np.concatenate([self.hashes, np.array(new, np.uint64)])


def name_hash(name: tuple[str, ...]) -> int:
    """64 bits of a key's name."""
    text = "".join(f"{len(part)}:{part}," for part in name)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
