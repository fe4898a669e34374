"""LOBSTER: a file of messages, and beside it the file of the books that they leave."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.checks import Marks, Rules, Times, check
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.readers.lobster_rows import (
    Feed,
    Rows,
    books,
    events,
    halts,
    orders,
    trades,
)
from penstock.events.readers.mapping import Time
from penstock.events.readers.pieces import content_hash, pieces
from penstock.events.readers.whole_times import Held
from penstock.events.types import Book, Mbo, Status, Trade

MESSAGES = re.compile(
    r"(?:^|[/\\])(?P<symbol>[^/\\_]+)_(?P<date>\d{4}-\d{2}-\d{2})_\d+_\d+_message_(?P<levels>\d+)\.csv"
    r"(?:\.gz|\.zst)?$"
)
ZONE = "America/New_York"
COLUMNS = ("symbol", "venue")
ROWS = 1 << 14  # messages of a chunk


class LobsterSource:
    """The events of a LOBSTER message file.

    Executions give trades, hidden ones (type 5) and crosses (6) too; their side is that of who
    came: the opposite of the resting order's, 0 for a cross. With the order book file beside it,
    ``_orderbook_`` in its name, messages of types 1 to 4 give the book that they leave; without it,
    `Mbo` events, which a book builder takes. Halts (type 7) give a `Status`: 8 halt, 3 quoting,
    7 trading. Prices are divided by 10,000; a level that is not there is absent.

    Parameters
    ----------
    path
        ``SYMBOL_DATE_START_END_message_LEVELS.csv``, also ``.gz`` or ``.zst``.
    orderbook
        The file of the books; else the one beside it, if there is one.
    symbol, date
        Where the name does not say: the key, and the day whose midnight times count from.
    zone
        The clocks of that midnight.
    rules
        What this market may do.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        orderbook: str | Path | None = None,
        symbol: str | None = None,
        date: dt.date | None = None,
        zone: str = ZONE,
        rules: Rules | None = None,
    ) -> None:
        self.path = Path(path)
        self.rules = rules or Rules()
        named = MESSAGES.search(str(path))
        if named is None and (symbol is None or date is None):
            raise DefinitionError(
                f"{path}: a LOBSTER file needs a symbol and a date, in its name or given, got neither"
            )
        self.symbol = symbol or (named["symbol"] if named else "")
        day = date or dt.date.fromisoformat(named["date"] if named else "")
        self.clock = Time("time", "s", zone, day)
        self.orderbook = Path(orderbook) if orderbook else self._beside()

    @property
    def name(self) -> str:
        """The path of the messages, as given."""
        return str(self.path)

    @property
    def types(self) -> tuple[EventType, ...]:
        """Books where there are some, else orders."""
        return Status, Trade, Mbo if self.orderbook is None else Book

    def content_hash(self) -> str:
        """The SHA-256 of the file, and of the books' where there is one, in hex."""
        own = content_hash(self.path)
        return own if self.orderbook is None else f"{own}{content_hash(self.orderbook)}"

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The file's messages; see `Source.chunks`. No time is split between chunks."""
        number, held, times = self._key(keys), Held(self.types), Times(self.rules)
        with ExitStack() as stack:
            files = [
                Feed(stack.enter_context(closing(pieces(path))))
                for path in (self.path, self.orderbook)
                if path is not None
            ]
            row = 0
            while True:
                texts = [feed.take(ROWS) for feed in files]
                if not any(texts):
                    break
                rows = Rows(self.name, texts, row)
                rows.missing(quarantine, self.orderbook)
                if rows.count:
                    yield held.add(self._blocks(rows, times, number, quarantine))
                row += rows.count
            for feed in files:
                if feed.cut is not None:
                    quarantine.add(
                        self.name, feed.cut.reason, [row], [feed.cut.raw], [feed.cut.detail]
                    )
                    quarantine.saw(self.name, 1)
        yield held.rest()
        quarantine.ended(self.name)

    def _blocks(
        self, rows: Rows, times: Times, number: int, quarantine: Quarantine
    ) -> tuple[Block, ...]:
        """The events of some messages; the bad ones are kept aside."""
        marks = Marks(rows.count)
        time = rows.read(self.clock, marks)
        made = (
            halts(rows),
            trades(rows),
            orders(rows) if self.orderbook is None else books(rows, marks),
        )
        for type_, (places, columns) in zip(self.types, made, strict=True):
            check(type_, columns, self.rules, marks, places)
        times.check(time, marks)
        blocks = [
            events(type_, time, number, *part, marks.good)
            for type_, part in zip(self.types, made, strict=True)
        ]
        marks.report(quarantine, self.name, lambda i: rows.row + i, rows.raw)
        quarantine.saw(self.name, rows.count)
        return tuple(blocks)

    def _key(self, keys: Keys) -> int:
        for column in keys.columns:
            if column not in COLUMNS:
                raise DefinitionError(
                    f"LOBSTER: a key column must be one of {', '.join(COLUMNS)}, "
                    f"got {column!r}{nearest(column, COLUMNS)}"
                )
        parts = {"symbol": self.symbol, "venue": "XNAS"}
        return keys.number(tuple(parts[column] for column in keys.columns))

    def _beside(self) -> Path | None:
        plain = re.sub(r"\.(gz|zst)$", "", self.path.name.replace("_message_", "_orderbook_"))
        if plain == self.path.name:
            return None
        found = (self.path.with_name(plain + packed) for packed in ("", ".gz", ".zst"))
        return next((path for path in found if path.is_file()), None)
