"""Small files of futures, options and quotes, written by hand."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from penstock.events.writers.table import CELLS

NEW_YORK = ZoneInfo("America/New_York")


def at(date: dt.date, clock: str, ns: int = 0) -> int:
    """A time of a day in New York, in ns UTC."""
    moment = dt.datetime.combine(date, dt.time.fromisoformat(clock), NEW_YORK)
    return round(moment.timestamp()) * 1_000_000_000 + ns


def es_trades(folder: Path, date: dt.date, rows, symbol: str = "ESH6") -> Path:
    """Trades of the futures: (clock, price) or (clock, price, size, symbol)."""
    whole = [(*row, *(1.0, symbol)[len(row) - 2 :]) for row in rows]
    frame = pl.DataFrame(
        {
            "ts": [at(date, row[0]) for row in whole],
            "symbol": [row[3] for row in whole],
            "price": [float(row[1]) for row in whole],
            "size": [float(row[2]) for row in whole],
            "side": [1 for _ in whole],
        },
        schema_overrides={
            "ts": pl.Int64,
            "symbol": pl.String,
            "price": pl.Float64,
            "side": pl.Int64,
        },
    )
    return written(folder / f"es_trades_{date}.parquet", frame)


def es_books(folder: Path, date: dt.date, rows, symbol: str = "ESH6") -> Path:
    """Books of the futures, one level a side: (clock, bid, ask)."""
    made = {f"{name}_{level}": pl.Series([float("nan")] * len(rows), dtype=pl.Float64)
            for level in range(10) for name in CELLS}  # fmt: skip
    made |= {
        "bid_price_0": pl.Series([float(row[1]) for row in rows]),
        "bid_size_0": pl.Series([10.0] * len(rows)),
        "ask_price_0": pl.Series([float(row[2]) for row in rows]),
        "ask_size_0": pl.Series([10.0] * len(rows)),
    }
    sizes = {name: x.fill_nan(0.0) for name, x in made.items() if "size" in name}
    stamps = {"ts": [at(date, row[0]) for row in rows], "symbol": [symbol] * len(rows)}
    return written(folder / f"es.mbp-10.{date}.parquet", pl.DataFrame(stamps | made | sizes))


def spy_quotes(folder: Path, date: dt.date, rows) -> Path:
    """Quotes of the underlying: (clock, bid, ask)."""
    frame = pl.DataFrame(
        {
            "ts": [at(date, row[0]) for row in rows],
            "symbol": ["SPY"] * len(rows),
            "bid_price": [float(row[1]) for row in rows],
            "bid_size": [1.0] * len(rows),
            "ask_price": [float(row[2]) for row in rows],
            "ask_size": [1.0] * len(rows),
        }
    )
    return written(folder / f"spy_quotes_{date}.parquet", frame)


def options(folder: Path, date: dt.date, rows) -> Path:
    """Bronze option trades that expire on the day: (clock, strike, right, side, iv, size) and perhaps the price."""
    frame = pl.DataFrame(
        {
            "ts": [at(date, row[0]) for row in rows],
            "symbol": ["SPY"] * len(rows),
            "price": [float(row[6]) if len(row) > 6 else 1.0 for row in rows],
            "size": [float(row[5]) for row in rows],
            "side": [row[3] for row in rows],
            "strike": [float(row[1]) for row in rows],
            "expiry": [at(date, "16:00:00")] * len(rows),
            "right": [row[2] for row in rows],
            "iv": [float("nan") if row[4] is None else float(row[4]) for row in rows],
        }
    )
    return written(folder / f"spy_options_{date}.parquet", frame)


def written(path: Path, frame: pl.DataFrame) -> Path:
    """A Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path
