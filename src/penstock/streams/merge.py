"""Merge sources into one sequence by (time, rank, order)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from penstock.core.schema import EventType
from penstock.events import Block, Keys
from penstock.events.quarantine import Quarantine
from penstock.events.source import CHUNK, Source

END = np.iinfo(np.int64).max


@dataclass(slots=True)
class Merged:
    """Events of several streams in order: element i is row ``rows[i]`` of ``blocks[streams[i]]``."""

    blocks: dict[int, Block]
    streams: np.ndarray
    rows: np.ndarray


class _Feed:
    """One source: its chunks, and the events that were read but not yet handed on."""

    def __init__(self, chunks: Iterator[tuple[Block, ...]], ranks: Mapping[EventType, int]) -> None:
        self.chunks, self.ranks = chunks, ranks
        self.waiting: list[tuple[int, Block]] = []
        self.watermark = -END  # no event before it is to come

    @property
    def count(self) -> int:
        """Events that wait."""
        return sum(len(block) for _, block in self.waiting)

    def read(self) -> None:
        """Read the next chunk; at the end the watermark is END."""
        blocks = next(self.chunks, None)
        if blocks is None:
            self.watermark = END
            return
        for block in blocks:
            if len(block) and block.type in self.ranks:
                self.waiting.append((self.ranks[block.type], block))
        lasts = [int(block.columns["time"][-1]) for block in blocks if len(block)]
        self.watermark = max([self.watermark, *lasts])


def merge(
    sources: Sequence[tuple[Source, Mapping[EventType, int]]],
    keys: Keys,
    quarantine: Quarantine,
    *,
    a_key: int = 0,
) -> Iterator[Merged]:
    """Events of all sources in order of time, then rank, then their own order, in bounded memory.

    Parameters
    ----------
    sources
        Each source with the rank of each of its event types; types without a rank are left out.
    a_key
        Events a key that are read before some are handed on, up to a chunk in all; no time is split between two parts
        then. Without it blocks are handed on as they are read, as long as none has to be copied.
    """
    feeds = [_Feed(source.chunks(keys, quarantine), ranks) for source, ranks in sources]
    while any(feed.watermark < END or feed.waiting for feed in feeds):
        slowest = min(feeds, key=lambda feed: feed.watermark)
        slowest.read()
        watermark = min(feed.watermark for feed in feeds)
        if watermark < END and sum(feed.count for feed in feeds) < min(a_key * len(keys), CHUNK):
            continue
        if a_key:
            yield from _handed(feeds, watermark, (-1, 0))
            continue
        cut = -END
        while cut < watermark:
            cut = _cut(feeds, watermark)
            yield from _handed(feeds, cut, _last(feeds, cut))


def _handed(feeds: Sequence[_Feed], cut: int, last: tuple[int, int]) -> Iterator[Merged]:
    """What lies before a cut, and of the events exactly at it those up to a rank and feed."""
    ready = [part for i, feed in enumerate(feeds) for part in _release(feed, i, cut, last)]
    if ready:
        yield _ordered(ready)


def _cut(feeds: Sequence[_Feed], watermark: int) -> int:
    """Up to where each feed's events of a rank lie in one block: joining blocks would copy them."""
    cut = watermark
    for feed in feeds:
        first: dict[int, Block] = {}
        for rank, block in feed.waiting:
            before = first.setdefault(rank, block)
            if before is block:
                continue
            times, start = block.columns["time"], int(before.columns["time"][0])
            place = 0 if times[0] > start else int(np.searchsorted(times, start, side="right"))
            if place < len(times):
                cut = min(cut, int(times[place]) - 1)
                break
    return cut


def _last(feeds: Sequence[_Feed], cut: int) -> tuple[int, int]:
    """The last rank and feed whose events exactly at the cut are handed on: before others one may follow."""
    follow = [
        (min(f.ranks.values()), i) for i, f in enumerate(feeds) if f.watermark == cut and f.ranks
    ]
    return min(follow, default=(END, 0))


def _release(feed: _Feed, number: int, cut: int, last: tuple[int, int]) -> list[tuple[int, Block]]:
    ready, waiting = [], []
    for rank, block in feed.waiting:
        side = "right" if (rank, number) <= last else "left"
        end = len(block)
        if cut < END:
            end = int(np.searchsorted(block.columns["time"], cut, side))
        if end:
            ready.append((rank, block.take(slice(0, end)) if end < len(block) else block))
        if end < len(block):
            waiting.append((rank, block.take(slice(end, None)) if end else block))
    feed.waiting = waiting
    return ready


def _ordered(ready: list[tuple[int, Block]]) -> Merged:
    by_rank: dict[int, list[Block]] = {}
    for rank, block in ready:
        by_rank.setdefault(rank, []).append(block)
    blocks = {rank: _joined(parts) for rank, parts in sorted(by_rank.items())}
    sizes = [len(block) for block in blocks.values()]
    streams = np.repeat(np.array(list(blocks), np.int64), sizes)
    rows = np.concatenate([np.arange(size) for size in sizes])
    if len(blocks) > 1:
        times = np.concatenate([block.columns["time"] for block in blocks.values()])
        order = np.argsort(times, kind="stable")  # ranks stand in order already
        streams, rows = streams[order], rows[order]
    return Merged(blocks, streams, rows)


def _joined(blocks: list[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    columns = {
        name: np.concatenate([b.columns[name] for b in blocks]) for name in blocks[0].columns
    }
    if np.any(np.diff(columns["time"]) < 0):  # two sources of one stream interleave
        order = np.argsort(columns["time"], kind="stable")
        columns = {name: column[order] for name, column in columns.items()}
    return Block(blocks[0].type, columns)
