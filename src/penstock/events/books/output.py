"""What every kind of books shares: their rule, and how what they refuse is kept aside."""

from typing import Literal

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.books.kernel import REASONS, Output
from penstock.events.quarantine import Quarantine
from penstock.events.types import LEVELS, Book

COMMON = ("time", "receive", "key")
Crossed = Literal["aside", "keep"]


def rule_of(levels: int, crossed: Crossed) -> np.ndarray:
    """The rule as the kernels read it: levels shown, whether crossed books are kept aside."""
    if not 1 <= levels <= LEVELS:
        raise DefinitionError(f"Books: levels must be from 1 to {LEVELS}, got {levels}")
    if crossed not in ("aside", "keep"):
        raise DefinitionError(f"Books: crossed must be 'aside' or 'keep', got {crossed!r}")
    return np.array([levels, crossed == "aside"], np.int64)


def room(rows: int, books: int, trades: int) -> Output:
    """Room for what ``rows`` messages give: at most so many books and trades."""
    return Output(
        np.empty(books, np.int64),
        np.empty((books, 4 * LEVELS)),
        np.empty((2 * rows, 2), np.int64),
        np.empty(trades, np.int64),
        np.zeros(3, np.int64),
    )


def shown(block: Block, out: Output) -> Block:
    """The books that a run of messages gave, stamped with the messages that completed them."""
    books = int(out.size[0])
    columns = {name: block.columns[name][out.at[:books]] for name in COMMON}
    return Block(Book, columns | {"levels": out.levels[:books]})


def refused(block: Block, out: Output, seen: int, name: str, quarantine: Quarantine) -> None:
    """Keep aside what a run of messages was refused, by reason; ``seen`` came before the block."""
    bad = out.bad[: int(out.size[1])]
    for code in np.unique(bad[:, 1]):
        rows = bad[bad[:, 1] == code, 0]
        raw, values = _records(block, rows)
        quarantine.add(name, REASONS[code], (rows + seen).tolist(), raw, values)


def _records(block: Block, rows: np.ndarray) -> tuple[list[bytes], list[str]]:
    """The bytes of some rows, and what they say."""
    records = np.empty(rows.size, block.type.dtype())
    for name in records.dtype.names or ():
        records[name] = block.columns[name][rows]
    width, data = records.itemsize, records.tobytes()
    told = _told(block.type)
    cells = zip(*(records[name].tolist() for name in told), strict=True)
    values = [", ".join(f"{n} {v}" for n, v in zip(told, cell, strict=True)) for cell in cells]
    return [data[at : at + width] for at in range(0, len(data), width)], values


def _told(type: EventType) -> list[str]:
    names = [field.name for field in type.fields]
    return [name for name in ("order", "price", "size") if name in names]
