"""Blocks as DBN records: what a value cannot be in a record is an error, never rounded."""

from collections.abc import Callable

import numpy as np

from penstock.core.errors import DataError
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.readers.layouts import LAST, SCALE, UNDEFINED, Layout
from penstock.events.readers.schemas import layout
from penstock.events.types import LEVELS, Bar, Book, Mbo, Trade

SIDES = np.frombuffer(b"ANB", np.uint8)  # of -1, 0, 1
PAIR = 8  # 4-byte words of a level: bid price, ask price (2 each), sizes, counts
START = 48  # bytes before the levels


def exact(name: str, values: np.ndarray, dtype: str) -> np.ndarray:
    """Whole numbers as an unsigned integer; raises DataError where one does not fit."""
    limits = np.iinfo(dtype)
    wrong = ~((values >= limits.min) & (values <= limits.max) & (values == np.rint(values)))
    if wrong.any():
        raise DataError(
            f"DBN: {name} must be a whole number from {limits.min} to {limits.max}, "
            f"got {values[wrong][0]}"
        )
    return values.astype(dtype)


def fixed(price: np.ndarray) -> np.ndarray:
    """Prices in units of 1e-9; NaN is undefined."""
    absent = np.isnan(price)
    known = np.where(absent, 0.0, price)
    wrong = ~(np.abs(known) < 9.0e9)
    raw = np.rint(np.where(wrong, 0.0, known) * SCALE).astype(np.int64)
    wrong |= raw / SCALE != known
    if wrong.any():
        raise DataError(f"DBN: a price must be a multiple of 1e-9, got {known[wrong][0]!r}")
    raw[absent] = UNDEFINED
    return raw


def sides(side: np.ndarray) -> np.ndarray:
    """Signs as B, A and N."""
    return SIDES[np.sign(side) + 1]


def head(shape: Layout, block: Block) -> np.ndarray:
    """Empty records with everything that a block's common columns say."""
    dtype = shape.dtype(sent=False)
    records = np.zeros(len(block), dtype)
    records["length"] = dtype.itemsize // 4
    records["rtype"] = shape.rtype
    records["instrument_id"] = block.columns["key"] + 1
    records["ts_event"] = exact("time", block.columns["time"] - shape.interval, "u8")
    if "ts_recv" in (dtype.names or ()):
        records["ts_recv"] = exact("receive", block.columns["receive"], "u8")
    elif (block.columns["receive"] != block.columns["time"]).any():
        raise DataError("DBN: a bar's receive time must be its time, got another")
    return records


def mbo(shape: Layout, blocks: dict[EventType, Block]) -> np.ndarray:
    """Order messages."""
    block = blocks[Mbo]
    records = head(shape, block)
    records["order_id"] = block.columns["order"].view(np.uint64)
    records["price"] = fixed(block.columns["price"])
    records["side"] = sides(block.columns["side"])
    for name in ("size", "action", "flags", "sequence"):
        records[name] = exact(name, block.columns[name], records.dtype[name].str)
    return records


def trades(shape: Layout, blocks: dict[EventType, Block]) -> np.ndarray:
    """Trades."""
    block = blocks[Trade]
    records = head(shape, block)
    records["price"] = fixed(block.columns["price"])
    records["size"] = exact("size", block.columns["size"], "u4")
    records["side"] = sides(block.columns["side"])
    records["action"] = ord("T")
    return records


def books(shape: Layout, blocks: dict[EventType, Block]) -> np.ndarray:
    """Trades and the books that follow, merged by time; a trade's record shows no levels."""
    traded = trades(shape, blocks)
    block = blocks[Book]
    shown = head(shape, block)
    shown["price"] = UNDEFINED
    shown["action"] = shown["side"] = ord("N")
    shown["flags"] = LAST
    records = np.concatenate((traded, shown))
    words = records.view(np.uint8).reshape(len(records), records.itemsize)[:, START:]
    numbers = words.view("<i8").reshape(len(records), LEVELS, PAIR // 2)
    numbers[:, :, :2] = UNDEFINED
    cells = block.columns["levels"].reshape(-1, LEVELS, 4)
    numbers[len(traded) :, :, :2] = fixed(cells[:, :, 0::2])
    sizes = words.view("<u4").reshape(len(records), LEVELS, PAIR)[len(traded) :, :, 4:6]
    sizes[...] = exact("size", cells[:, :, 1::2], "u4")
    times = np.concatenate((blocks[Trade].columns["time"], block.columns["time"]))
    return records[np.argsort(times, kind="stable")]


def bars(shape: Layout, blocks: dict[EventType, Block]) -> np.ndarray:
    """Bars, stamped at their start; DBN does not count their trades."""
    block = blocks[Bar]
    records = head(shape, block)
    for name in ("open", "high", "low", "close"):
        records[name] = fixed(block.columns[name])
    records["volume"] = exact("volume", block.columns["volume"], "u8")
    if not np.isnan(block.columns["trades"]).all():
        raise DataError("DBN: bars must not count their trades, got bars that do")
    return records


Encode = Callable[[Layout, dict[EventType, Block]], np.ndarray]
ENCODERS: dict[tuple[EventType, ...], Encode] = {
    (Mbo,): mbo,
    (Trade,): trades,
    (Trade, Book): books,
    (Bar,): bars,
}
SCHEMAS = ("mbo", "trades", "mbp-10", "ohlcv-1s", "ohlcv-1m", "ohlcv-1h", "ohlcv-1d")


def encoder(schema: str) -> tuple[Layout, Encode]:
    """The layout of a schema and what writes it."""
    shape = layout(schema)
    return shape, ENCODERS[shape.types]
