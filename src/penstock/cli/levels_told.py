"""What ``penstock levels`` prints."""

import datetime as dt
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import rich.table

from penstock.cli.console import ERR

if TYPE_CHECKING:
    import polars as pl

WORDS = {
    "made": "made",
    "current": "is current",
    "wanted": "would be made",
    "failed": "FAILED",
    "bad": "CANNOT BE RUN",
    "skipped": "skipped",
}


NOTHING = {"nothing": "there are no files of any date; see penstock levels run --help"}
GOING = {"reading", "running"}


@contextmanager
def watching(*, show: bool) -> Generator[Any, None, None]:
    """What follows the dates of a run: a line for each that is done, and on a terminal one for each that goes on."""
    if not show:
        yield lambda *_: None
        return
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as bar:
        tasks: dict[dt.date, Any] = {}

        def tell(date: dt.date, what: str, events: int, rows: int) -> None:
            if what in GOING:
                if date not in tasks:
                    tasks[date] = bar.add_task(str(date), total=None, count="")
                count = f"{events:,} events, {rows:,} touches" if events else what
                bar.update(tasks[date], count=count)
                return
            if date in tasks:
                bar.remove_task(tasks.pop(date))
            bar.console.print(f"{date}  {WORDS[what]}", highlight=False, markup=False)

        yield tell


def table(title: str, frame: "pl.DataFrame") -> rich.table.Table:
    """A frame as a table for a terminal."""
    made = rich.table.Table(title=title, title_justify="left", header_style="dim", box=None)
    for name, dtype in frame.schema.items():
        made.add_column(name, justify="right" if dtype.is_numeric() else "left")
    for row in frame.iter_rows():
        made.add_row(*(cell(value) for value in row))
    return made


def cell(value: object) -> str:
    """A value as a person reads it."""
    if value is None:
        return "—"
    return f"{value:,.10g}" if isinstance(value, float) else str(value)


def ingested(found: Mapping[str, Any]) -> str:
    """What became of a date's raw files."""
    if "failed" in found:
        return f"FAILED: {found['failed']}"
    if not found["rows"]:
        return "is there already"
    rows = ", ".join(f"{name} {count:,} rows" for name, count in found["rows"].items())
    signed = ", ".join(f"{count:,} by {rule}" for rule, count in found["signed"].items() if count)
    left = ", ".join(f"{count:,} {reason}" for reason, count in found["left"].items())
    return (
        rows
        + (f"; aggressors: {signed}" if signed else "")
        + (f"; left out: {left}" if left else "")
    )


def outcome(found: Mapping[str, Any]) -> str:
    """What became of a date, why, and what is null in it."""
    rows = f", {found['rows']:,} touches" if found["status"] in {"made", "current"} else ""
    seconds = f" in {found['seconds']:.1f} s" if found["status"] == "made" else ""
    why = f": {found['why']}" if found["why"] else ""
    notes = "".join(f"\n  {note}" for note in found["notes"])
    return f"{WORDS[found['status']]}{rows}{seconds}{why}{notes}"
