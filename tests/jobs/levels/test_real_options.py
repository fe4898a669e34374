"""Real minutes of index options alone, from files to the state of a moment."""

import datetime as dt
import zipfile

import polars as pl
import pytest
from tests.events.dbn_files import shared
from tests.jobs.levels.market import at, written

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.ingest import Wanted, find_raw, ingest
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.state import state

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


@pytest.fixture(scope="module")
def bronze(tmp_path_factory):
    """The day's files, and what became of them."""
    folder = tmp_path_factory.mktemp("spxw")
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
    return folder, ingest((raw, wanted), lambda _: None)


def test_only_what_expires_on_the_day_is_kept_and_nearly_all_of_it_is_signed_by_quotes(bronze):
    _, made = bronze
    own = [row for row in minutes("trade") if row[3] == "20210104"]
    assert made.rows["spx_options_2021-01-04.parquet"] == len(own) > 400
    assert made.left["other expiries"] == len(list(minutes("trade"))) - len(own)
    assert made.signed["given"] == 0
    assert made.signed["quote"] > 0.95 * len(own)
    assert sum(made.signed.values()) == len(own)


@pytest.mark.parametrize("clock", ["10:00:00", "12:30:00", "16:00:00"])
def test_the_state_is_the_sum_over_all_minutes_up_to_the_time(bronze, clock):
    folder, _ = bronze
    found = state(find(folder / "bronze", prefix="spx"), at(DAY, clock), SPX).strikes
    sums: dict[tuple[float, str], list[float]] = {}
    for _, right, strike, expiry, end, cells in minutes("trade"):
        if expiry == "20210104" and end <= at(DAY, clock):
            volume, price = float(cells[5]), int(cells[4]) / 1e4
            total = sums.setdefault((strike, right), [0.0, 0.0])
            total[0] += volume
            total[1] += volume * price * 100
    merged = found.group_by("strike", "right").agg(pl.col("volume", "premium").sum())
    assert {(strike, right): [v, pytest.approx(p)] for strike, right, v, p in merged.rows()} == sums
    assert set(found["aggressor"].unique()) <= {"buyer", "seller", "unknown"}
