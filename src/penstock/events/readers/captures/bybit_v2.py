"""Bybit: the public streams of v2, as they were recorded until 2023.

``cross_seq`` rises, with gaps since all symbols share it, so that a lost message cannot be seen by it: a line that
cannot be read, and that may have been of depth, makes the books invalid until their next snapshots. A change takes
levels out, then sets the sizes of others, then puts new ones in.
"""

from typing import ClassVar, Literal

import msgspec
import numpy as np

from penstock.core.schema import EventType
from penstock.events.readers.captures.batch import (
    Batch,
    Decoder,
    Milliseconds,
    at,
    column,
    nanoseconds,
)
from penstock.events.readers.captures.bybit import SIGNS, Bybit, Envelope
from penstock.events.readers.captures.sequence import DIFF, RISING, SNAPSHOT
from penstock.events.types import Depth, Trade


class OldLevel(msgspec.Struct, gc=False):
    """A level of v2."""

    price: float
    symbol: str
    side: Literal["Buy", "Sell"]
    size: float = 0.0


class OldBook(msgspec.Struct, gc=False):
    """Levels of v2: all of them, or what was taken out, changed and put in."""

    order_book: list[OldLevel] = []
    delete: list[OldLevel] = []
    update: list[OldLevel] = []
    insert: list[OldLevel] = []


class OldDeal(msgspec.Struct, gc=False):
    """A trade of v2."""

    symbol: str
    price: float
    size: float
    trade_time_ms: Milliseconds
    side: Literal["Buy", "Sell"]


class OldBybit(Bybit):
    """Reads Bybit's v2."""

    types: ClassVar[tuple[EventType, ...]] = (Trade, Depth)
    rule: ClassVar[tuple[int, bool]] = (RISING, False)
    signs: ClassVar[tuple[bytes, ...]] = (
        b'"topic":"orderBook',
        b'"topic":"trade.',
        b"/realtime_public",
    )

    def __init__(self, symbol: str = "") -> None:
        super().__init__(symbol)
        self._book = Decoder(OldBook)
        self._list = Decoder(list[OldLevel])
        self._old = Decoder(list[OldDeal])
        self.readers = {"orderBookL2": self.changes, "trade": self.old_trades}

    def changes(
        self, batch: Batch, rows: np.ndarray, envelopes: list[Envelope], symbols: list[str]
    ) -> None:
        """Snapshots and changes of depth."""
        items, places = self._book.read([_as_book(m.data) for m in envelopes], rows, batch)
        named = [_sole(m, symbol) for m, symbol in zip(items, at(symbols, places), strict=True)]
        key, kept = batch.keys(named, rows[places], at(symbols, places))
        items, places = at(items, kept), places[kept]
        last = np.array([envelopes[p].cross_seq for p in places.tolist()], np.int64)
        whole = np.array([envelopes[p].type == "snapshot" for p in places.tolist()], bool)
        for kind, chosen in ((SNAPSHOT, whole), (DIFF, ~whole)):
            found = [
                [(m.price, m.size, SIGNS[m.side]) for m in _in_order(book)]
                for book in at(items, np.flatnonzero(chosen))
            ]
            ids = (last[chosen],) * 3
            batch.typed_levels(kind, rows[places[chosen]], key[chosen], ids, found)

    def old_trades(
        self, batch: Batch, rows: np.ndarray, envelopes: list[Envelope], symbols: list[str]
    ) -> None:
        """Trades."""
        batch.harmless(rows)
        lists, places = self._old.read([m.data for m in envelopes], rows, batch)
        items = [deal for deals in lists for deal in deals]
        places = np.repeat(places, [len(deals) for deals in lists])
        key, kept = batch.keys([m.symbol for m in items], rows[places], at(symbols, places))
        items, rows = at(items, kept), rows[places[kept]]
        batch.sent[rows] = nanoseconds(items, "trade_time_ms")
        side = [SIGNS[m.side] for m in items]
        price, size = column(items, "price"), column(items, "size")
        batch.add(Trade, rows, key, price=price, size=size, side=side)


def _as_book(data: bytes) -> bytes:
    """Inverse contracts send a snapshot as a list, linear ones as an object of one."""
    text = bytes(data)
    return b'{"order_book":' + text + b"}" if text.startswith(b"[") else text


def _in_order(book: OldBook) -> list[OldLevel]:
    """The levels in the order in which they apply; those taken out have size 0."""
    gone = [OldLevel(m.price, m.symbol, m.side) for m in book.delete]
    return [*book.order_book, *gone, *book.update, *book.insert]


def _sole(book: OldBook, otherwise: str) -> str:
    """The symbol of a message's levels, or what is given where it has none; none where they differ."""
    found = {m.symbol for m in _in_order(book)} or {otherwise}
    return found.pop() if len(found) == 1 else ""
