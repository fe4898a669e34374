"""How ``penstock live`` shows rows: as JSON, as CSV, or on a terminal the latest of each key."""

import json
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from rich.table import Table

from penstock.cli.console import OUT, finite

if TYPE_CHECKING:
    from penstock.jobs.live import Live, Row

REFRESH = 0.1  # seconds between two states of the table
KEPT = 30  # keys in the table

REVISED = ("number", "revision", "withdrawn")  # what rows that may be revised have besides


class Print(Protocol):
    """Shows rows; told of other columns, it goes on with those."""

    def __call__(self, row: "Row") -> None: ...

    def columns(self, names: tuple[str, ...]) -> None:
        """The columns of the rows from here on."""
        ...


@contextmanager
def printer(engine: "Live", *, as_json: bool) -> Generator[Print, None, None]:
    """How rows are printed: JSON lines, a table on a terminal, else CSV."""
    keys, revised = engine.keys.columns, engine.rebuild is not None
    if as_json or not OUT.is_terminal:
        made = (Json if as_json else Csv)(keys, revised=revised)
        made.columns(engine.engine.names)
        yield made
        return
    from rich.live import Live as Screen

    with Screen(console=OUT, auto_refresh=False) as view:
        table = Latest(keys, lambda drawn: view.update(drawn, refresh=True))
        table.columns(engine.engine.names)
        yield table
        table.draw()


class Json:
    """A row is a line of JSON."""

    def __init__(self, keys: tuple[str, ...], *, revised: bool) -> None:
        self.keys, self.revised = keys, revised
        self.names: tuple[str, ...] = ()

    def columns(self, names: tuple[str, ...]) -> None:
        """Every line names its columns."""
        self.names = names

    def __call__(self, row: "Row") -> None:
        found = cells(row, self.keys, self.names, revised=self.revised)
        line(json.dumps(found, ensure_ascii=False))


class Csv:
    """A row is a line of CSV; a header comes first, and again where the columns become others."""

    def __init__(self, keys: tuple[str, ...], *, revised: bool) -> None:
        self.keys, self.revised = keys, revised

    def columns(self, names: tuple[str, ...]) -> None:
        """Print the header."""
        extra = REVISED if self.revised else ()
        line(",".join(quoted(name) for name in (*self.keys, "ts", *extra, *names)))

    def __call__(self, row: "Row") -> None:
        facts = (row.ts, row.number, row.revision, int(row.withdrawn))
        given = map(str, facts if self.revised else facts[:1])
        line(",".join([*map(quoted, row.key), *given, *map(repr, row.values.tolist())]))


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


class Latest:
    """A table of the latest row of each key, drawn a few times a second.

    Parameters
    ----------
    keys
        The key columns.
    show
        Where a table is drawn.
    """

    def __init__(self, keys: tuple[str, ...], show: Callable[[Table], None]) -> None:
        self.keys, self.show, self.shown = keys, show, 0.0
        self.names: tuple[str, ...] = ()
        self.rows: dict[tuple[str, ...], list[str]] = {}

    def columns(self, names: tuple[str, ...]) -> None:
        """Begin another table."""
        self.names, self.rows = names, {}

    def __call__(self, row: "Row") -> None:
        self.rows[row.key] = [stamp(row.ts), *(f"{value:.6g}" for value in row.values.tolist())]
        now = time.perf_counter()
        if now - self.shown > REFRESH:
            self.shown = now
            self.draw()

    def draw(self) -> None:
        """Show the table as it is."""
        made = Table(header_style="dim")
        for name in (*self.keys, "time (UTC)", *self.names):
            made.add_column(name.partition(".")[2] or name, overflow="fold")
        for key, found in list(self.rows.items())[:KEPT]:
            made.add_row(*key, *found)
        self.show(made)


def stamp(ts: int) -> str:
    """A time of day with milliseconds."""
    import numpy as np

    return str(np.datetime64(ts // 1_000_000, "ms")).replace("T", " ")
