"""What the lines of a piece of a capture hold, sorted by kind."""

import operator
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
import numpy as np

from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.checks import Columns, Marks
from penstock.events.keys import Keys
from penstock.events.readers.captures.parts import DepthParts, Ids
from penstock.events.readers.captures.scan import Lines

Id = Annotated[int, msgspec.Meta(ge=-1, lt=1 << 62)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, lt=1 << 42)]
Message = TypeVar("Message")
Item = TypeVar("Item")
MILLISECOND = 1_000_000
WRONG = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Decoder(Generic[Message]):
    """Decodes many texts at once, and where one of them is wrong one after the other.

    Numbers may be written as texts (``"1.5"``), as exchanges do.
    """

    def __init__(self, type: type[Message]) -> None:
        self._many: Any = msgspec.json.Decoder(list[type], strict=False)
        self._one: Any = msgspec.json.Decoder(type, strict=False)

    def read(
        self, texts: Sequence[bytes], rows: np.ndarray, batch: "Batch"
    ) -> tuple[list[Message], np.ndarray]:
        """The messages and the places of their texts; the lines of texts that hold none are marked."""
        try:
            return self._many.decode(b"[" + b",".join(texts) + b"]"), np.arange(len(texts))
        except WRONG:
            pass  # now find out which
        found: list[Message] = []
        good: list[int] = []
        for place, text in enumerate(texts):
            try:
                found.append(self._one.decode(text))
                good.append(place)
            except WRONG as error:
                batch.bad(reason_of(error), rows[place : place + 1], [str(error)])
        return found, np.array(good, np.int64)


def reason_of(error: Exception) -> str:
    """The reason of a text that cannot be decoded."""
    if not isinstance(error, msgspec.ValidationError):
        return "malformed JSON"
    text = str(error)
    if "missing required field" in text:
        return "missing field"
    return "out of range" if "out of range" in text or "`int` <" in text else "wrong type"


class Names:
    """Numbers of the keys of symbols."""

    def __init__(self, keys: Keys, venue: str, symbols: tuple[str, ...] | None) -> None:
        self.venue = venue
        self.numbers: dict[str, int] = {}
        self._keys = keys
        self._known = None if symbols is None else frozenset(symbols)

    def number(self, symbol: str) -> int:
        """The number of a symbol's key; -1 where the symbol is not known."""
        found = self.numbers.get(symbol)
        if found is None:
            if not symbol or (self._known is not None and symbol not in self._known):
                return -1
            parts = {"symbol": symbol, "venue": self.venue}
            found = self._keys.number(tuple(parts[column] for column in self._keys.columns))
            self.numbers[symbol] = found
        return found


class Batch:
    """The events, messages of depth, skipped and bad lines of some lines.

    Attributes
    ----------
    lines
        What is read.
    names
        The keys.
    marks
        Lines that hold nothing to deliver: bad ones, each under its reason, and those skipped.
    sent
        Per line the exchange's stamp in ns; 0 where it has none.
    skipped
        Lines skipped, by kind.
    blamed
        The keys whose books a line may be of, should it be bad; of any where it is not here.
    """

    def __init__(self, lines: Lines, names: Names) -> None:
        self.lines = lines
        self.names = names
        self.marks = Marks(len(lines))
        self.sent = np.zeros(len(lines), np.int64)
        self.skipped: dict[str, int] = {}
        self.events: dict[EventType, list[Columns]] = {}
        self.depth = DepthParts()
        self.blamed: dict[int, tuple[int, ...]] = {}

    def bad(self, reason: str, rows: np.ndarray, values: Sequence[str]) -> None:
        """Mark bad lines."""
        self.marks.mark(reason, rows, np.array(values, object))

    def skip(self, kind: str, rows: np.ndarray) -> None:
        """Mark lines that are well formed but hold no event."""
        count = self.marks.leave(rows)
        if count:
            self.skipped[kind] = self.skipped.get(kind, 0) + count

    def keys(
        self, symbols: Sequence[str], rows: np.ndarray, streams: Sequence[str] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The keys of symbols, and the places of those that are known; the others' lines are marked.

        Where the streams say symbols too, both must be the same; an empty one says nothing.
        """
        known = self.names.numbers
        if not known.keys() >= set(symbols):
            for symbol in dict.fromkeys(symbols):
                self.names.number(symbol)
        key = np.fromiter((known.get(text, -1) for text in symbols), np.int64, len(symbols))
        if streams is not None and symbols != streams:
            pairs = zip(symbols, streams, strict=True)
            key[[stream not in ("", symbol) for symbol, stream in pairs]] = -1
        wrong = np.flatnonzero(key < 0)
        if wrong.size:
            self.bad("unknown symbol", rows[wrong], [symbols[place] for place in wrong.tolist()])
        kept = np.flatnonzero(key >= 0)
        return key[kept], kept

    def add(self, type: EventType, rows: np.ndarray, key: np.ndarray, **columns: Any) -> None:
        """Add events of one type: the lines that they are of, their keys and their fields."""
        if rows.size:
            arrays = {f.name: np.asarray(columns[f.name], f.dtype) for f in type.fields}
            self.events.setdefault(type, []).append({"row": rows, "key": key, **arrays})

    def harmless(self, rows: np.ndarray) -> None:
        """Note lines that are of no book, should they be bad."""
        self.blamed |= dict.fromkeys(rows.tolist(), ())

    def levels(
        self,
        kind: int,
        rows: np.ndarray,
        key: np.ndarray,
        ids: Ids,
        bids: Sequence[bytes],
        asks: Sequence[bytes],
    ) -> None:
        """Add messages of depth whose levels are texts; a line whose texts are none is marked."""
        for place, why in self.depth.add_texts(kind, rows, key, ids, bids, asks):
            self.bad("wrong type", rows[place : place + 1], [why])

    def typed_levels(
        self,
        kind: int,
        rows: np.ndarray,
        key: np.ndarray,
        ids: Ids,
        found: Sequence[Sequence[tuple[float, float, int]]],
    ) -> None:
        """Add messages of depth, each with its levels (price, size, side)."""
        table = np.array([level for levels in found for level in levels]).reshape(-1, 3)
        ends = np.cumsum([len(levels) for levels in found], dtype=np.int64)
        sides = table[:, 2].astype(np.int64)
        self.depth.add(kind, rows, key, ids, table[:, :2], sides, ends)

    def block(self, type: EventType, stamps: Columns) -> Block:
        """The good events of one type, in the order of their lines, under the lines' stamps."""
        parts = self.events.get(type)
        if parts is None:
            return Block.of(type, time=[], **{field.name: [] for field in type.fields})
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        rows = columns.pop("row")
        order = np.argsort(rows, kind="stable")
        good = self.marks.good
        if good is not None:
            order = order[good[rows[order]]]
        picked = {name: column[order] for name, column in columns.items()}
        return Block(type, {name: at[rows[order]] for name, at in stamps.items()} | picked)


def column(items: Sequence[Any], name: str, dtype: Any = np.float64) -> np.ndarray:
    """An attribute of many messages."""
    return np.fromiter(map(operator.attrgetter(name), items), dtype, len(items))


def nanoseconds(items: Sequence[Any], name: str) -> np.ndarray:
    """A stamp in milliseconds of many messages, in ns."""
    return column(items, name, np.int64) * MILLISECOND


def at(items: Sequence[Item], places: np.ndarray) -> list[Item]:
    """Some of many things."""
    return list(items) if places.size == len(items) else [items[place] for place in places.tolist()]


def known(items: Sequence[Any], name: str, otherwise: float = np.nan) -> np.ndarray:
    """An attribute of many messages, and what stands for none."""
    values = (getattr(m, name) for m in items)
    return np.array([otherwise if value is None else value for value in values], np.float64)
