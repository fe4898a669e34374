"""How ``penstock live`` shows rows: as JSON, as CSV, or on a terminal the latest of each key."""

import json
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.table import Table

from penstock.cli.console import OUT, finite

if TYPE_CHECKING:
    from penstock.jobs.live import Live, Row

REFRESH = 0.1  # seconds between two states of the table
KEPT = 30  # keys in the table

REVISED = ("number", "revision", "withdrawn")  # what rows that may be revised have besides

Print = Callable[["Row"], None]


@contextmanager
def printer(engine: "Live", *, as_json: bool) -> Generator[Print, None, None]:
    """How rows are printed: JSON lines, a table on a terminal, else CSV."""
    names, keys, revised = engine.engine.names, engine.keys.columns, engine.rebuild is not None
    if as_json:
        yield lambda row: line(
            json.dumps(cells(row, keys, names, revised=revised), ensure_ascii=False)
        )
    elif OUT.is_terminal:
        with screen(keys, names) as show:
            yield show
    else:
        extra = REVISED if revised else ()
        line(",".join(quoted(name) for name in (*keys, "ts", *extra, *names)))

        def csv(row: "Row") -> None:
            facts = (row.ts, row.number, row.revision, int(row.withdrawn))
            given = map(str, facts if revised else facts[:1])
            line(",".join([*map(quoted, row.key), *given, *map(repr, row.values.tolist())]))

        yield csv


def cells(
    row: "Row", keys: tuple[str, ...], names: tuple[str, ...], *, revised: bool
) -> dict[str, Any]:
    """A row as JSON knows it."""
    values = map(finite, row.values.tolist())
    facts = (row.number, row.revision, row.withdrawn) if revised else ()
    return {
        **dict(zip(keys, row.key, strict=True)),
        "ts": row.ts,
        **dict(zip(REVISED if revised else (), facts, strict=True)),
        **dict(zip(names, values, strict=True)),
    }


def line(text: str) -> None:
    """Print a line at once: somebody may be waiting for it."""
    print(text, flush=not sys.stdin.isatty() or OUT.is_terminal)


def quoted(text: str) -> str:
    """A cell of CSV."""
    return '"' + text.replace('"', '""') + '"' if any(letter in text for letter in ',"\n') else text


@contextmanager
def screen(keys: tuple[str, ...], names: tuple[str, ...]) -> Generator[Print, None, None]:
    """The latest row of each key, refreshed a few times a second."""
    from rich.live import Live as Screen

    latest: dict[tuple[str, ...], list[str]] = {}
    shown = 0.0

    def draw() -> Table:
        made = Table(header_style="dim")
        for name in (*keys, "time (UTC)", *names):
            made.add_column(name.partition(".")[2] or name, overflow="fold")
        for key, cells in list(latest.items())[:KEPT]:
            made.add_row(*key, *cells)
        return made

    with Screen(console=OUT, auto_refresh=False) as view:

        def show(row: "Row") -> None:
            nonlocal shown
            latest[row.key] = [stamp(row.ts), *(f"{value:.6g}" for value in row.values.tolist())]
            now = time.perf_counter()
            if now - shown > REFRESH:
                shown = now
                view.update(draw(), refresh=True)

        yield show
        view.update(draw(), refresh=True)


def stamp(ts: int) -> str:
    """A time of day with milliseconds."""
    import numpy as np

    return str(np.datetime64(ts // 1_000_000, "ms")).replace("T", " ")
