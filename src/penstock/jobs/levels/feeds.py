"""A date's files as streams of one key, with what is carried over before them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from penstock.core.schema import EventType
from penstock.events import (
    Block,
    Book,
    Keys,
    Mbo,
    OptionInterest,
    OptionTrade,
    Quarantine,
    Quote,
    Source,
    Trade,
)
from penstock.events.checks import Rules
from penstock.events.readers.whole_times import empty
from penstock.formulas.levels.parameters import Parameters
from penstock.formulas.levels.prices import SECOND
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.price_path import price_sources
from penstock.jobs.levels.sources import source_of
from penstock.streams.merge import merge

CELLS = 40


@dataclass
class Renamed:
    """Events of some sources under another key, after those that are carried over.

    Attributes
    ----------
    roles
        By type of event what its stream is.
    only
        The sources' key that counts; every key where it is empty.
    before
        What is carried over, of whichever types.
    """

    roles: Mapping[EventType, str]
    sources: Sequence[Source]
    symbol: str
    only: str = ""
    before: Mapping[EventType, Block] = field(default_factory=dict)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = (
            ", ".join(each.name for each in self.sources)
            or f"no {' and '.join(self.roles.values())}"
        )

    @property
    def types(self) -> tuple[EventType, ...]:
        """Those that have a role."""
        return tuple(self.roles)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """What is carried over, then the sources' events in order."""
        number = keys.number((self.symbol,))
        before = [self.before.get(each, empty(each)) for each in self.types]
        if any(map(len, before)):
            yield tuple(before)
        own = Keys()
        ranks = {each: i for i, each in enumerate(self.types)}
        for merged in merge([(source, ranks) for source in self.sources], own, quarantine):
            mine = own.number((self.only,)) if self.only else -1
            found = {block.type: renamed(block, mine, number) for block in merged.blocks.values()}
            yield tuple(found.get(each, empty(each)) for each in self.types)

    def content_hash(self) -> str:
        """The hashes of the sources."""
        return " ".join(source.content_hash() for source in self.sources)


def feeds(inputs: Inputs, parameters: Parameters, carried: Carry, contract: str) -> list[Renamed]:
    """The streams of a date that have files."""
    symbol, before = parameters.symbol, left(parameters, carried, contract)
    interest = inputs.open_interest if parameters.by_interest else ()
    # what one file has is read out of it at once
    held: dict[EventType, str] = {Book: "books"} | ({Mbo: "orders"} if inputs.kind == "mbo" else {})
    books = opened(inputs.books, Book, orders=Mbo in held)
    if inputs.trades and inputs.trades == inputs.books:
        futures = [Renamed({Trade: "trades"} | held, books, symbol, contract, before)]
    else:
        futures = [
            Renamed({Trade: "trades"}, price_sources(inputs), symbol, contract, before),
            Renamed(held, books, symbol, contract, before),
        ]
    # where quotes are the price they stand in the place of trades
    spy = opened(inputs.spy_quotes if inputs.trades else (), Quote)
    found = [
        *futures,
        Renamed({OptionTrade: "options"}, opened(inputs.options, OptionTrade), symbol),
        Renamed({OptionInterest: "interest"}, opened(interest, OptionInterest), symbol),
        Renamed({Quote: "spy"}, spy, symbol, "", before),
    ]
    return [each for each in found if each.sources]


def left(parameters: Parameters, carried: Carry, contract: str) -> dict[EventType, Block]:
    """What earlier dates leave, as events."""
    found = {Trade: of_frame(Trade, carried.trades)}
    if carried.contract == contract:
        # the ratio starts anew with another contract; closes are of dollars, which the change does not touch
        found[Quote] = of_frame(Quote, begun(carried.spy, carried))
        found[Book] = books_of(begun(carried.book_mids, carried), parameters.tick)
    return found


def renamed(block: Block, only: int, number: int) -> Block:
    """A block's events of one key, or of every key where it is -1, under another one."""
    if only >= 0:
        there = np.flatnonzero(block.columns["key"] == only)
        block = block if there.size == len(block) else block.take(there)
    key = np.full(len(block), number, np.int64)
    return Block(block.type, block.columns | {"key": key})


def opened(paths: Sequence[Path], type: EventType, *, orders: bool = False) -> list[Source]:
    """Files as sources of a type of event, and perhaps of orders beside it."""
    return [source_of(path, type, Rules(crossed=True), orders=orders) for path in paths]


def begun(frame: pl.DataFrame, carried: Carry) -> pl.DataFrame:
    """Carried quotes or middles, with the last of them also before the first carried trade.

    Without a ratio the closes of earlier bars were of no price in dollars, and no mean was known. Its ratio is that of
    the day's end for all of them: in a day it moves by what futures cost to carry, some 0.01 %.
    """
    trades, whole = carried.trades["ts"], carried.spy.height and carried.book_mids.height
    if not (len(trades) and whole):
        return frame
    start = (
        trades[0] // SECOND.hop - 1
    ) * SECOND.hop - SECOND.hop // 2  # fresh at the next whole second
    first = frame.tail(1).with_columns(ts=pl.lit(start, pl.Int64))
    return pl.concat([first, frame]) if start < frame["ts"][0] else frame


def of_frame(type: EventType, frame: pl.DataFrame) -> Block:
    """Carried rows as events."""
    time = frame["ts"].to_numpy().copy()
    values = {name: frame[name].to_numpy().copy() for name in frame.columns if name != "ts"}
    return Block.of(type, time=time, receive=time, key=np.zeros(time.size, np.int64), **values)


def books_of(frame: pl.DataFrame, tick: float) -> Block:
    """Middles of a book as books of nothing but prices half a tick from them."""
    time, mid = frame["ts"].to_numpy().copy(), frame["mid"].to_numpy()
    levels = np.full((time.size, CELLS), np.nan)
    levels[:, 1::2] = 0.0
    levels[:, 0], levels[:, 2] = mid - tick / 2.0, mid + tick / 2.0
    key = np.zeros(time.size, np.int64)
    return Block.of(Book, time=time, receive=time, key=key, levels=levels)
