"""The records of DBN that give trades, quotes, books, bars and orders; the same in versions 1, 2 and 3."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from penstock.core.schema import EventType
from penstock.core.time import NANOSECONDS
from penstock.events.types import LEVELS, Bar, Book, Mbo, Quote, Trade

LAST = 128  # the record ends its message group
SNAPSHOT = 32  # the record restores a book, it is no event
UNDEFINED = 2**63 - 1  # an absent price
SCALE = 1e9  # prices are integers of 1e-9; dividing rounds correctly, multiplying does not
HEADER = 16

HEAD = [
    ("length", "u1"),  # in units of 4 bytes
    ("rtype", "u1"),
    ("publisher_id", "<u2"),
    ("instrument_id", "<u4"),
    ("ts_event", "<u8"),
]
_MESSAGE = [
    *HEAD,
    ("price", "<i8"),
    ("size", "<u4"),
    ("action", "u1"),
    ("side", "u1"),
    ("flags", "u1"),
    ("depth", "u1"),
    ("ts_recv", "<u8"),
    ("ts_in_delta", "<i4"),
    ("sequence", "<u4"),
]
_MBO = [
    *HEAD,
    ("order_id", "<u8"),
    ("price", "<i8"),
    ("size", "<u4"),
    ("flags", "u1"),
    ("channel_id", "u1"),
    ("action", "u1"),
    ("side", "u1"),
    ("ts_recv", "<u8"),
    ("ts_in_delta", "<i4"),
    ("sequence", "<u4"),
]
_OHLCV = [*HEAD, *((name, "<i8") for name in ("open", "high", "low", "close")), ("volume", "<u8")]
_LEVEL = 32  # bytes: bid and ask price (i8), bid and ask size (u4), bid and ask count (u4)

SIDES = np.zeros(256, np.int64)
SIDES[ord("B")], SIDES[ord("A")] = 1, -1


class Part(NamedTuple):
    """The columns of one type that some records give; ``rows`` None stands for all of them."""

    rows: np.ndarray | None
    columns: dict[str, np.ndarray]
    before: int = 0  # ns that they stand before their record


Decode = Callable[[np.ndarray], tuple[Part, ...]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How one schema's records become events."""

    rtype: int
    fields: tuple[tuple[str, str], ...]
    types: tuple[EventType, ...]
    decode: Decode
    interval: int = 0  # of bars, ns
    grouped: bool = False  # some records are neither a trade nor a tick of the book
    sampled: bool = False  # what is recorded is a state at its capture, whenever it arose

    def dtype(self, *, sent: bool) -> np.dtype:
        """The record; ``sent`` for files that end each record with the time it was sent."""
        return np.dtype([*self.fields, *([("ts_out", "<u8")] if sent else [])])


def price(raw: np.ndarray) -> np.ndarray:
    """Fixed-point prices as floats; an undefined price is NaN."""
    out = raw / SCALE
    absent = raw == UNDEFINED
    if absent.any():
        out[absent] = np.nan
    return out


def _trades(records: np.ndarray) -> tuple[Part, ...]:
    return (Part(None, _trade(records)),)


def _trade(records: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "price": price(records["price"]),
        "size": records["size"].astype(np.float64),
        "side": SIDES[records["side"]],
    }


def _mbo(records: np.ndarray) -> tuple[Part, ...]:
    columns = {
        "order": records["order_id"].view(np.int64),
        "price": price(records["price"]),
        "size": records["size"].astype(np.float64),
        "action": records["action"].astype(np.int64),
        "side": SIDES[records["side"]],
        "flags": records["flags"].astype(np.int64),
        "sequence": records["sequence"].astype(np.int64),
    }
    return (Part(None, columns),)


def levels(records: np.ndarray, depth: int) -> np.ndarray:
    """The book of MBP records as cells: per level bid price, bid size, ask price, ask size."""
    count, size = records.size, records.dtype.itemsize
    out = np.empty((count, depth, 4))
    body = records.view(np.uint8).reshape(count, size)[:, 48 : 48 + _LEVEL * depth]
    raw = body.view("<i8").reshape(count, depth, 4)[:, :, :2]
    np.divide(raw, SCALE, out=out[:, :, 0::2])
    out[:, :, 1::2] = body.view("<u4").reshape(count, depth, 8)[:, :, 4:6]
    absent = raw == UNDEFINED
    if absent.any():
        out[:, :, 0::2][absent] = np.nan
    return out.reshape(count, 4 * depth)


def _books(records: np.ndarray, depth: int) -> tuple[np.ndarray, Part, np.ndarray | None]:
    """The complete books, the trades, and the rows of the books (None: all)."""
    traded = np.flatnonzero(records["action"] == ord("T"))
    ticks = (records["flags"] & (LAST | SNAPSHOT)) == LAST
    rows = None if ticks.all() else np.flatnonzero(ticks)
    cells = levels(records if rows is None else _take(records, rows), depth)
    return cells, Part(traded, _trade(_take(records, traded))), rows


def _take(records: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Some records, copied whole: NumPy would copy them field by field, six times slower."""
    return records.view(f"V{records.dtype.itemsize}")[rows].view(records.dtype)


def _mbp1(records: np.ndarray) -> tuple[Part, ...]:
    cells, trades, rows = _books(records, 1)
    return trades, Part(rows, _quote(cells))


def _quote(cells: np.ndarray) -> dict[str, np.ndarray]:
    names = ("bid_price", "bid_size", "ask_price", "ask_size")
    return {name: cells[:, i] for i, name in enumerate(names)}


def _tbbo(records: np.ndarray) -> tuple[Part, ...]:
    """Trades, and the quotes that they met: a tick before them, else a trade would see the last one's."""
    return Part(None, _trade(records)), Part(None, _quote(levels(records, 1)), before=1)


def _bbo(records: np.ndarray) -> tuple[Part, ...]:
    return (Part(None, _quote(levels(records, 1))),)


def _mbp10(records: np.ndarray) -> tuple[Part, ...]:
    cells, trades, rows = _books(records, LEVELS)
    return trades, Part(rows, {"levels": cells})


def _ohlcv(records: np.ndarray) -> tuple[Part, ...]:
    columns = {name: price(records[name]) for name in ("open", "high", "low", "close")}
    columns["volume"] = records["volume"].astype(np.float64)
    columns["trades"] = np.full(records.size, np.nan)
    return (Part(None, columns),)


def _bars(rtype: int, interval: int) -> Layout:
    return Layout(rtype, tuple(_OHLCV), (Bar,), _ohlcv, interval)


def _depth(count: int) -> tuple[tuple[str, str], ...]:
    return (*_MESSAGE, ("levels", f"V{_LEVEL * count}"))


# a trade stands before the book that it leaves, as in the file
MARKET = {
    "trades": Layout(0x00, tuple(_MESSAGE), (Trade,), _trades),
    "tbbo": Layout(0x01, _depth(1), (Trade, Quote), _tbbo),
    "tcbbo": Layout(0xC2, _depth(1), (Trade, Quote), _tbbo),
    "mbp-1": Layout(0x01, _depth(1), (Trade, Quote), _mbp1, grouped=True),
    "cmbp-1": Layout(0xB1, _depth(1), (Trade, Quote), _mbp1, grouped=True),
    "mbp-10": Layout(0x0A, _depth(LEVELS), (Trade, Book), _mbp10, grouped=True),
    "bbo-1s": Layout(0xC3, _depth(1), (Quote,), _bbo, sampled=True),
    "bbo-1m": Layout(0xC4, _depth(1), (Quote,), _bbo, sampled=True),
    "cbbo-1s": Layout(0xC0, _depth(1), (Quote,), _bbo, sampled=True),
    "cbbo-1m": Layout(0xC1, _depth(1), (Quote,), _bbo, sampled=True),
    "mbo": Layout(0xA0, tuple(_MBO), (Mbo,), _mbo),
    "ohlcv-1s": _bars(0x20, NANOSECONDS["s"]),
    "ohlcv-1m": _bars(0x21, NANOSECONDS["m"]),
    "ohlcv-1h": _bars(0x22, NANOSECONDS["h"]),
    "ohlcv-1d": _bars(0x23, NANOSECONDS["d"]),
}

# records about the feed, which any file may hold between its data
NOTES = {
    0x12: "status",
    0x13: "definition",
    0x15: "error message",
    0x16: "symbol mapping",
    0x17: "system message",
}
