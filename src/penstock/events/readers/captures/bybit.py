"""Bybit: the public streams of v5.

A message of type snapshot, or one with u = 1 (the service restarted), begins a book; each delta has the next
``u``; sizes are absolute and 0 takes a level out. ``ts`` is when the exchange sent a message, ``cts`` when its
matching engine made it. https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook
"""

from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np

from penstock.core.schema import EventType
from penstock.events.readers.captures.batch import (
    Batch,
    Decoder,
    Id,
    Milliseconds,
    at,
    column,
    known,
    nanoseconds,
)
from penstock.events.readers.captures.sequence import DIFF, RANGE, SNAPSHOT
from penstock.events.types import (
    Depth,
    IndexPrice,
    Liquidation,
    MarkPrice,
    OpenInterest,
    PredictedFunding,
    Trade,
)

Microseconds = Annotated[int, msgspec.Meta(ge=0, lt=1 << 52)]
SIGNS = {"Buy": 1, "Sell": -1}
BESIDE = "second stream of depth"
NOTHING = msgspec.Raw(b"")
SKIPPED = frozenset(
    {"kline", "instrument_info", "candle", "klineV2", "kline_lt", "tickers_lt", "lt"}
)


class Envelope(msgspec.Struct, gc=False):
    """A message of a topic, or an answer."""

    topic: str = ""
    type: str = ""
    ts: Milliseconds = 0
    cts: Milliseconds = 0
    cross_seq: Id = -1
    timestamp_e6: Microseconds = 0
    data: msgspec.Raw = NOTHING
    op: str = ""
    success: bool = True
    request: msgspec.Raw = NOTHING


class Levels(msgspec.Struct, gc=False):
    """Levels that changed, or all of them."""

    s: str
    b: msgspec.Raw
    a: msgspec.Raw
    u: Id


class Deal(msgspec.Struct, gc=False):
    """A trade."""

    s: str
    T: Milliseconds
    S: Literal["Buy", "Sell"]
    v: float
    p: float


class Ticker(msgspec.Struct, gc=False):
    """What changed of a symbol's state."""

    symbol: str
    markPrice: float | None = None  # noqa: N815  (the exchange's names)
    indexPrice: float | None = None  # noqa: N815
    openInterest: float | None = None  # noqa: N815
    openInterestValue: float | None = None  # noqa: N815
    fundingRate: float | None = None  # noqa: N815
    nextFundingTime: Milliseconds | None = None  # noqa: N815


Reading = Callable[[Batch, np.ndarray, list[Envelope], list[str]], None]


class Bybit:
    """Reads Bybit's v5."""

    venue: ClassVar[str] = "bybit"
    types: ClassVar[tuple[EventType, ...]] = (
        Trade,
        Depth,
        Liquidation,
        PredictedFunding,
        OpenInterest,
        MarkPrice,
        IndexPrice,
    )
    rule: ClassVar[tuple[int, bool]] = (RANGE, False)
    unstamped: ClassVar[tuple[EventType, ...]] = ()
    signs: ClassVar[tuple[bytes, ...]] = (b'"topic":"orderbook.', b'"topic":"publicTrade.')

    def __init__(self, symbol: str = "") -> None:
        del symbol  # every message names its own
        self._topics: dict[str, tuple[str, str]] = {}
        self._depths: dict[str, str] = {}  # which topic of depth is read, per symbol
        self._envelope = Decoder(Envelope)
        self._levels = Decoder(Levels)
        self._deals = Decoder(list[Deal])
        self._ticker = Decoder(Ticker)
        self.readers: dict[str, Reading] = {
            "orderbook": self.depth,
            "publicTrade": self.trades,
            "tickers": self.states,
            "allLiquidation": self.liquidations,
        }

    def read(self, batch: Batch, rows: np.ndarray, texts: Sequence[bytes]) -> None:
        """Sort lines by their topics and read them."""
        envelopes, places = self._envelope.read(texts, rows, batch)
        rows = rows[places]
        stamps = [1_000_000 * (m.cts or m.ts) or 1_000 * m.timestamp_e6 for m in envelopes]
        batch.sent[rows] = stamps
        groups: dict[str, list[tuple[int, str]]] = {}
        for place, envelope in enumerate(envelopes):
            if envelope.topic:
                kind, symbol = self._topics.get(envelope.topic) or self._topic(envelope.topic)
                groups.setdefault(kind, []).append((place, symbol))
            else:
                answer = envelope.op or len(envelope.request)
                groups.setdefault("reply" if answer else "", []).append((place, ""))
        for kind, found in groups.items():
            chosen, symbols = [p for p, _ in found], [s for _, s in found]
            lines = rows[chosen]
            if kind in self.readers:
                self.readers[kind](batch, lines, [envelopes[p] for p in chosen], symbols)
            elif kind in SKIPPED or kind in ("reply", BESIDE):
                batch.skip(kind, lines)
            else:
                batch.bad("unknown message", lines, [kind] * len(chosen))

    def _topic(self, topic: str) -> tuple[str, str]:
        kind, _, rest = topic.partition(".")
        symbol = rest.rpartition(".")[2]
        if kind.startswith("orderBook"):
            kind = kind.partition("_")[0]
        if kind.lower().startswith("orderbook"):
            kind = kind if self._depths.setdefault(symbol, topic) == topic else BESIDE
        self._topics[topic] = kind, symbol
        return kind, symbol

    def depth(
        self, batch: Batch, rows: np.ndarray, envelopes: list[Envelope], symbols: list[str]
    ) -> None:
        """Snapshots and changes of depth."""
        items, places = self._levels.read([m.data for m in envelopes], rows, batch)
        key, kept = batch.keys([m.s for m in items], rows[places], at(symbols, places))
        items, places = at(items, kept), places[kept]
        last = column(items, "u", np.int64)
        whole = np.array([envelopes[p].type == "snapshot" for p in places.tolist()], bool)
        for kind, chosen in ((SNAPSHOT, whole | (last == 1)), (DIFF, ~whole & (last != 1))):
            picked = at(items, np.flatnonzero(chosen))
            lines, ids = rows[places[chosen]], (last[chosen],) * 3
            bids, asks = [m.b for m in picked], [m.a for m in picked]
            batch.levels(kind, lines, key[chosen], ids, bids, asks)

    def deals(
        self, batch: Batch, rows: np.ndarray, envelopes: list[Envelope], symbols: list[str]
    ) -> tuple[list[Deal], np.ndarray, np.ndarray]:
        """Lists of deals one after the other: deals, lines, keys."""
        lists, places = self._deals.read([m.data for m in envelopes], rows, batch)
        items = [deal for deals in lists for deal in deals]
        places = np.repeat(places, [len(deals) for deals in lists])
        key, kept = batch.keys([m.s for m in items], rows[places], at(symbols, places))
        items, rows = at(items, kept), rows[places[kept]]
        batch.sent[rows] = nanoseconds(items, "T")
        return items, rows, key

    def trades(
        self, batch: Batch, rows: np.ndarray, envelopes: list[Envelope], symbols: list[str]
    ) -> None:
        """Trades."""
        items, rows, key = self.deals(batch, rows, envelopes, symbols)
        side = [SIGNS[m.S] for m in items]
        batch.add(Trade, rows, key, price=column(items, "p"), size=column(items, "v"), side=side)

    def liquidations(
        self, batch: Batch, rows: np.ndarray, envelopes: list[Envelope], symbols: list[str]
    ) -> None:
        """Forced orders; the side sent is that of the position."""
        items, rows, key = self.deals(batch, rows, envelopes, symbols)
        side, price = [-SIGNS[m.S] for m in items], column(items, "p")
        batch.add(Liquidation, rows, key, price=price, size=column(items, "v"), side=side)

    def states(
        self, batch: Batch, rows: np.ndarray, envelopes: list[Envelope], symbols: list[str]
    ) -> None:
        """What changed of prices, open interest and funding."""
        items, places = self._ticker.read([m.data for m in envelopes], rows, batch)
        key, kept = batch.keys([m.symbol for m in items], rows[places], at(symbols, places))
        items, rows = at(items, kept), rows[places[kept]]

        def some(type_: EventType, **fields: str) -> None:
            first = next(iter(fields.values()))
            have = np.array([getattr(m, first) is not None for m in items], bool)
            picked = at(items, np.flatnonzero(have))
            columns = {name: known(picked, field) for name, field in fields.items()}
            batch.add(type_, rows[have], key[have], **columns)

        some(MarkPrice, price="markPrice")
        some(IndexPrice, price="indexPrice")
        some(OpenInterest, contracts="openInterest", value="openInterestValue")
        have = np.array([m.fundingRate is not None for m in items], bool)
        picked = at(items, np.flatnonzero(have))
        due = [1_000_000 * (m.nextFundingTime or 0) for m in picked]
        rate, premium = known(picked, "fundingRate"), np.full(len(picked), np.nan)
        batch.add(PredictedFunding, rows[have], key[have], rate=rate, due=due, premium=premium)
        none = np.array([_silent(m) for m in items], bool)
        batch.skip("ticker without a change of these", rows[none])


def _silent(m: Ticker) -> bool:
    return m.markPrice is m.indexPrice is m.openInterest is m.fundingRate is None
