"""The state of order books as bytes, free of how the tables are laid out."""

import io

import numpy as np

from penstock.core.errors import SnapshotError
from penstock.core.native import compiled
from penstock.events.books.tables import (
    CLEAN,
    DIRTY,
    FILLING,
    ID,
    LOW,
    MESSAGES,
    OWNER,
    POOL_END,
    PRICE,
    ROOM,
    SIDE_OWNER,
    SIZE,
    SLOTS_USED,
    START,
    USED,
    Tables,
    living,
    new_tables,
    place,
)
from penstock.events.types import LEVELS

FORMAT = 1


def pack(tables: Tables, rule: np.ndarray, seen: int) -> bytes:
    """Orders by book, side and price-time priority; levels; what each book shows."""
    owners = tables.sides[:, SIDE_OWNER]
    by_owner = np.argsort(owners)
    slots = living(tables)
    side = by_owner[np.searchsorted(owners[by_owner], tables.orders[slots, OWNER])]
    price, priority = tables.values[slots, PRICE], tables.priority[slots]
    order = np.lexsort((priority, -price, side))
    runs = [tables.levels[s[START] : s[START] + s[USED]] for s in tables.sides]
    file = io.BytesIO()
    np.savez(
        file,
        format=np.array([FORMAT]),
        rule=rule,
        counts=np.array([seen, tables.counters[MESSAGES]]),
        side=side[order],
        id=tables.orders[slots, ID][order],
        priority=priority[order],
        price=price[order],
        size=tables.values[slots, SIZE][order],
        used=tables.sides[:, USED],
        dirty=tables.sides[:, DIRTY],
        filling=tables.sides[:, FILLING],
        levels=np.concatenate(runs),
        shown=tables.shown,
    )
    return file.getvalue()


def unpack(data: bytes, rule: np.ndarray) -> tuple[Tables, int]:
    """The tables of a snapshot and the messages seen by then."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError) as error:
        raise SnapshotError(f"Books: a snapshot of books is needed, got {error}") from error
    found = int(parts["format"][0]) if "format" in parts else None
    if found != FORMAT:
        raise SnapshotError(f"Books: a snapshot of format {FORMAT} is needed, got {found}")
    if not np.array_equal(parts["rule"], rule):
        raise SnapshotError(
            "Books: the snapshot's levels and rule for crossed books must be "
            f"{rule.tolist()}, got {parts['rule'].tolist()}"
        )
    orders = parts["id"].size
    slots = max(1 << 10, 1 << (4 * orders).bit_length())
    pool = 4 * int(parts["used"].sum()) + 1024
    tables = new_tables(slots, pool, parts["shown"].shape[0])
    _fill(tables, parts)
    return tables, int(parts["counts"][0])


def _fill(tables: Tables, parts: dict[str, np.ndarray]) -> None:
    used = parts["used"]
    ends = np.cumsum(used)
    tables.levels[: parts["levels"].shape[0]] = parts["levels"]
    tables.sides[:, LOW] = tables.sides[:, START] = ends - used
    tables.sides[:, USED] = used
    tables.sides[:, ROOM] = used
    tables.sides[:, DIRTY] = parts["dirty"]
    tables.sides[:, CLEAN] = LEVELS
    tables.sides[:, FILLING] = parts["filling"]
    tables.shown[:] = parts["shown"]
    tables.counters[POOL_END] = ends[-1]
    tables.counters[MESSAGES] = parts["counts"][1]
    tables.counters[SLOTS_USED] = parts["id"].size
    rows = np.empty((parts["id"].size, 4), np.int64)
    rows[:, ID] = parts["id"]
    rows[:, OWNER] = tables.sides[parts["side"], SIDE_OWNER]
    rows.view(np.float64)[:, PRICE] = parts["price"]
    rows.view(np.float64)[:, SIZE] = parts["size"]
    compiled(place)(tables, rows, parts["priority"])
