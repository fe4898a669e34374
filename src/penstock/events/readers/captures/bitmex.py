"""BitMEX: tables that are sent whole once and then by their changes.

The action ``partial`` is a table as it stands; what comes before it is to be ignored, and after it rows are
inserted, updated and deleted by their keys. Levels of ``orderBookL2`` have an id per price, and updates may leave
the price out. Messages are not numbered, so that a lost one shows only where a later one names a level that is not
there: then, or when a line cannot be read, the book is invalid until the next partial.
https://www.bitmex.com/app/wsAPI
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
import numpy as np

from penstock.core.schema import EventType
from penstock.events.readers.captures.batch import Batch, Decoder, Id, at, column, known
from penstock.events.readers.captures.sequence import DIFF, SNAPSHOT, UNCHECKED
from penstock.events.types import (
    Depth,
    Funding,
    Liquidation,
    MarkPrice,
    OpenInterest,
    PredictedFunding,
    Quote,
    Trade,
)

ACTIONS = ("partial", "insert", "update", "delete")
SIGNS = {"Buy": 1, "Sell": -1}
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NOTHING = msgspec.Raw(b"")
SKIPPED = frozenset({
    "announcement", "chat", "connected", "insurance", "orderBook10", "publicNotifications", "quoteBin1m",
    "quoteBin5m", "settlement", "tradeBin1m", "tradeBin5m", "tradeBin1h", "tradeBin1d",
})  # fmt: skip


class Envelope(msgspec.Struct, gc=False):
    """A change of a table, or an answer."""

    table: str = ""
    action: str = ""
    data: msgspec.Raw = NOTHING
    info: msgspec.Raw = NOTHING
    success: msgspec.Raw = NOTHING
    error: msgspec.Raw = NOTHING


class Deal(msgspec.Struct, gc=False):
    """A trade."""

    timestamp: dt.datetime
    symbol: str
    side: str
    size: float
    price: float


class Best(msgspec.Struct, gc=False):
    """The best bid and ask; a side that is empty has neither price nor size."""

    timestamp: dt.datetime
    symbol: str
    bidPrice: float | None = None  # noqa: N815  (the exchange's names)
    bidSize: float | None = None  # noqa: N815
    askPrice: float | None = None  # noqa: N815
    askSize: float | None = None  # noqa: N815


class Level(msgspec.Struct, gc=False):
    """A level of the book."""

    symbol: str
    id: Id
    side: str
    size: float | None = None
    price: float | None = None


class State(msgspec.Struct, gc=False):
    """What changed of an instrument."""

    symbol: str
    timestamp: dt.datetime | None = None
    markPrice: float | None = None  # noqa: N815
    openInterest: float | None = None  # noqa: N815
    fundingRate: float | None = None  # noqa: N815
    fundingTimestamp: dt.datetime | None = None  # noqa: N815


class Rate(msgspec.Struct, gc=False):
    """A funding rate that was settled; the interval is a time after 2000-01-01."""

    timestamp: dt.datetime
    symbol: str
    fundingInterval: dt.datetime  # noqa: N815
    fundingRate: float  # noqa: N815


class Forced(msgspec.Struct, gc=False):
    """A forced order that was put in."""

    symbol: str
    side: str
    price: float
    leavesQty: float  # noqa: N815


class Bitmex:
    """Reads BitMEX."""

    venue: ClassVar[str] = "bitmex"
    types: ClassVar[tuple[EventType, ...]] = (
        Trade,
        Quote,
        Depth,
        Liquidation,
        Funding,
        PredictedFunding,
        OpenInterest,
        MarkPrice,
    )
    rule: ClassVar[tuple[int, bool]] = (UNCHECKED, False)
    unstamped: ClassVar[tuple[EventType, ...]] = (Depth, Liquidation)
    signs: ClassVar[tuple[bytes, ...]] = (b'"table":"', b"bitmex.com")

    def __init__(self, symbol: str = "") -> None:
        del symbol  # every row names its own
        self._prices: dict[str, dict[int, float]] = {}  # per symbol of a whole book, by id
        self._envelope = Decoder(Envelope)
        self._levels = Decoder(list[Level])
        self.tables = {
            "trade": (Decoder(list[Deal]), self.trades),
            "quote": (Decoder(list[Best]), self.quotes),
            "instrument": (Decoder(list[State]), self.states),
            "funding": (Decoder(list[Rate]), self.funding),
            "liquidation": (Decoder(list[Forced]), self.liquidations),
        }

    def read(self, batch: Batch, rows: np.ndarray, texts: Sequence[bytes]) -> None:
        """Sort lines by their tables and read them."""
        envelopes, places = self._envelope.read(texts, rows, batch)
        rows = rows[places]
        groups: dict[str, list[int]] = {}
        for place, envelope in enumerate(envelopes):
            groups.setdefault(_kind(envelope), []).append(place)
        for kind, chosen in groups.items():
            lines, found = rows[chosen], [envelopes[place] for place in chosen]
            if kind.startswith("orderBookL2"):
                self.depth(batch, lines, found)
                continue
            if kind:
                batch.harmless(lines)
            if kind in self.tables:
                self._table(kind, batch, lines, found)
            elif kind in SKIPPED or kind in ("reply", "trade before the capture"):
                batch.skip(kind, lines)
            else:
                batch.bad("unknown message", lines, [kind] * len(chosen))

    def _table(self, kind: str, batch: Batch, rows: np.ndarray, envelopes: list[Envelope]) -> None:
        """Read a table's rows one after the other."""
        decoder, reader = self.tables[kind]
        lists, places = decoder.read([m.data for m in envelopes], rows, batch)
        empty = np.array([not items for items in lists], bool)
        batch.skip(f"{kind} without rows", rows[places[empty]])
        items: list[Any] = [item for items in lists for item in items]
        places = np.repeat(places, [len(items) for items in lists])
        key, kept = batch.keys([m.symbol for m in items], rows[places])
        items, rows = at(items, kept), rows[places[kept]]
        if items and hasattr(items[0], "timestamp"):
            batch.sent[rows] = _stamps(items, "timestamp")
        reader(batch, rows, key, items)

    def depth(self, batch: Batch, rows: np.ndarray, envelopes: list[Envelope]) -> None:
        """The book and its changes."""
        lists, places = self._levels.read([m.data for m in envelopes], rows, batch)
        for place, levels in zip(places.tolist(), lists, strict=True):
            row, action = rows[place : place + 1], envelopes[place].action
            if not levels:
                batch.skip("orderBookL2 without rows", row)
                continue
            key, kept = batch.keys([m.symbol for m in levels], np.repeat(row, len(levels)))
            if kept.size < len(levels) or (key != key[0]).any():
                batch.bad("unknown symbol", row, ["several"])
                continue
            batch.blamed[int(row[0])] = (int(key[0]),)
            found = self._resolved(levels, action)
            if found is None:
                self._prices.pop(levels[0].symbol, None)
                batch.bad("unknown level", row, [action])
                continue
            kind = SNAPSHOT if action == "partial" else DIFF
            none = (np.zeros(1, np.int64),) * 3
            batch.typed_levels(kind, row, key[:1], none, [found])

    def _resolved(self, levels: list[Level], action: str) -> list[tuple[float, float, int]] | None:
        """Levels (price, size, side) by their ids; None where one is not there."""
        if action == "partial":
            self._prices[levels[0].symbol] = {}
        prices = self._prices.get(levels[0].symbol)
        if prices is None:  # before the first partial, or invalid until the next
            return []
        found: list[tuple[float, float, int]] = []
        for m in levels:
            price = prices.get(m.id) if action in ("update", "delete") else m.price
            size = 0.0 if action == "delete" else m.size
            if price is None or size is None or m.side not in SIGNS or action not in ACTIONS:
                return None
            if action == "delete":
                del prices[m.id]
            else:
                prices[m.id] = price
            found.append((price, size, SIGNS[m.side]))
        return found

    def trades(self, batch: Batch, rows: np.ndarray, key: np.ndarray, items: list[Deal]) -> None:
        """Trades."""
        side = [SIGNS.get(m.side, 0) for m in items]
        price, size = column(items, "price"), column(items, "size")
        batch.add(Trade, rows, key, price=price, size=size, side=side)

    def quotes(self, batch: Batch, rows: np.ndarray, key: np.ndarray, items: list[Best]) -> None:
        """Best bids and asks."""
        columns = {
            f"{side}_{what}": known(
                items, f"{side}{what.title()}", np.nan if what == "price" else 0.0
            )
            for side in ("bid", "ask")
            for what in ("price", "size")
        }
        batch.add(Quote, rows, key, **columns)

    def states(self, batch: Batch, rows: np.ndarray, key: np.ndarray, items: list[State]) -> None:
        """What changed of instruments."""

        def some(type_: EventType, field: str, *, name: str, **others: Any) -> None:
            have = np.array([getattr(m, field) is not None for m in items], bool)
            picked = at(items, np.flatnonzero(have))
            columns = {name: known(picked, field)} | {
                other: [value(m) for m in picked] for other, value in others.items()
            }
            batch.add(type_, rows[have], key[have], **columns)

        some(MarkPrice, "markPrice", name="price")
        some(OpenInterest, "openInterest", name="contracts", value=lambda _: np.nan)
        some(
            PredictedFunding,
            "fundingRate",
            name="rate",
            due=lambda m: 0 if m.fundingTimestamp is None else _ns(m.fundingTimestamp),
            premium=lambda _: np.nan,
        )
        silent = [
            m.markPrice is None and m.openInterest is None and m.fundingRate is None for m in items
        ]
        given = rows[~np.array(silent, bool)]
        batch.skip("instrument without a change of these", np.setdiff1d(rows, given))

    def funding(self, batch: Batch, rows: np.ndarray, key: np.ndarray, items: list[Rate]) -> None:
        """Funding rates."""
        zero = _ns(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        interval = _stamps(items, "fundingInterval") - zero
        mark = np.full(len(items), np.nan)
        rate = column(items, "fundingRate")
        batch.add(Funding, rows, key, rate=rate, interval=interval, mark=mark)

    def liquidations(
        self, batch: Batch, rows: np.ndarray, key: np.ndarray, items: list[Forced]
    ) -> None:
        """Forced orders."""
        side = [SIGNS.get(m.side, 0) for m in items]
        price, size = column(items, "price"), column(items, "leavesQty")
        batch.add(Liquidation, rows, key, price=price, size=size, side=side)


def _kind(envelope: Envelope) -> str:
    """The table, or what kind of answer it is."""
    if not envelope.table:
        parts = (envelope.info, envelope.success, envelope.error)
        return "reply" if any(len(part) for part in parts) else ""
    if envelope.table == "trade" and envelope.action == "partial":
        return "trade before the capture"
    if envelope.table == "liquidation" and envelope.action != "insert":
        return "reply"
    return envelope.table


def _ns(moment: dt.datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return (aware - EPOCH) // dt.timedelta(microseconds=1) * 1_000


def _stamps(items: Sequence[Any], name: str) -> np.ndarray:
    found = (getattr(m, name) for m in items)
    return np.array([0 if moment is None else _ns(moment) for moment in found], np.int64)
