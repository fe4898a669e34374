"""Price levels: touches of them, and what the book, the tape and the options did near them.

A wide column holds a level a cell, NaN where there is none: first the levels that exist once, then strikes and round
numbers, each at the cell that its number gives modulo their count.
"""

from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column
from penstock.streams import Stream

CELLS = 5
# of examples: columns of levels and of what is known of each, and of what is known of all
WIDE = ("levels", "ways", "values", "others")
NARROW = (
    "spot",
    "close",
    "active",
    "books",
    "price",
    "size",
    "side",
    "trades",
    "order",
    "action",
    "flags",
)
FREE = Stream(
    EventType(
        "levels",
        "Levels of an example.",
        tuple(
            Field(name, name, width=width)
            for names, width in ((WIDE, CELLS), (NARROW, 1), (("book",), 12))
            for name in names
        ),
    )
)
LEVELS_AT, WAYS, VALUES, OTHERS = (Column(FREE, name) for name in WIDE)
(SPOT, CLOSE, ACTIVE, BOOKS, PRICE, SIZE, SIDE, TRADES, ORDER, ACTION, FLAGS) = (
    Column(FREE, name) for name in NARROW
)
BOOK = Column(FREE, "book")
ROUNDING = 1e-9  # prices are decimals: a distance of 0.1 on paper is one, whatever its bits say


@jit
def near(price: float, level: float, tolerance: float) -> bool:
    """Whether two prices are at most so far apart; never where one is NaN."""
    return abs(price - level) <= tolerance + ROUNDING


@jit
def spans(low: float, high: float, level: float, tolerance: float) -> bool:
    """Whether a range of prices comes so near to a level; never where an end is not finite."""
    return (
        low - level <= tolerance + ROUNDING
        and level - high <= tolerance + ROUNDING
        and high - low < 1e300
    )
