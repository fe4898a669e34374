"""The order book: a wide column, 4 cells a level: bid price, bid size, ask price, ask size."""

from penstock.core.errors import DefinitionError, nearest
from penstock.expr import BOOK, Column, Operator

FIELDS = ("bid_price", "bid_size", "ask_price", "ask_size")
LEVELS = Column(BOOK, "levels")
SIDES = ("bid", "ask", "both")
MIXED = "a book mixes prices and sizes: the unit comes from the cells that are read"


def require_depth(node: Operator, depth: int) -> None:
    """Refuse a depth that the book does not have."""
    levels = node.operands[0].cells // 4
    node.require(f"depth must be from 1 to the book's {levels} levels", 1 <= depth <= levels, depth)


def require_choice(node: Operator, name: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse a text that is not one of those known."""
    if value not in known:
        rule = f"{name} must be one of {', '.join(known)}"
        raise DefinitionError(
            f"{type(node).__name__}: {rule}, got {value!r}{nearest(value, known)}"
        )
