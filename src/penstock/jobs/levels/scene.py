"""A touch with the market around it: what a picture of it is drawn from."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from penstock.core.errors import DataError
from penstock.core.time import NANOSECONDS, duration
from penstock.events import Book, Quarantine
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import gold, manifest
from penstock.jobs.levels.carry import contract
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.price_path import price_frames
from penstock.jobs.levels.sources import frames

LEAD = 120 * NANOSECONDS["s"]
STEPS = 400  # points in time at which the book is shown


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A touch and what was around it.

    Attributes
    ----------
    row, labels
        The touch's row of signals, and its labels.
    trades
        ``ts`` and ``price`` in dollars of the underlying, from before the touch to the end of the labels' horizon.
    books
        ``ts``, ``price`` in dollars, and ``size``: bids above 0, asks below; as they stood at evenly spaced times.
    ratio
        Points of the futures for a dollar of the underlying, at the touch.
    """

    row: dict[str, Any]
    labels: dict[str, Any]
    parameters: Parameters
    trades: pl.DataFrame
    books: pl.DataFrame
    ratio: float

    @property
    def at(self) -> int:
        """The touch's time, ns UTC."""
        return int(self.row["ts_event_ns"])


def scene(out: Path, event_id: str) -> Scene:
    """The scene of a touch, from the gold tables and the files that their manifest names.

    Parameters
    ----------
    out
        What ``levels run`` wrote to.
    event_id
        The touch, or the beginning of its id where only one begins so.

    Raises
    ------
    DataError
        There is no such touch, or several, or its files have gone.
    """
    date, row, labels = _row(out, event_id)
    said = manifest.read_manifest(out, date)
    parameters = Parameters.of(said["parameters"])
    inputs = inputs_of(said, date)
    start, end = row["ts_event_ns"] - LEAD, row["ts_event_ns"] + duration(parameters.horizon)
    chosen = contract(inputs, parameters)
    trades = _joined(price_frames(inputs, chosen, Quarantine(), span=(start, end)))
    known = trades.filter(pl.col("time") <= row["ts_event_ns"])
    if not known.height:
        raise DataError(
            f"{row['event_id']}: trades before the touch are needed, got none in its files"
        )
    ratio = known["price"][-1] / row["spot"]
    prices = trades.select(ts="time", price=pl.col("price") / ratio)
    books = _books(inputs, (start, end), chosen, ratio)
    return Scene(row, labels, parameters, prices, books, ratio)


def _row(out: Path, event_id: str) -> tuple[dt.date, dict[str, Any], dict[str, Any]]:
    """The date, the row and the labels of a touch."""
    found: list[tuple[dt.date, dict[str, Any]]] = []
    dates = manifest.finished_dates(out)
    for date in dates:
        touches = pl.scan_parquet(gold.signals_path(out, date))
        same = touches.filter(pl.col("event_id").str.starts_with(event_id)).collect()
        found += [(date, row) for row in same.iter_rows(named=True)]
    if len(found) != 1:
        what = "one touch with this id is needed" if event_id else "an id is needed"
        raise DataError(f"{event_id!r}: {what}, got {len(found)} in {len(dates)} dates of {out}")
    date, row = found[0]
    labels = gold.read_date(out, date)[1].filter(event_id=row["event_id"])
    return date, row, labels.row(0, named=True)


def inputs_of(said: dict[str, Any], date: dt.date) -> Inputs:
    """The files that a manifest names.

    Raises
    ------
    DataError
        One of them has gone.
    """
    by_role: dict[str, Any] = {}
    for each in said["inputs"]:
        path = Path(each["path"])
        if not path.is_file():
            raise DataError(f"{path}: the file of {date} is needed, got no such file")
        by_role[each["role"]] = (*by_role.get(each["role"], ()), path)
    if said["book"]:  # a file that is read as two things stands once
        by_role.setdefault("books", by_role.get("trades", ()))
    return Inputs(date, kind="mbo" if said["book"] == "mbo" else "mbp-10", **by_role)


def _joined(chunks: Iterator[pl.DataFrame]) -> pl.DataFrame:
    kept = list(chunks)
    return pl.concat(kept) if kept else pl.DataFrame(schema={"time": pl.Int64, "price": pl.Float64})


def _books(inputs: Inputs, span: tuple[int, int], symbol: str, ratio: float) -> pl.DataFrame:
    """The book as it stood at evenly spaced times, price by price."""
    chunks = frames(inputs.books, Book, Quarantine(), span=span)
    found = _joined(chunk.filter(pl.col("symbol") == symbol) for chunk in chunks)
    empty = pl.DataFrame(schema={"ts": pl.Int64, "price": pl.Float64, "size": pl.Float64})
    if not found.height:
        return empty
    step = max(1, (span[1] - span[0]) // STEPS)
    last = found.with_columns(ts=pl.col("time") // step * step).unique(
        "ts", keep="last", maintain_order=True
    )
    sides = [
        last.select("ts", price=f"{side}_price_{level}", size=pl.col(f"{side}_size_{level}") * sign)
        for side, sign in (("bid", 1.0), ("ask", -1.0))
        for level in range(10)
    ]
    whole = pl.concat([empty, *sides]).filter(pl.col("price").is_finite())
    return whole.with_columns(pl.col("price") / ratio).sort("ts", "price")
