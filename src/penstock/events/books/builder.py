"""Order books from single orders' messages (MBO), and the source of books."""

import hashlib
from collections.abc import Iterator

import numpy as np

from penstock.core.errors import CapacityError, DefinitionError
from penstock.core.native import compiled
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.books.depth_books import DepthBooks
from penstock.events.books.kernel import MORE_POOL, Messages
from penstock.events.books.loop import build
from penstock.events.books.output import COMMON, Crossed, refused, room, rule_of, shown
from penstock.events.books.pieces import spans, whole_times
from penstock.events.books.snapshot import pack, unpack
from penstock.events.books.tables import (
    ROOM,
    living,
    new_tables,
    with_books,
    with_pool,
    with_slots,
)
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.source import Source
from penstock.events.types import LEVELS, Book, Depth, Mbo, Trade

PIECE = 8_192  # messages applied at once: what bounds the books waiting to be read
MAX_ORDERS = 1 << 24
COLUMNS = ("key", "order", "price", "size", "action", "side", "flags")
TRADED = (*COMMON, "price", "size", "side")


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
        if max_orders < 1:
            raise DefinitionError(f"Books: max_orders must be at least 1, got {max_orders}")
        self.name = name
        self.max_orders = max_orders
        self.rule = rule_of(levels, crossed)
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
            out = room(end - begin, end - begin, end - begin)
            at = begin
            while at < end:
                at, wanted = self._build(self.tables, messages, at, end, out, self.rule)
                if at < end:
                    self._grow(wanted)
            refused(block, out, self.seen, self.name, quarantine)
            quarantine.saw(self.name, end - begin, again=True)
            traded = out.trades[: int(out.size[2])]
            yield (
                Block(Trade, {name: columns[name][traded] for name in TRADED}),
                shown(block, out),
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


class BookBuilder:
    """A source of books from a source of MBO or depth events.

    Parameters
    ----------
    source
        Gives MBO events, which become trades and books (`Books`), or depth events, which become books
        (`DepthBooks`) beside the other events of the source.
    levels, crossed, max_orders
        As in `Books`, where the rules are stated.
    orders
        Give the MBO events too, all of them, beside what follows from them: the file is then read once for both.
    """

    def __init__(
        self,
        source: Source,
        *,
        levels: int = LEVELS,
        crossed: Crossed = "aside",
        max_orders: int = MAX_ORDERS,
        orders: bool = False,
    ) -> None:
        if Mbo not in source.types and Depth not in source.types:
            types = ", ".join(given.name for given in source.types)
            raise DefinitionError(
                f"BookBuilder: a source of mbo or depth is needed, got one of {types}"
            )
        self.source = source
        self.name = f"book of {source.name}"
        self.levels = levels
        self.crossed: Crossed = crossed
        self.max_orders = max_orders
        self.orders = orders
        self.books()  # a rule that does not hold is said here, not at the first chunk

    @property
    def types(self) -> tuple[EventType, ...]:
        """Trades, books and perhaps orders, or the source's types with books in place of depth."""
        if Mbo in self.source.types:
            return (Trade, Book, Mbo) if self.orders else (Trade, Book)
        return tuple(Book if given is Depth else given for given in self.source.types)

    def books(self) -> Books:
        """Empty books of single orders under this source's rules."""
        return Books(
            self.name, levels=self.levels, crossed=self.crossed, max_orders=self.max_orders
        )

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The events from the start; no time is split between chunks."""
        chunks = self.source.chunks(keys, quarantine)
        if Mbo in self.source.types:
            place, books = self.source.types.index(Mbo), self.books()
            for block in whole_times(chunk[place] for chunk in chunks):
                pieces = books.pieces(block, quarantine, PIECE)
                if not self.orders:
                    yield from pieces
                    continue
                runs = spans(block.columns["time"], PIECE)
                for piece, (begin, end) in zip(pieces, runs, strict=True):
                    yield (*piece, block.take(slice(begin, end)))
            return
        place = self.source.types.index(Depth)
        levels = DepthBooks(self.name, levels=self.levels, crossed=self.crossed)
        for chunk in chunks:
            built = levels.apply(chunk[place], quarantine)
            yield (*chunk[:place], built, *chunk[place + 1 :])

    def content_hash(self) -> str:
        """The hash of the source's content and of the rules."""
        rules = f"{self.source.content_hash()} book {self.levels} {self.crossed}"
        return hashlib.sha256(rules.encode()).hexdigest()
