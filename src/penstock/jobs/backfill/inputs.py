"""What a backfill reads, day by day and shard by shard, as digests: the same events have the same digest."""

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.core.native import platform_text
from penstock.declare import Schema
from penstock.events import Keys
from penstock.events.quarantine import Quarantine
from penstock.jobs.backfill.shards import DAY, Part, Shards, by_day
from penstock.jobs.run import A_KEY
from penstock.jobs.wiring import Ranked
from penstock.streams import Stream
from penstock.streams.merge import merge


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read.

    Attributes
    ----------
    days
        Days (since 1970) that have events. A chunk reaches from one of them to the next.
    until
        The last time of each chunk.
    first
        The first event's time.
    digests
        By shard, one for each chunk: of its events and of all before them, since a chunk goes on from the one before.
    events
        How many there are.
    """

    days: tuple[int, ...]
    until: tuple[int, ...]
    first: int
    digests: tuple[tuple[str, ...], ...]
    events: int

    def place(self, day: int) -> int:
        """The place of a day among the days."""
        return bisect_left(self.days, day)

    def start(self, index: int) -> int:
        """The first time of a chunk; before the first event there is nothing."""
        return max(self.first, self.days[index] * DAY)


class _Sums:
    """Running hashes of one shard's day: one of each column, so that it does not matter how events were grouped."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, str], hashlib.blake2b] = {}

    def add(self, part: Part, mine: np.ndarray, hashes: np.ndarray) -> None:
        """Take the events of a mask."""
        self._update(-1, "order", part.streams[mine])
        for stream, block in part.blocks.items():
            rows = part.rows[mine & (part.streams == stream)]
            if not len(rows):
                continue
            for name, column in block.columns.items():
                cells = column[rows]
                self._update(stream, name, hashes[cells] if name == "key" else cells)

    def _update(self, stream: int, name: str, cells: np.ndarray) -> None:
        found = self._sums.get((stream, name))
        if found is None:
            found = self._sums[stream, name] = hashlib.blake2b(digest_size=16)
        found.update(np.ascontiguousarray(cells).tobytes())

    def digest(self, before: str, until: int) -> str:
        """The chunk's digest after that of the one before it."""
        whole = hashlib.blake2b(f"{before} {until}".encode(), digest_size=16)
        for (stream, name), found in sorted(self._sums.items()):
            whole.update(f"{stream} {name}".encode() + found.digest())
        return whole.hexdigest()


def read_inputs(  # noqa: PLR0913  (what decides about bits)
    schema: Schema,
    ranked: Ranked,
    streams: Sequence[Stream],
    quarantine: Quarantine,
    *,
    to: str,
    shards: int,
    end: int | None,
) -> Inputs:
    """Read sources once, in bounded memory, and sum up what they hold."""
    keys = Keys(schema.key)
    placed = Shards(keys, shards)
    told = [schema.fingerprint, platform_text(), to, *(stream.text for stream in streams)]
    base = hashlib.blake2b("\n".join(told).encode(), digest_size=16).hexdigest()
    days: list[int] = []
    sums: list[list[_Sums]] = []
    events, first, last = 0, None, 0
    for merged in merge(ranked, keys, quarantine, a_key=A_KEY):
        for part in by_day(merged):
            if not days or days[-1] != part.day:
                days.append(part.day)
                sums.append([_Sums() for _ in range(shards)])
            first = part.start if first is None else first
            of = placed.of(part.keys)
            for shard in np.unique(of).tolist():
                sums[-1][shard].add(part, of == shard, placed.hashes)
            events, last = events + len(part.rows), max(last, part.end)
    final = last if end is None else max(end, last)
    until = [*(day * DAY - 1 for day in days[1:]), *([final] if days else [])]
    digests: list[tuple[str, ...]] = []
    for shard in range(shards):
        chain = [base]
        for day, upto in zip(sums, until, strict=True):
            chain.append(day[shard].digest(chain[-1], upto))
        digests.append(tuple(chain[1:]))
    return Inputs(tuple(days), tuple(until), first or 0, tuple(digests), events)
