"""Books level by level as bytes and back."""

import io

import numpy as np

from penstock.core.errors import SnapshotError
from penstock.events.books.depth_settle import levels_of, with_books, with_levels
from penstock.events.books.depth_tables import DIRTY, STATE, DepthTables, no_tables

FORMAT = 2


def pack(tables: DepthTables, rule: np.ndarray, seen: int) -> bytes:
    """Levels by side, what each book shows, counters."""
    file = io.BytesIO()
    alive = [levels_of(tables, row) for row in range(tables.sides.shape[0])]
    np.savez(
        file,
        format=np.array([FORMAT]),
        rule=rule,
        seen=np.array([seen]),
        counts=np.array([len(levels) for levels in alive], np.int64),
        levels=np.concatenate([np.empty((0, 2)), *alive]),
        state=tables.sides[:, STATE],
        shown=tables.shown,
    )
    return file.getvalue()


def unpack(data: bytes, rule: np.ndarray) -> tuple[DepthTables, int]:
    """The tables of a snapshot and the rows seen by then."""
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
    tables = with_books(no_tables(), parts["shown"].shape[0])
    tables.shown[:] = parts["shown"]
    tables.sides[:, STATE] = parts["state"]
    tables.sides[:, DIRTY] = 1
    end = np.cumsum(parts["counts"])
    for row, count in enumerate(parts["counts"].tolist()):
        levels = np.ascontiguousarray(parts["levels"][end[row] - count : end[row]])
        tables = with_levels(tables, row, levels)
    return tables, int(parts["seen"][0])
