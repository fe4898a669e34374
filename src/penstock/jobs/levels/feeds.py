"""A date's files as streams of one key, with what is carried over before them."""

from collections.abc import Iterator, Sequence
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
    """Events of one type of some sources under another key, after those that are carried over.

    Attributes
    ----------
    only
        The sources' key that counts; every key where it is empty.
    """

    type: EventType
    sources: Sequence[Source]
    symbol: str
    only: str = ""
    before: Block | None = None
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = ", ".join(each.name for each in self.sources) or f"no {self.type.name}"

    @property
    def types(self) -> tuple[EventType, ...]:
        """The one type."""
        return (self.type,)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """What is carried over, then the sources' events in order."""
        number = keys.number((self.symbol,))
        if self.before is not None and len(self.before):
            yield (self.before,)
        own = Keys()
        for merged in merge([(source, {self.type: 0}) for source in self.sources], own, quarantine):
            block = merged.blocks[0]
            if self.only:
                there = np.flatnonzero(block.columns["key"] == own.number((self.only,)))
                block = block if there.size == len(block) else block.take(there)
            block.columns["key"] = np.full(len(block), number, np.int64)
            yield (block,)

    def content_hash(self) -> str:
        """The hashes of the sources."""
        return " ".join(source.content_hash() for source in self.sources)


def feeds(
    inputs: Inputs, parameters: Parameters, carried: Carry, contract: str
) -> dict[str, Renamed]:
    """The streams of a date by what they are."""
    symbol, same = parameters.symbol, carried.contract == contract
    trades = of_frame(Trade, carried.trades)
    # the ratio starts anew with another contract; closes are of dollars, which the change does not touch
    quotes = of_frame(Quote, begun(carried.spy, carried)) if same else None
    mids = books_of(begun(carried.book_mids, carried), parameters.tick) if same else None
    orders = inputs.books if inputs.kind == "mbo" else ()
    interest = inputs.open_interest if parameters.by_interest else ()
    return {
        "trades": Renamed(Trade, price_sources(inputs), symbol, contract, trades),
        "books": Renamed(Book, opened(inputs.books, Book), symbol, contract, mids),
        "orders": Renamed(Mbo, opened(orders, Mbo), symbol, contract),
        "options": Renamed(OptionTrade, opened(inputs.options, OptionTrade), symbol),
        "interest": Renamed(OptionInterest, opened(interest, OptionInterest), symbol),
        # where they are the price they stand in its place
        "spy": Renamed(
            Quote, opened(inputs.spy_quotes if inputs.trades else (), Quote), symbol, "", quotes
        ),
    }


def opened(paths: Sequence[Path], type: EventType) -> list[Source]:
    """Files as sources of a type of event."""
    return [source_of(path, type, Rules(crossed=True)) for path in paths]


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
