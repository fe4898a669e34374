"""Deribit: subscriptions over JSON-RPC.

A book begins with a message of type snapshot; each change names in ``prev_change_id`` the ``change_id`` of the
message before, and carries (new, change or delete, price, amount) with absolute amounts. Where they differ a
message was lost, and the book is to be subscribed anew. https://docs.deribit.com/#book-instrument_name-interval
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

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
from penstock.events.readers.captures.sequence import DIFF, LINK, SNAPSHOT
from penstock.events.types import (
    Depth,
    IndexPrice,
    Liquidation,
    MarkPrice,
    OpenInterest,
    PredictedFunding,
    Quote,
    Trade,
)

SIGNS = {"buy": 1, "sell": -1}
NOTHING = msgspec.Raw(b"")
SKIPPED = frozenset({
    "chart", "deribit_price_index", "deribit_price_ranking", "deribit_volatility_index", "incremental_ticker",
    "estimated_expiration_price", "instrument", "markprice", "perpetual", "platform_state",
})  # fmt: skip
Change = tuple[Literal["new", "change", "delete"], float, float]


class Params(msgspec.Struct, gc=False):
    """A channel and what it says."""

    channel: str
    data: msgspec.Raw


class Envelope(msgspec.Struct, gc=False):
    """A message of a subscription, or an answer."""

    jsonrpc: str
    method: str = ""
    params: Params | None = None


class Changes(msgspec.Struct, gc=False):
    """Levels that changed, or all of them."""

    instrument_name: str
    timestamp: Milliseconds
    change_id: Id
    bids: list[Change]
    asks: list[Change]
    prev_change_id: Id = -1
    type: str = ""


class Deal(msgspec.Struct, gc=False):
    """A trade; ``liquidation`` says whose order was forced: M, T or MT."""

    instrument_name: str
    timestamp: Milliseconds
    price: float
    amount: float
    direction: Literal["buy", "sell"]
    liquidation: str = ""


class State(msgspec.Struct, gc=False):
    """The state of an instrument; a side that is empty has amount 0."""

    instrument_name: str
    timestamp: Milliseconds
    best_bid_price: float | None = None
    best_bid_amount: float = 0.0
    best_ask_price: float | None = None
    best_ask_amount: float = 0.0
    mark_price: float | None = None
    index_price: float | None = None
    open_interest: float | None = None
    current_funding: float | None = None


class Deribit:
    """Reads Deribit."""

    venue: ClassVar[str] = "deribit"
    types: ClassVar[tuple[EventType, ...]] = (
        Trade,
        Quote,
        Depth,
        Liquidation,
        PredictedFunding,
        OpenInterest,
        MarkPrice,
        IndexPrice,
    )
    rule: ClassVar[tuple[int, bool]] = (LINK, False)
    unstamped: ClassVar[tuple[EventType, ...]] = ()
    signs: ClassVar[tuple[bytes, ...]] = (b'"jsonrpc":', b"deribit.com")

    def __init__(self, symbol: str = "") -> None:
        del symbol  # every message names its own
        self._envelope = Decoder(Envelope)
        self._changes = Decoder(Changes)
        self._deals = Decoder(list[Deal])
        self._state = Decoder(State)
        self.readers = {
            "book": self.depth,
            "trades": self.trades,
            "ticker": self.states,
            "quote": self.states,
        }

    def read(self, batch: Batch, rows: np.ndarray, texts: Sequence[bytes]) -> None:
        """Sort lines by their channels and read them."""
        envelopes, places = self._envelope.read(texts, rows, batch)
        rows = rows[places]
        groups: dict[str, list[tuple[int, str, bytes]]] = {}
        for place, envelope in enumerate(envelopes):
            kind, symbol, data = "reply", "", b""
            if envelope.params is not None and envelope.method == "subscription":
                kind, symbol = _channel(envelope.params.channel)
                data = envelope.params.data
            groups.setdefault(kind, []).append((place, symbol, data))
        for kind, found in groups.items():
            lines = rows[[place for place, _, _ in found]]
            if kind in self.readers:
                symbols, data = [symbol for _, symbol, _ in found], [text for _, _, text in found]
                self.readers[kind](batch, lines, symbols, data)
            elif kind in SKIPPED or kind in ("reply", "part of a book"):
                batch.skip(kind, lines)
            else:
                batch.bad("unknown message", lines, [kind] * len(found))

    def depth(self, batch: Batch, rows: np.ndarray, symbols: list[str], data: list[bytes]) -> None:
        """Snapshots and changes of depth."""
        items, places = self._changes.read(data, rows, batch)
        names = [m.instrument_name for m in items]
        key, kept = batch.keys(names, rows[places], at(symbols, places))
        items, rows = at(items, kept), rows[places[kept]]
        batch.sent[rows] = nanoseconds(items, "timestamp")
        whole = np.array([m.type == "snapshot" for m in items], bool)
        for kind, chosen in ((SNAPSHOT, whole), (DIFF, ~whole)):
            picked = at(items, np.flatnonzero(chosen))
            last = column(picked, "change_id", np.int64)
            ids = (last, last, column(picked, "prev_change_id", np.int64))
            levels = [_levels(m.bids, 1) + _levels(m.asks, -1) for m in picked]
            batch.typed_levels(kind, rows[chosen], key[chosen], ids, levels)

    def trades(self, batch: Batch, rows: np.ndarray, symbols: list[str], data: list[bytes]) -> None:
        """Trades, and of those that were forced the orders too."""
        lists, places = self._deals.read(data, rows, batch)
        items = [deal for deals in lists for deal in deals]
        places = np.repeat(places, [len(deals) for deals in lists])
        names = [m.instrument_name for m in items]
        key, kept = batch.keys(names, rows[places], at(symbols, places))
        items, rows = at(items, kept), rows[places[kept]]
        batch.sent[rows] = nanoseconds(items, "timestamp")
        side = np.array([SIGNS[m.direction] for m in items], np.int64)
        price, size = column(items, "price"), column(items, "amount")
        batch.add(Trade, rows, key, price=price, size=size, side=side)
        for whose, sign in (("T", 1), ("M", -1)):
            forced = np.array([whose in m.liquidation for m in items], bool)
            columns = {"price": price[forced], "size": size[forced], "side": sign * side[forced]}
            batch.add(Liquidation, rows[forced], key[forced], **columns)

    def states(self, batch: Batch, rows: np.ndarray, symbols: list[str], data: list[bytes]) -> None:
        """Best bids and asks, prices, open interest, funding."""
        items, places = self._state.read(data, rows, batch)
        names = [m.instrument_name for m in items]
        key, kept = batch.keys(names, rows[places], at(symbols, places))
        items, rows = at(items, kept), rows[places[kept]]
        batch.sent[rows] = nanoseconds(items, "timestamp")
        quote: dict[str, np.ndarray] = {}
        for side in ("bid", "ask"):
            size = column(items, f"best_{side}_amount")
            price = np.where(size > 0.0, known(items, f"best_{side}_price"), np.nan)
            quote |= {f"{side}_price": price, f"{side}_size": size}
        batch.add(Quote, rows, key, **quote)
        others: tuple[tuple[EventType, str, str, dict[str, Any]], ...] = (
            (MarkPrice, "mark_price", "price", {}),
            (IndexPrice, "index_price", "price", {}),
            (OpenInterest, "open_interest", "contracts", {"value": np.nan}),
            (PredictedFunding, "current_funding", "rate", {"due": 0, "premium": np.nan}),
        )
        for type_, name, field, rest in others:
            values = known(items, name)
            have = ~np.isnan(values)
            absent = {other: np.full(int(have.sum()), value) for other, value in rest.items()}
            batch.add(type_, rows[have], key[have], **{field: values[have]}, **absent)


def _channel(channel: str) -> tuple[str, str]:
    """The kind and the instrument; ``book.X.none.10.100ms`` is a part of a book."""
    parts = channel.split(".")
    kind = parts[0]
    if kind == "book" and len(parts) != 3:
        kind = "part of a book"
    return kind, parts[1] if len(parts) > 1 else ""


def _levels(changes: list[Change], side: int) -> list[tuple[float, float, int]]:
    """Levels (price, size, side)."""
    return [(price, 0.0 if what == "delete" else size, side) for what, price, size in changes]
