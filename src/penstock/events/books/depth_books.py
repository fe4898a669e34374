"""Order books from price levels' new sizes."""

import numpy as np

from penstock.core.native import compiled
from penstock.events.block import Block
from penstock.events.books.depth_kernel import Changes, build_depth, survey
from penstock.events.books.depth_settle import settled, with_books
from penstock.events.books.depth_snapshot import pack, unpack
from penstock.events.books.depth_tables import no_tables
from penstock.events.books.output import Crossed, refused, room, rule_of, shown
from penstock.events.quarantine import Quarantine
from penstock.events.types import LEVELS

COLUMNS = ("key", "price", "size", "side", "flags")


class DepthBooks:
    """The books of many keys, price level by price level, and what they show.

    Parameters
    ----------
    name
        What the quarantine calls the rows.
    levels, crossed
        As in `Books`.

    Notes
    -----
    A row sets the size of a level; size 0 takes it out, and taking out a level that is not there
    changes nothing (exchanges send that). The first row with flag 32 (snapshot) empties its book, which
    the snapshot then fills. Flag 4 (Databento's "maybe bad book") says that something is missing: the
    book is emptied and invalid, and rows are refused until the next snapshot. A row without a side
    changes no level and carries flags alone. Every level is kept, at any distance from the best.

    A `Book` is given at the row with flag 128 that ends a message, a snapshot's too, if one of its
    best levels differs from the last one given or refused; a book that became invalid is given as one
    without levels, all prices NaN, so that nothing goes on with what it showed before.
    """

    def __init__(
        self, name: str = "books", *, levels: int = LEVELS, crossed: Crossed = "aside"
    ) -> None:
        self.name = name
        self.rule = rule_of(levels, crossed)
        self.tables = no_tables()
        self.seen = 0
        self._build = compiled(build_depth)

    def apply(self, block: Block, quarantine: Quarantine) -> Block:
        """Apply a block of depth events: the books that follow from it."""
        columns = block.columns
        key, price, size, side, flags = (np.ascontiguousarray(columns[name]) for name in COLUMNS)
        greatest, messages = compiled(survey)(key, flags)
        self._make_books(int(greatest) + 1)
        changes = Changes(key, price, price.view(np.int64), size, side, flags)
        out = room(len(block), int(messages), 0)
        at = self._build(self.tables, changes, 0, len(block), out, self.rule)
        while at < len(block):
            self.tables = settled(self.tables, 2 * int(key[at]) + int(side[at] < 0))
            at = self._build(self.tables, changes, at, len(block), out, self.rule)
        refused(block, out, self.seen, self.name, quarantine)
        quarantine.saw(self.name, len(block), again=True)
        self.seen += len(block)
        return shown(block, out)

    def snapshot(self) -> bytes:
        """The state: levels, what is shown, counters."""
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
