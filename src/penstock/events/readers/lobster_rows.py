"""The lines of LOBSTER's two files, side by side, as columns of events."""

from collections.abc import Iterator
from pathlib import Path
from statistics import mode

import numpy as np
import polars as pl

from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.checks import Marks
from penstock.events.quarantine import Quarantine
from penstock.events.readers.lines import Lines
from penstock.events.readers.mapping import Time
from penstock.events.readers.stamps import stamps
from penstock.events.readers.whole_lines import Cut, whole_lines
from penstock.events.types import LEVELS, Status

NAMES = ("time", "kind", "order", "size", "price", "side")
NEW, CANCEL, DELETE, EXECUTION, HIDDEN, CROSS, HALT = range(1, 8)
DOLLAR = 10_000.0  # of LOBSTER's integer prices
NONE = 9_999_999_999  # the price of a level that is not there, with either sign
STATES = {-1: 8, 0: 3, 1: 7}  # a halt's price as Databento's states: halt, quoting, trading
BYTES = 1 << 21
SAMPLE = 100  # lines whose usual width is that of all

Part = tuple[np.ndarray, dict[str, np.ndarray]]  # places among the messages, columns


class Feed:
    """The lines of a file, some at a time."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self.texts = whole_lines(source, BYTES)
        self.waiting: list[bytes] = []
        self.cut: Cut | None = None  # what the file broke in

    def take(self, count: int) -> list[bytes]:
        """The next lines, fewer at the end; blank ones are none."""
        while len(self.waiting) < count and self.cut is None:
            found = next(self.texts, None)
            if found is None:
                break
            text, self.cut = found
            lines = (line.rstrip(b"\r") for line in text.split(b"\n"))
            self.waiting += [line for line in lines if line]
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        return taken


class Rows:
    """Messages, and the books beside them where there are some."""

    def __init__(self, name: str, texts: list[list[bytes]], row: int) -> None:
        self.name = name
        self.row = row
        self.messages, self.books = texts[0], texts[1] if len(texts) > 1 else []
        self.count = len(self.messages)
        self.cells: dict[str, np.ndarray] = {}

    def missing(self, quarantine: Quarantine, orderbook: Path | None) -> None:
        """Keep aside lines that one file has and the other has not."""
        if orderbook is None or len(self.books) == self.count:
            return
        longer = self.books if len(self.books) > self.count else self.messages
        fewer = min(len(self.books), self.count)
        rows = [self.row + place for place in range(fewer, len(longer))]
        detail = f"{self.count} messages, {len(self.books)} books"
        quarantine.add(self.name, "no line beside it", rows, longer[fewer:], [detail] * len(rows))
        quarantine.saw(self.name, len(rows))
        self.messages, self.books = self.messages[:fewer], self.books[:fewer]
        self.count = fewer

    def raw(self, place: int) -> bytes:
        """A message's line, and the book's after it."""
        both = [self.messages[place], *(self.books[place : place + 1])]
        return b"\n".join(both)

    def read(self, clock: Time, marks: Marks) -> np.ndarray:
        """Read the messages' cells; returns their times."""
        schema: dict[str, pl.DataType] = dict.fromkeys(NAMES, pl.Int64())
        frame = table(self.messages, schema | {"time": pl.String()})
        values, failures = stamps(frame["time"], clock, self.name)
        for _, mask in failures:
            self.mark(marks, "wrong type", mask.to_numpy())
        for name in NAMES[1:]:
            numbers = frame[name]
            self.mark(marks, "wrong type", numbers.is_null().to_numpy())
            self.cells[name] = numbers.fill_null(0).to_numpy()
        kind = self.cells["kind"]
        self.mark(marks, "unknown action", (kind < NEW) | (kind > HALT))
        return values.fill_null(0).to_numpy()

    def mark(self, marks: Marks, reason: str, wrong: np.ndarray) -> None:
        """Mark messages as bad."""
        places = np.flatnonzero(wrong)
        if places.size:
            texts = [self.messages[place].decode("utf-8", "replace") for place in places.tolist()]
            marks.mark(reason, places, np.array(texts, object))

    def of(self, *kinds: int) -> np.ndarray:
        """The places of the messages of some kinds."""
        return np.flatnonzero(np.isin(self.cells["kind"], kinds))


def table(lines: list[bytes], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Cells of a type each; what is none is null, and so is all of a line with more cells or fewer."""
    if not lines:
        return pl.DataFrame(schema=schema)
    text = b"\n".join(lines) + b"\n"
    wrong = Lines(text, ",", len(schema), 0, skip=False).wrong
    if wrong.any():
        nothing = b"," * (len(schema) - 1)
        text = b"\n".join(
            nothing if odd else line for line, odd in zip(lines, wrong.tolist(), strict=True)
        )
    return pl.read_csv(
        text,
        has_header=False,
        schema=schema,
        quote_char=None,
        encoding="utf8-lossy",
        ignore_errors=True,
    )


def halts(rows: Rows) -> Part:
    """Changes of the trading state."""
    places = rows.of(HALT)
    states = [STATES.get(price, 0) for price in rows.cells["price"][places].tolist()]
    state = np.array(states, np.int64)
    columns = {field.name: np.zeros(places.size, np.int64) for field in Status.fields}
    trading = np.where(state == STATES[1], 1, -1)
    return places, columns | {
        "state": state,
        "trading": trading,
        "quoting": np.where(state == STATES[-1], -1, 1),
    }


def trades(rows: Rows) -> Part:
    """Executions, by the side of who came."""
    places = rows.of(EXECUTION, HIDDEN, CROSS)
    cells = {name: rows.cells[name][places] for name in NAMES[1:]}
    side = np.where(cells["kind"] == CROSS, 0, -np.sign(cells["side"]))
    return places, {
        "price": cells["price"] / DOLLAR,
        "size": cells["size"].astype(float),
        "side": side,
    }


def orders(rows: Rows) -> Part:
    """What happens to resting orders."""
    places = rows.of(NEW, CANCEL, DELETE, EXECUTION)
    cells = {name: rows.cells[name][places] for name in NAMES[1:]}
    return places, {
        "order": cells["order"],
        "price": cells["price"] / DOLLAR,
        "size": cells["size"].astype(float),
        "action": np.where(cells["kind"] == NEW, ord("A"), ord("C")),
        "side": np.sign(cells["side"]),
        "flags": np.full(places.size, 128),
        "sequence": np.zeros(places.size, np.int64),
    }


def books(rows: Rows, marks: Marks) -> Part:
    """The books that messages leave."""
    places = rows.of(NEW, CANCEL, DELETE, EXECUTION)
    lines = [rows.books[place] for place in places.tolist()]
    width = mode(line.count(b",") for line in lines[:SAMPLE]) + 1 if lines else 4
    frame = table(lines, {str(place): pl.Int64() for place in range(width)})
    wrong = np.zeros(rows.count, bool)
    cells = np.full((places.size, LEVELS, 4), np.nan)
    cells[:, :, 1::2] = 0.0
    for level in range(min(width // 4, LEVELS)):
        # LOBSTER: ask price, ask size, bid price, bid size
        for place, cell in enumerate((2, 3, 0, 1)):
            column = frame[str(4 * level + place)]
            if column.null_count():
                wrong[places] |= column.is_null().to_numpy()
            cells[:, level, cell] = column.fill_null(0).to_numpy()
    rows.mark(marks, "wrong type", wrong)
    prices = cells[:, :, 0::2]
    absent = np.abs(prices) == NONE
    prices /= DOLLAR
    prices[absent] = np.nan
    return places, {"levels": cells.reshape(-1, 4 * LEVELS)}


def events(
    type_: EventType,
    time: np.ndarray,
    number: int,
    places: np.ndarray,
    columns: dict[str, np.ndarray],
    good: np.ndarray | None,
) -> Block:
    """The block of one type's good rows."""
    if good is not None:
        kept = np.flatnonzero(good[places])
        places, columns = places[kept], {name: cells[kept] for name, cells in columns.items()}
    stamp = time[places]
    common = {"time": stamp, "receive": stamp, "key": np.full(places.size, number, np.int64)}
    return Block(type_, common | columns)
