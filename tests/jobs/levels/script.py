"""A market written by hand: a few trades, books, options and quotes of one date, run as a date is run.

Prices are dollars of the underlying; the futures stand at ten times that unless a test says otherwise. Times are
``HH:MM:SS`` of New York with any decimals of a second.
"""

import datetime as dt
import math
from pathlib import Path
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from penstock.events.writers.table import CELLS
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import Day, run_day
from penstock.jobs.levels.inputs import Inputs

DATE = dt.date(2025, 12, 16)
NEW_YORK = ZoneInfo("America/New_York")
TEN = Parameters(ratio="static")
SECOND = 1_000_000_000
NOTHING = float("nan")


def stamp(clock: str, date: dt.date = DATE) -> int:
    """A time of the date, ns UTC."""
    whole, _, part = clock.partition(".")
    moment = dt.datetime.combine(date, dt.time.fromisoformat(whole), NEW_YORK)
    return round(moment.timestamp()) * SECOND + int((part or "0").ljust(9, "0"))


def ladder(
    best: float, sizes: float | dict[int, float], step: float = 0.25, usual: float = 30.0
) -> dict[float, float]:
    """Ten prices of a side from the best, in points: all of a size, or some by number and the others as usual."""
    chosen = sizes if isinstance(sizes, dict) else {}
    rest = usual if isinstance(sizes, dict) else sizes
    return {best + step * k: chosen.get(k, rest) for k in range(10)}


class Script:
    """What happens on a date, in the order it is written."""

    def __init__(self, date: dt.date = DATE, ratio: float = 10.0) -> None:
        self.date, self.ratio = date, ratio
        self.trades: list[tuple] = []
        self.books: list[tuple] = []
        self.options: list[tuple] = []
        self.quotes: list[tuple] = []
        self.open: list[tuple] = []

    def trade(self, clock: str, price: float, size: float = 1.0, side: int = 1) -> None:
        """A trade of the future, at a price in dollars of the underlying."""
        points = round(price * self.ratio, 6)
        self.trades.append((stamp(clock, self.date), "ESH6", points, float(size), side))

    def path(self, *steps: tuple[str, float]) -> None:
        """Trades of one contract each."""
        for clock, price in steps:
            self.trade(clock, price)

    def book(self, clock: str, bids: dict[float, float], asks: dict[float, float]) -> None:
        """The book of the future: sizes by price in points, the first ten of each side."""
        row = [NOTHING, 0.0, NOTHING, 0.0] * 10
        for cell, side in ((0, sorted(bids.items(), reverse=True)), (2, sorted(asks.items()))):
            for level, (price, size) in enumerate(side[:10]):
                row[4 * level + cell : 4 * level + cell + 2] = [price, float(size)]
        self.books.append((stamp(clock, self.date), "ESH6", *row))

    def option(
        self, clock: str, strike: float, right: int, size: float, side: int = 0, iv: float = 0.2, price: float = 1.0,
        expiry: str = "16:00:00", mid: float = NOTHING,
    ) -> None:  # fmt: skip
        """A trade of an option that expires on the date."""
        ends = stamp(expiry, self.date)
        self.options.append(
            (stamp(clock, self.date), "SPY", price, float(size), side, float(strike), ends, right, iv, mid)
        )  # fmt: skip

    def interest(
        self, clock: str, strike: float, right: int, contracts: float, expires: dt.date | None = None
    ) -> None:  # fmt: skip
        """Open interest of an option that expires on the date, or on another, as it is published."""
        ends = stamp("16:00:00", expires or self.date)
        self.open.append(
            (stamp(clock, self.date), "SPY", float(contracts), float(strike), ends, right)
        )

    def quote(self, clock: str, middle: float) -> None:
        """A quote of the underlying, a cent around its middle."""
        sides = (middle - 0.005, 1.0, middle + 0.005, 1.0)
        self.quotes.append((stamp(clock, self.date), "SPY", *sides))

    def inputs(self, folder: Path) -> Inputs:
        """The files."""
        levels = [f"{name}_{level}" for level in range(10) for name in CELLS]
        quote = ["bid_price", "bid_size", "ask_price", "ask_size"]
        option = ["price", "size", "side", "strike", "expiry", "right", "iv", "mid"]
        return Inputs(
            self.date,
            trades=_written(folder / "trades.parquet", self.trades, ["price", "size", "side"]),
            books=_written(folder / "mbp-10.parquet", self.books, levels),
            options=_written(folder / "options.parquet", self.options, option),
            open_interest=_written(
                folder / "open_interest.parquet",
                self.open,
                ["contracts", "strike", "expiry", "right"],
            ),
            spy_quotes=_written(folder / "quotes.parquet", self.quotes, quote),
        )

    def day(self, folder: Path, parameters: Parameters = TEN, carried: Carry | None = None) -> Day:
        """The date, run."""
        return run_day(self.inputs(folder), parameters, carried or Carry())


def _written(path: Path, rows: list[tuple], names: list[str]) -> tuple[Path, ...]:
    if not rows:
        return ()
    rows = sorted(rows, key=lambda row: row[0])
    pl.DataFrame(rows, schema=["ts", "symbol", *names], orient="row").write_parquet(path)
    return (path,)


def row(day: Day, clock: str, level_id: str | None = None, date: dt.date = DATE) -> dict[str, Any]:
    """The one touch of a time, or that of a level then."""
    found = day.signals.filter(pl.col("ts_event_ns") == stamp(clock, date))
    if level_id is not None:
        found = found.filter(pl.col("level_id") == level_id)
    return found.row(0, named=True) if found.height == 1 else _missing(day, clock, level_id)


def _missing(day: Day, clock: str, level_id: str | None) -> dict[str, Any]:
    times = pl.from_epoch("ts_event_ns", "ns").dt.convert_time_zone("America/New_York")
    there = day.signals.select(times.dt.strftime("%H:%M:%S%.f"), "level_id", "direction").rows()
    raise LookupError(f"one touch at {clock} of {level_id} is needed, got {there}")


def touched(day: Day) -> list[tuple[str, str, str]]:
    """All touches: when, of what, and from which side."""
    zone = pl.col("ts_event_ns").cast(pl.Datetime("ns", "UTC")).dt.convert_time_zone(str(NEW_YORK))
    return day.signals.select(zone.dt.strftime("%H:%M:%S%.f"), "level_id", "direction").rows()


def gamma(spot: float, strike: float, clock: str, sigma: float = 0.2) -> float:
    """Gamma of an option that expires at 16:00, by the textbook's formula: the change of delta by a dollar."""
    years = (stamp("16:00:00") - stamp(clock)) / (365 * 86_400 * SECOND)
    spread = sigma * math.sqrt(years)
    first = (math.log(spot / strike) + (0.045 - 0.013 + sigma**2 / 2) * years) / spread
    return math.exp(-0.013 * years) * NormalDist().pdf(first) / (spot * spread)
