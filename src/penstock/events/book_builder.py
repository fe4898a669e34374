"""Order books from single orders' messages (MBO)."""

import hashlib
from collections.abc import Iterator
from typing import Literal

import numpy as np

from penstock.core.errors import CapacityError, DefinitionError
from penstock.core.native import compiled
from penstock.core.schema import EventType
from penstock.events.block import Block, Keys
from penstock.events.book_kernel import MORE_POOL, REASONS, Messages, Output
from penstock.events.book_loop import build
from penstock.events.book_pieces import spans, whole_times
from penstock.events.book_snapshot import pack, unpack
from penstock.events.book_tables import (
    ROOM,
    living,
    new_tables,
    with_books,
    with_pool,
    with_slots,
)
from penstock.events.quarantine import Quarantine
from penstock.events.source import Source
from penstock.events.types import LEVELS, Book, Mbo, Trade

PIECE = 8_192  # messages applied at once: what bounds the books waiting to be read
MAX_ORDERS = 1 << 24
COLUMNS = ("key", "order", "price", "size", "action", "side", "flags")
COMMON = ("time", "receive", "key")
TRADED = (*COMMON, "price", "size", "side")

Crossed = Literal["aside", "keep"]


class Books:
    """The books of many keys, order by order, and what they show.

    Parameters
    ----------
    name
        What the quarantine calls the messages.
    levels
        Price levels shown and watched; the others of a `Book` stay absent.
    crossed
        What becomes of a book whose best prices cross or lock once its group is whole:
        ``"aside"`` counts it and shows nothing, ``"keep"`` shows it.
    max_orders
        Resting orders of all keys together.

    Notes
    -----
    Messages follow Databento's meaning: A adds; C takes the message's size off the order; M sets
    price and size, and a new price or a larger size goes to the end of the queue; R empties both
    sides; T, F and N leave the book alone, for the C that follows a fill changes it. A with flag 64
    (top of book) replaces its side. A side of 0 on C and M is found out from the order.

    A `Book` is given at the message with flag 128 that ends a group of its key, stamped with that
    message's time, if one of its best levels differs from what it was at the end of the group
    before. Messages with flag 32 (snapshot) fill the book and give none, and the first message
    without it is compared with the full book. A `Trade` is given for every T.

    A message that cannot be applied (unknown or existing order, a cancel above the resting size,
    a size that is not positive, a price that is not finite, no side, an unknown action) is counted
    and kept aside, and the book stays as it was. Level sizes are exact for whole lots.
    """

    def __init__(
        self,
        name: str = "books",
        *,
        levels: int = LEVELS,
        crossed: Crossed = "aside",
        max_orders: int = MAX_ORDERS,
    ) -> None:
        if not 1 <= levels <= LEVELS:
            raise DefinitionError(f"Books: levels must be from 1 to {LEVELS}, got {levels}")
        if crossed not in ("aside", "keep"):
            raise DefinitionError(f"Books: crossed must be 'aside' or 'keep', got {crossed!r}")
        if max_orders < 1:
            raise DefinitionError(f"Books: max_orders must be at least 1, got {max_orders}")
        self.name = name
        self.max_orders = max_orders
        self.rule = np.array([levels, crossed == "aside"], np.int64)
        self.tables = new_tables(slots=1 << 10, pool=1 << 10, books=1)
        self.seen = 0
        self._build = compiled(build)

    def __len__(self) -> int:
        """Resting orders."""
        return living(self.tables).size

    def apply(self, block: Block, quarantine: Quarantine) -> tuple[Block, Block]:
        """Apply a block of MBO events: the trades and the books that follow from it."""
        ((trades, books),) = self.pieces(block, quarantine, max(1, len(block)))
        return trades, books

    def pieces(
        self, block: Block, quarantine: Quarantine, size: int
    ) -> Iterator[tuple[Block, Block]]:
        """Apply a block in pieces of about ``size`` messages that split no time."""
        columns = block.columns
        if len(block):
            self._make_books(int(columns["key"].max()) + 1)
        messages = Messages(*(np.ascontiguousarray(columns[name]) for name in COLUMNS))
        for begin, end in spans(columns["time"], size):
            out = Output(
                np.empty(end - begin, np.int64),
                np.empty((end - begin, 4 * LEVELS)),
                np.empty((2 * (end - begin), 2), np.int64),
                np.empty(end - begin, np.int64),
                np.zeros(3, np.int64),
            )
            at = begin
            while at < end:
                at, wanted = self._build(self.tables, messages, at, end, out, self.rule)
                if at < end:
                    self._grow(wanted)
            books, refused, trades = (int(count) for count in out.size)
            self._refuse(block, out.bad[:refused], quarantine)
            quarantine.saw(self.name, end - begin)
            traded, shown = out.trades[:trades], out.at[:books]
            yield (
                Block(Trade, {name: columns[name][traded] for name in TRADED}),
                Block(
                    Book,
                    {name: columns[name][shown] for name in COMMON}
                    | {"levels": out.levels[:books]},
                ),
            )
        self.seen += len(block)

    def snapshot(self) -> bytes:
        """The state, free of the tables' layout: orders in price-time order, levels, counters."""
        return pack(self.tables, self.rule, self.seen)

    def restore(self, data: bytes) -> None:
        """Take over a snapshot.

        Raises
        ------
        SnapshotError
            When it is of another format, or of books with another number of levels or rule.
        """
        self.tables, self.seen = unpack(data, self.rule)

    def _make_books(self, books: int) -> None:
        have = self.tables.shown.shape[0]
        if books > have:
            self.tables = with_books(self.tables, max(books, 2 * have))

    def _grow(self, wanted: int) -> None:
        """Rebuild the table that is full: without its dead orders, twice as large if it must be."""
        tables = self.tables
        if wanted == MORE_POOL:
            rooms = int(tables.sides[:, ROOM].sum())
            self.tables = with_pool(tables, 4 * rooms + 1024)
            return
        alive = living(tables)
        if alive.size >= self.max_orders:
            raise CapacityError(
                f"{self.name}: at most {self.max_orders} resting orders are kept, got one more"
            )
        slots = tables.orders.shape[0]
        self.tables = with_slots(tables, 2 * slots if 4 * alive.size > slots else slots, alive)

    def _refuse(self, block: Block, bad: np.ndarray, quarantine: Quarantine) -> None:
        for code in np.unique(bad[:, 1]):
            rows = bad[bad[:, 1] == code, 0]
            self._aside(block, rows, REASONS[code], quarantine)

    def _aside(self, block: Block, rows: np.ndarray, reason: str, quarantine: Quarantine) -> None:
        records = np.empty(rows.size, Mbo.dtype())
        for name in Mbo.dtype().names or ():
            records[name] = block.columns[name][rows]
        width, data = records.itemsize, records.tobytes()
        raw = [data[at : at + width] for at in range(0, len(data), width)]
        cells = zip(*(records[name].tolist() for name in ("order", "price", "size")), strict=True)
        values = [f"order {order}, price {price}, size {size}" for order, price, size in cells]
        quarantine.add(self.name, reason, (rows + self.seen).tolist(), raw, values)


class BookBuilder:
    """A source of trades and books from a source of MBO events.

    Parameters
    ----------
    source
        Gives MBO events.
    levels, crossed, max_orders
        As in `Books`, where the rules are stated.
    """

    types: tuple[EventType, ...] = (Trade, Book)

    def __init__(
        self,
        source: Source,
        *,
        levels: int = LEVELS,
        crossed: Crossed = "aside",
        max_orders: int = MAX_ORDERS,
    ) -> None:
        if Mbo not in source.types:
            types = ", ".join(given.name for given in source.types)
            raise DefinitionError(f"BookBuilder: a source of mbo is needed, got one of {types}")
        self.source = source
        self.name = f"book of {source.name}"
        self.levels = levels
        self.crossed: Crossed = crossed
        self.max_orders = max_orders
        self.books()  # a rule that does not hold is said here, not at the first chunk

    def books(self) -> Books:
        """Empty books under this source's rules."""
        return Books(
            self.name, levels=self.levels, crossed=self.crossed, max_orders=self.max_orders
        )

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The trades and books from the start; no time is split between chunks."""
        books = self.books()
        place = self.source.types.index(Mbo)
        blocks = (chunk[place] for chunk in self.source.chunks(keys, quarantine))
        for block in whole_times(blocks):
            yield from books.pieces(block, quarantine, PIECE)

    def content_hash(self) -> str:
        """The hash of the source's content and of the rules."""
        rules = f"{self.source.content_hash()} book {self.levels} {self.crossed}"
        return hashlib.sha256(rules.encode()).hexdigest()
