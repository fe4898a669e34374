"""What the suite ``microstructure`` runs over: a recorded capture of an exchange, and a simulated day.

The simulated day has one instrument's trades and books, and what a venue of perpetual futures says besides: funding,
open interest, forced orders, prices that margins are reckoned at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from penstock.bench import instances
from penstock.bench.captures import RECORDED
from penstock.bench.recordings import joined
from penstock.bench.series import START, bars
from penstock.core.schema import EventType
from penstock.events import Bar, Block, Book, Keys, Quarantine, Quote, Trade
from penstock.events.readers import open_source
from penstock.events.simulator import simulate
from penstock.events.simulator.source import START as OPENING
from penstock.events.source import Source
from penstock.events.types import (
    AccountRatio,
    Funding,
    IndexPrice,
    InsuranceFund,
    Liquidation,
    MarkPrice,
    OpenInterest,
    PredictedFunding,
)
from penstock.streams import AnyOf, Clock, Stream
from penstock.streams.merge import Merged, merge

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
SESSION = 23_400  # seconds of a day
RATE = 66.0  # orders' events a second, which make two million trades and books in a session
SHORT, BUSY = 1_800, 60.0  # seconds and rate of a market that one feature is measured on
# what a venue says besides, and how often
SIDE: tuple[tuple[EventType, int], ...] = (
    (MarkPrice, SECOND),
    (IndexPrice, SECOND),
    (Liquidation, 5 * SECOND),
    (OpenInterest, 10 * SECOND),
    (PredictedFunding, MINUTE),
    (AccountRatio, 5 * MINUTE),
    (InsuranceFund, 60 * MINUTE),
    (Funding, 60 * MINUTE),
)
MAIN = (Trade, Quote, Book)  # at whose events a view of all features gives a row


@dataclass(frozen=True)
class Market:
    """Sources, and the streams of one key that they give, in the order of their ranks."""

    name: str
    sources: tuple[Source, ...]
    streams: tuple[Stream, ...]
    warm: int  # events after which its windows are full

    @property
    def on(self) -> Clock:
        """A tick at every trade, quote and book."""
        return AnyOf(tuple(stream for stream in self.streams if stream.type in MAIN))

    def pieces(self, streams: tuple[Stream, ...]) -> Iterator[Merged]:
        """Events in order; the streams have the places that they have here."""
        ranks = {stream.type: place for place, stream in enumerate(streams)}
        fed = [
            (source, {type_: ranks[type_] for type_ in source.types if type_ in ranks})
            for source in self.sources
        ]
        return merge(fed, Keys(), Quarantine())


@dataclass(frozen=True)
class Said:
    """Blocks of one key as a source."""

    blocks: tuple[Block, ...]
    name: str = "said"

    @property
    def types(self) -> tuple[EventType, ...]:
        """One a block."""
        return tuple(block.type for block in self.blocks)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:  # noqa: ARG002
        """All at once."""
        keys.number(("SIM0",))
        yield self.blocks

    def content_hash(self) -> str:
        """Nobody asks for it."""
        return "0" * 64


def recorded(path: Path = RECORDED[0]) -> list[Market]:
    """Binance's futures on five minutes, where the recording is there."""
    streams = tuple(map(Stream, MAIN))
    return [Market("binance", (open_source(path),), streams, 60_000)] if path.is_file() else []


def simulated(seconds: int = SESSION, warm: int = 400_000) -> Market:
    """A day, two million trades and books; fewer seconds have as many a second."""
    said = tuple(every(type_, step, OPENING, seconds) for type_, step in SIDE)
    sources = simulate(seconds=seconds, rate=RATE), Said(said)
    streams = tuple(Stream(type_) for type_ in (Trade, Book, *(type_ for type_, _ in SIDE)))
    return Market("simulated", sources, streams, warm)


def every(type_: EventType, step: int, start: int, seconds: int) -> Block:
    """Seeded events of a type at equal distances."""
    count = max(2, seconds * SECOND // step)
    made = instances.rows(Stream(type_), count, type_.name)
    time = start + 1 + (seconds * SECOND // count) * np.arange(count)
    columns = {field.name: made.columns[field.name] for field in type_.fields}
    if "kind" in columns:
        columns["kind"] = 1 + np.arange(count) % 4
    return Block.of(type_, time=time, **columns)


@cache
def busy(seed: int) -> tuple[Block, Block]:
    """Trades and books of a short market."""
    chunks = list(simulate(seconds=SHORT, rate=BUSY, seed=seed).chunks(Keys(), Quarantine()))
    trades, books = (joined(*blocks) for blocks in zip(*chunks, strict=True))
    return trades, books


def own(streams: tuple[Stream, ...]) -> dict[Stream, Block]:
    """Events of the streams that one feature reads: each role has a market of its own."""
    if any(stream.type is Bar for stream in streams):
        return {stream: of_minutes(stream.type) for stream in streams}
    roles = sorted({stream.role for stream in streams})
    return {stream: of_type(stream.type, roles.index(stream.role)) for stream in streams}


def of_minutes(type_: EventType, count: int = 16_384) -> Block:
    """An event at the end of every minute."""
    time = START // MINUTE * MINUTE + MINUTE * np.arange(count)
    if type_ is Bar:
        return Block.of(Bar, **bars(count) | {"time": time})
    made = instances.rows(Stream(type_), count, type_.name).columns
    return Block.of(type_, time=time, **{f.name: made[f.name] for f in type_.fields})


def of_type(type_: EventType, role: int) -> Block:
    """Trades, books or quotes of a short market; what else is said, twenty times a second."""
    trades, books = busy(7 + role)
    if type_ in (Trade, Book):
        return trades if type_ is Trade else books
    if type_ is Quote:
        levels = books.columns["levels"]
        best = {f.name: levels[:, i].copy() for i, f in enumerate(Quote.fields)}
        return Block.of(Quote, time=books.columns["time"], **best)
    return every(type_, SECOND // 20, int(books.columns["time"][0]), SHORT)
