"""What commands print: rows and summaries on stdout, progress and errors on stderr."""

import json
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

PIPED = 160  # columns where stdout is no terminal
OUT = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED)
ERR = Console(stderr=True, highlight=False)


def fail(message: str) -> None:
    """Print an error as it stands, however narrow the terminal."""
    print(message, file=sys.stderr)


def print_json(value: object) -> None:
    """Print one JSON object."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False, default=str))


def finite(value: float) -> float | None:
    """A number as JSON knows it: no NaN, no infinity."""
    return value if value - value == 0 else None


def print_table(title: str, rows: Mapping[str, object]) -> None:
    """Print what and its value, one a line; where the names are long the value goes below."""
    if title:
        OUT.print(title, style="bold", markup=False)
    longest = max(map(len, rows), default=0)
    below = longest > OUT.width // 3
    made = Table(show_header=False, box=None, pad_edge=False)
    if not below:
        made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows.items():
        if below:
            made.add_row(Text(name, style="dim"))
            made.add_row(Padding(Text(str(value)), (0, 0, 0, 4)))
        else:
            made.add_row(Text(name), Text(str(value)))
    OUT.print(made)


def size(count: int) -> str:
    """Bytes as a person reads them."""
    number = float(count)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


@contextmanager
def progress(title: str, *, show: bool = True) -> Generator[Any, None, None]:
    """A line that counts events and rows; nothing where stderr is no terminal.

    Yields a function of (events, rows), and of what else there is to say.
    """
    if not (show and ERR.is_terminal):
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    line = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"), TimeElapsedColumn(),
        console=ERR, transient=True,
    )  # fmt: skip
    with line:
        task = line.add_task(title, total=None, count="")

        def update(events: int, rows: int, note: str = "") -> None:
            rate = events / max(line.tasks[0].elapsed or 0.0, 1e-9)
            line.update(task, count=f"{events:,} events, {rows:,} rows, {rate:,.0f} events/s{note}")

        yield update


@contextmanager
def steps(title: str, total: int, *, show: bool = True) -> Generator[Any, None, None]:
    """A bar of known length; nothing where stderr is no terminal. Yields a function to call after each step."""
    if not (show and ERR.is_terminal):
        yield lambda: None
        return
    from rich.progress import Progress

    with Progress(console=ERR, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)
