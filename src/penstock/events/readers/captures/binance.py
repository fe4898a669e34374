"""Binance: spot and USD-M futures.

Order books follow Binance's own recipes ("How to manage a local order book correctly"). Spot: the first diff
applied after a REST snapshot has U <= lastUpdateId + 1 <= u, and each next one begins where the last ended.
Futures: it has U <= lastUpdateId <= u, and each next one names in ``pu`` the ``u`` of the one before. Diffs
that end at or before lastUpdateId are dropped; sizes are absolute, and a level that is taken out need not be there.
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from penstock.core.schema import EventType
from penstock.events.readers.captures import binance_messages as messages
from penstock.events.readers.captures.batch import (
    Batch,
    Decoder,
    at,
    column,
    nanoseconds,
)
from penstock.events.readers.captures.sequence import DIFF, OVERLAP, RANGE, SNAPSHOT
from penstock.events.types import (
    Depth,
    IndexPrice,
    Liquidation,
    MarkPrice,
    PredictedFunding,
    Quote,
    Trade,
)

Reader = Callable[[Batch, np.ndarray, Sequence[str], Sequence[bytes]], None]
BESIDE = "second stream of trades"
SIGNS = {"BUY": 1, "SELL": -1}
EVENTS = {"depthUpdate": "depth", "markPriceUpdate": "markPrice"}  # kinds of bare messages
# streams that are known and give no event: bars, statistics and parts of books
SKIPPED = frozenset({
    "kline", "continuousKline", "ticker", "miniTicker", "avgPrice", "compositeIndex", "contractInfo",
    "assetIndex", "depth5", "depth10", "depth20", "ticker@arr", "miniTicker@arr", "markPrice@arr",
})  # fmt: skip


class Spot:
    """Reads Binance spot."""

    venue: ClassVar[str] = "binance"
    types: ClassVar[tuple[EventType, ...]] = (Trade, Quote, Depth)
    rule: ClassVar[tuple[int, bool]] = (RANGE, True)
    unstamped: ClassVar[tuple[EventType, ...]] = (Quote,)
    signs: ClassVar[tuple[bytes, ...]] = (b'"stream":"', b'"e":"', b"binance.com")
    skipped: ClassVar[frozenset[str]] = SKIPPED
    clock: ClassVar[str] = "E"  # which stamp of a diff is the exchange's

    def __init__(self, symbol: str = "") -> None:
        self.symbol = symbol  # of snapshots, which name none
        self._streams: dict[str, tuple[str, str]] = {}
        self._trades: dict[str, str] = {}  # which stream of trades is read, per symbol
        self._envelope = Decoder(messages.Envelope)
        self._trade = Decoder(messages.Trade)
        self._ticker = Decoder(messages.Ticker)
        self._diff: Decoder[Any] = Decoder(messages.SpotDiff)
        self._snapshot = Decoder(messages.Snapshot)
        self.readers: dict[str, Reader] = {
            "trade": self.trades,
            "aggTrade": self.trades,
            "bookTicker": self.quotes,
            "depth": self.diffs,
            "snapshot": self.snapshots,
        }

    def read(self, batch: Batch, rows: np.ndarray, texts: Sequence[bytes]) -> None:
        """Sort lines by their streams and read them."""
        envelopes, places = self._envelope.read(texts, rows, batch)
        groups: dict[str, list[tuple[int, str, bytes]]] = {}
        for place, envelope in zip(places.tolist(), envelopes, strict=True):
            if envelope.stream:
                kind, symbol = self._streams.get(envelope.stream) or self._stream(envelope.stream)
                groups.setdefault(kind, []).append((place, symbol, envelope.data))
            else:
                groups.setdefault(_bare(envelope), []).append((place, "", texts[place]))
        for kind, found in groups.items():
            chosen, symbols, data = zip(*found, strict=True)
            lines = rows[list(chosen)]
            if kind in self.readers:
                self.readers[kind](batch, lines, symbols, data)
            elif kind in self.skipped or kind in ("reply", BESIDE):
                batch.skip(kind, lines)
            else:
                batch.bad("unknown message", lines, [kind] * len(found))

    def _stream(self, stream: str) -> tuple[str, str]:
        symbol, _, rest = stream.removeprefix("!").partition("@")
        if stream.startswith("!"):  # of all symbols
            kind, symbol = symbol if rest != "arr" else f"{symbol}@arr", ""
        else:
            kind, symbol = re.split("[@_]", rest)[0], symbol.upper()  # kline_1m
        if kind in ("trade", "aggTrade") and self._trades.setdefault(symbol, kind) != kind:
            kind = BESIDE
        self._streams[stream] = kind, symbol
        return kind, symbol

    def trades(
        self, batch: Batch, rows: np.ndarray, streams: Sequence[str], data: Sequence[bytes]
    ) -> None:
        """Trades, or trades of one order at one price together."""
        items, places = self._trade.read(data, rows, batch)
        key, kept = batch.keys([m.s for m in items], rows[places], at(streams, places))
        items, rows = at(items, kept), rows[places[kept]]
        batch.sent[rows] = nanoseconds(items, "T")
        side = 1 - 2 * column(items, "m", np.int64)  # the buyer made: the seller took
        price, size = column(items, "p"), column(items, "q")
        batch.add(Trade, rows, key, price=price, size=size, side=side)

    def quotes(
        self, batch: Batch, rows: np.ndarray, streams: Sequence[str], data: Sequence[bytes]
    ) -> None:
        """Best bids and asks."""
        items, places = self._ticker.read(data, rows, batch)
        key, kept = batch.keys([m.s for m in items], rows[places], at(streams, places))
        items, rows = at(items, kept), rows[places[kept]]
        batch.sent[rows] = nanoseconds(items, "T")
        names = {"bid_price": "b", "bid_size": "B", "ask_price": "a", "ask_size": "A"}
        columns = {name: column(items, field) for name, field in names.items()}
        batch.add(Quote, rows, key, **columns)

    def diffs(
        self, batch: Batch, rows: np.ndarray, streams: Sequence[str], data: Sequence[bytes]
    ) -> None:
        """Changes of depth."""
        items, places = self._diff.read(data, rows, batch)
        key, kept = batch.keys([m.s for m in items], rows[places], at(streams, places))
        items, rows = at(items, kept), rows[places[kept]]
        batch.sent[rows] = nanoseconds(items, self.clock)
        first, last = column(items, "U", np.int64), column(items, "u", np.int64)
        ids = first, last, column(items, "pu", np.int64)
        bids, asks = [m.b for m in items], [m.a for m in items]
        batch.levels(DIFF, rows, key, ids, bids, asks)

    def snapshots(
        self,
        batch: Batch,
        rows: np.ndarray,
        streams: Sequence[str],  # noqa: ARG002  (answers come in no stream)
        data: Sequence[bytes],
    ) -> None:
        """Answers to requests of the whole book, which name no symbol but in their address."""
        items, places = self._snapshot.read(data, rows, batch)
        rows = rows[places]
        urls = [batch.lines.urls.get(row, "") for row in rows.tolist()]
        found = (re.search(r"[?&]symbol=(\w+)", url) for url in urls)
        symbols = [match[1].upper() if match else self.symbol for match in found]
        key, kept = batch.keys(symbols, rows)
        items, rows = at(items, kept), rows[kept]
        batch.sent[rows] = nanoseconds(items, "T")
        last = column(items, "lastUpdateId", np.int64)
        bids, asks = [m.bids for m in items], [m.asks for m in items]
        batch.levels(SNAPSHOT, rows, key, (last, last, last), bids, asks)


class Futures(Spot):
    """Reads Binance USD-M futures."""

    venue: ClassVar[str] = "binance-usdm"
    types: ClassVar[tuple[EventType, ...]] = (
        Trade,
        Quote,
        Depth,
        Liquidation,
        PredictedFunding,
        MarkPrice,
        IndexPrice,
    )
    rule: ClassVar[tuple[int, bool]] = (OVERLAP, True)
    unstamped: ClassVar[tuple[EventType, ...]] = ()
    signs: ClassVar[tuple[bytes, ...]] = (b'"pu":', b"fstream.", b"/fapi/")
    clock: ClassVar[str] = "T"

    def __init__(self, symbol: str = "") -> None:
        super().__init__(symbol)
        self._diff = Decoder(messages.Diff)
        self._mark = Decoder(messages.Mark)
        self._forced = Decoder(messages.Forced)
        self.readers |= {
            "markPrice": self.marks,
            "forceOrder": self.liquidations,
            "forceOrder@arr": self.liquidations,
        }

    def marks(
        self, batch: Batch, rows: np.ndarray, streams: Sequence[str], data: Sequence[bytes]
    ) -> None:
        """Mark and index prices, and the funding rate as it is expected."""
        items, places = self._mark.read(data, rows, batch)
        key, kept = batch.keys([m.s for m in items], rows[places], at(streams, places))
        items, rows = at(items, kept), rows[places[kept]]
        batch.sent[rows] = nanoseconds(items, "E")
        batch.add(MarkPrice, rows, key, price=column(items, "p"))
        batch.add(IndexPrice, rows, key, price=column(items, "i"))
        rate, due = column(items, "r"), nanoseconds(items, "T")
        premium = np.full(rows.size, np.nan)
        batch.add(PredictedFunding, rows, key, rate=rate, due=due, premium=premium)

    def liquidations(
        self, batch: Batch, rows: np.ndarray, streams: Sequence[str], data: Sequence[bytes]
    ) -> None:
        """Forced orders, at their average price."""
        items, places = self._forced.read(data, rows, batch)
        orders = [m.o for m in items]
        key, kept = batch.keys([m.s for m in orders], rows[places], at(streams, places))
        orders, rows = at(orders, kept), rows[places[kept]]
        batch.sent[rows] = nanoseconds(orders, "T")
        side = np.array([SIGNS.get(m.S, 0) for m in orders], np.int64)
        price, size = column(orders, "ap"), column(orders, "z")
        batch.add(Liquidation, rows, key, price=price, size=size, side=side)


def _bare(envelope: messages.Envelope) -> str:
    """The kind of a message that comes without a stream's name."""
    if envelope.lastUpdateId >= 0:
        return "snapshot"
    if envelope.e:
        return EVENTS.get(envelope.e, envelope.e)
    parts = (envelope.id, envelope.result, envelope.error)
    return "reply" if any(len(part) for part in parts) else ""
