"""Real minutes of index options and of their index, as files of a date."""

import datetime as dt
import zipfile
from pathlib import Path

import polars as pl
from tests.events.dbn_files import shared
from tests.jobs.levels.market import at, written

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.ingest import Ingested, Wanted, find_raw, ingest

DAY = dt.date(2021, 1, 4)
SPX = Parameters(symbol="SPX")


def minutes(kind):
    """Rows of a zip of minute bars: (symbol, right, strike, expiry, ns UTC at the end of the minute, cells)."""
    with zipfile.ZipFile(shared(f"options/spxw_20210104_{kind}.zip")) as archive:
        for name in archive.namelist():
            right, strike, expiry = name.removesuffix(".csv").split("_")[5:]
            symbol = f"SPXW  {expiry[2:]}{right[0].upper()}{int(strike) // 10:08d}"
            for line in archive.read(name).decode().split():
                cells = line.split(",")
                end = at(DAY, "00:00:00") + (int(cells[0]) + 60_000) * 1_000_000
                yield symbol, right, int(strike) / 1e4, expiry, end, cells


def bronze_of(folder: Path) -> Ingested:
    """Write the day's options below a folder, raw and as bronze."""
    trades = [
        (end, symbol, int(c[4]) / 1e4, float(c[5]), 0) for symbol, *_, end, c in minutes("trade")
    ]
    quotes = [
        (
            end,
            symbol,
            int(c[4] or 0) / 1e4,
            float(c[5] or 0),
            int(c[9] or 0) / 1e4 or float("nan"),
            float(c[10] or 0),
        )
        for symbol, *_, end, c in minutes("quote")
    ]
    for name, rows, columns in (
        ("trades", trades, ["ts", "symbol", "price", "size", "side"]),
        ("mbp-1", quotes, ["ts", "symbol", "bid_price", "bid_size", "ask_price", "ask_size"]),
    ):
        frame = pl.DataFrame(rows, schema=columns, orient="row").sort("ts", maintain_order=True)
        written(folder / "raw" / f"raw_options_20210104.{name}.parquet", frame)
    wanted = Wanted(folder, SPX, ("SPXW",))
    (raw,) = find_raw(folder / "raw", "spx")
    return ingest((raw, wanted), lambda _: None)


def closes() -> list[tuple[int, float]]:
    """Closes of the index by minute: (ns UTC at the end of the minute, price)."""
    with zipfile.ZipFile(shared("options/spx_20210104.zip")) as archive:
        lines = archive.read(archive.namelist()[0]).decode().split()
    cells = [line.split(",") for line in lines]  # times of Chicago, an hour behind New York
    start = at(DAY, "01:00:00")
    return [(start + (int(c[0]) + 60_000) * 1_000_000, float(c[4])) for c in cells]
