"""Trades, quotes, books, bars and orders."""

from penstock.core.schema import EventType, Field

Trade = EventType(
    "trade",
    "An execution.",
    (
        Field("price", "price"),
        Field("size", "size"),
        Field("side", "sign", "i8"),  # aggressor: +1 buyer, -1 seller, 0 unknown
    ),
)

Quote = EventType(
    "quote",
    "The best bid and ask.",
    (
        Field("bid_price", "price"),
        Field("bid_size", "size"),
        Field("ask_price", "price"),
        Field("ask_size", "size"),
    ),
)

LEVELS = 10

Book = EventType(
    "book",
    "The order book aggregated by price, best level first; an absent level has a NaN price and size 0.",
    # cell 4*level + (0 bid price, 1 bid size, 2 ask price, 3 ask size)
    (Field("levels", "mixed", "f8", 4 * LEVELS),),
)

Bar = EventType(
    "bar",
    "Open, high, low, close and volume of [start, end), stamped at its end.",
    (
        Field("open", "price"),
        Field("high", "price"),
        Field("low", "price"),
        Field("close", "price"),
        Field("volume", "size"),
        Field("trades", "1"),  # NaN where the source does not count them
    ),
)

Mbo = EventType(
    "mbo",
    "One order's message: add, cancel, modify, trade, fill or clear.",
    (
        Field("order", "id", "i8"),
        Field("price", "price"),
        Field("size", "size"),
        Field("action", "code", "i8"),  # ASCII of A C M T F R
        Field("side", "sign", "i8"),  # +1 bid, -1 ask, 0 none
        Field("flags", "bits", "i8"),  # Databento's: 128 last of its group, 32 snapshot
        Field("sequence", "id", "i8"),
    ),
)

Depth = EventType(
    "depth",
    "A price level's new size; size 0 removes the level.",
    (
        Field("price", "price"),  # NaN on a row of flags alone
        Field("size", "size"),
        Field("side", "sign", "i8"),  # +1 bid, -1 ask, 0 a row of flags alone
        Field("flags", "bits", "i8"),  # Databento's: 128 last of its message, 32 snapshot, 4 a gap
    ),
)
