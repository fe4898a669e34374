"""The prices that a date goes by, as trades: those of the futures, else those of the underlying itself.

A quote says a price at its middle, and an option trade the price that the underlying had then. Neither says what was
traded: their trades have the size 0, so that they weigh nothing in a mean by volume.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from penstock.core.arrays import F8
from penstock.core.schema import EventType
from penstock.events import Block, Keys, OptionTrade, Quarantine, Quote, Source, Trade
from penstock.events.checks import Rules
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.sources import ALWAYS, framed, source_of

Columns = Mapping[str, np.ndarray]
SAID: dict[str, Callable[[Columns], F8]] = {
    Quote.name: lambda rows: 0.5 * (rows["bid_price"] + rows["ask_price"]),
    OptionTrade.name: lambda rows: rows["underlying"],
}
"""By type of event, the price of the underlying that each of its rows says; NaN where it says none."""
TYPES = {"spy_quotes": Quote, "options": OptionTrade}


@dataclass(frozen=True, slots=True)
class AsTrades:
    """A source of quotes or option trades as one of trades at the prices that they say of the underlying."""

    source: Source
    type: EventType

    @property
    def name(self) -> str:
        """The source's own."""
        return self.source.name

    @property
    def types(self) -> tuple[EventType, ...]:
        """Trades alone."""
        return (Trade,)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """A trade for each row that says a price."""
        place = self.source.types.index(self.type)
        for chunk in self.source.chunks(keys, quarantine):
            rows = chunk[place].columns
            price = SAID[self.type.name](rows)
            there = np.flatnonzero(np.isfinite(price))
            nothing = np.zeros(there.size)
            kept = {name: rows[name][there] for name in ("time", "receive", "key")}
            yield (Block.of(Trade, **kept, price=price[there], size=nothing, side=nothing),)

    def content_hash(self) -> str:
        """That of the source."""
        return self.source.content_hash()


def price_sources(inputs: Inputs) -> list[Source]:
    """The sources of a date's prices, as trades."""
    held, rules = TYPES.get(inputs.priced_by, Trade), Rules(crossed=True)
    sources = [source_of(path, held, rules) for path in inputs.prices]
    return sources if held is Trade else [AsTrades(source, held) for source in sources]


def price_frames(
    inputs: Inputs, symbol: str, quarantine: Quarantine, *, span: tuple[int, int] = ALWAYS
) -> Iterator[pl.DataFrame]:
    """A date's prices chunk by chunk, as `frames` has trades.

    Parameters
    ----------
    symbol
        The one that counts; every symbol where it is empty.
    """
    for chunk in framed(price_sources(inputs), Trade, quarantine, span=span):
        yield chunk.filter(pl.col("symbol") == symbol) if symbol else chunk
