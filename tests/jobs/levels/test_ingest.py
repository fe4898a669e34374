"""Raw files to bronze: terms from symbols and definitions, aggressors, and what is left out."""

import datetime as dt

import polars as pl
import pytest
from tests.events.dbn_files import shared
from tests.jobs.levels.market import at, es_trades, written

from penstock.core.errors import DataError
from penstock.events import Keys, OptionInterest, OptionTrade, Quarantine
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.contracts import contracts, expiry
from penstock.jobs.levels.ingest import Raw, Wanted, find_raw, ingest
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.sources import source_of

TUESDAY = dt.date(2025, 12, 16)
CALL, PUT = "SPY   251216C00600000", "SPY   251216P00599500"
LATER, OTHER = "SPY   251217C00600000", "QQQ   251216C00600000"
DEFAULT = Parameters()


def raw_trades(folder, rows):
    """Raw trades of options: (clock, symbol, price)."""
    frame = pl.DataFrame(
        {
            "ts": [at(TUESDAY, clock) for clock, _, _ in rows],
            "symbol": [symbol for _, symbol, _ in rows],
            "price": [float(price) for _, _, price in rows],
            "size": [2.0] * len(rows),
            "side": [0] * len(rows),
        },
        schema_overrides={
            "ts": pl.Int64,
            "symbol": pl.String,
            "price": pl.Float64,
            "side": pl.Int64,
        },
    )
    return written(folder / "raw_options_20251216.trades.parquet", frame)


def raw_quotes(folder, rows):
    """Raw quotes of options: (clock, symbol, bid, ask)."""
    frame = pl.DataFrame(
        {
            "ts": [at(TUESDAY, clock) for clock, *_ in rows],
            "symbol": [row[1] for row in rows],
            "bid_price": [float(row[2]) for row in rows],
            "bid_size": [1.0] * len(rows),
            "ask_price": [float(row[3]) for row in rows],
            "ask_size": [1.0] * len(rows),
        }
    )
    return written(folder / "raw_options_20251216.mbp-1.parquet", frame)


def bronze(folder, **words):
    wanted = Wanted(folder / "out", DEFAULT, ("SPY",), **words)
    (raw,) = find_raw(folder / "raw", "spy")
    return ingest((raw, wanted), lambda _: None)


def test_option_trades_get_their_terms_their_aggressors_and_the_rule(tmp_path):
    raw_trades(
        tmp_path / "raw",
        [("10:00:00", CALL, 1.0), ("10:00:02", CALL, 1.2), ("10:00:03", PUT, 2.0), ("10:00:04", PUT, 1.9),
         ("10:00:05", LATER, 3.0), ("10:00:06", OTHER, 4.0), ("10:00:07", "WHAT IS IT", 5.0)],
    )  # fmt: skip
    raw_quotes(
        tmp_path / "raw",
        [("10:00:01", CALL, 1.0, 1.2), ("10:00:01", LATER, 1.0, 1.2), ("10:00:09", PUT, 2, 1)],
    )
    made = bronze(tmp_path)
    assert made.signed == {"given": 0, "quote": 1, "tick": 1, "none": 2}
    assert made.left == {"other expiries": 1, "other roots": 1, "unknown contract": 1}
    assert made.rows == {
        "spy_option_quotes_2025-12-16.parquet": 2,
        "spy_options_2025-12-16.parquet": 4,
    }
    found = pl.read_parquet(tmp_path / "out/bronze/spy_options_2025-12-16.parquet")
    assert found["side"].to_list() == [0, 1, 0, -1]
    assert found["signed_by"].to_list() == ["none", "quote", "none", "tick"]
    assert found["strike"].to_list() == [600.0, 600.0, 599.5, 599.5]
    assert found["right"].to_list() == [1, 1, -1, -1]
    assert found["symbol"].unique().to_list() == ["SPY"]
    assert found["expiry"].unique().to_list() == [at(TUESDAY, "16:00:00")]
    assert found["mid"].fill_nan(None).to_list() == [None, 1.1, None, None]


def test_bronze_is_what_a_run_finds_and_reads(tmp_path):
    raw_trades(tmp_path / "raw", [("10:00:00", CALL, 1.0)])
    raw_quotes(tmp_path / "raw", [("09:00:00", CALL, 1.0, 1.2)])
    es_trades(tmp_path / "raw", TUESDAY, [("10:00:00", 6000)])
    made = bronze(tmp_path)
    assert made.rows["es_2025-12-16.trades.parquet"] == 1
    (inputs,) = find(tmp_path / "out" / "bronze")
    assert {role: len(paths) for role, paths in inputs.paths.items()} == {
        "trades": 1, "options": 1, "option_quotes": 1,
    }  # fmt: skip
    source, quarantine = source_of(inputs.options[0], OptionTrade), Quarantine()
    blocks = [block for chunk in source.chunks(Keys(), quarantine) for block in chunk]
    assert [block.columns["strike"].tolist() for block in blocks] == [[600.0]]
    assert quarantine.counts == {}
    both = find(tmp_path / "raw", tmp_path / "out" / "bronze")
    assert [path.parent.name for path in both[0].trades] == [
        "raw"
    ]  # never both: a trade counts once


def raw_statistics(folder, rows):
    """Raw statistics of options: (clock, symbol, kind, quantity, action)."""
    frame = pl.DataFrame(
        {
            "ts": [at(TUESDAY, clock) for clock, *_ in rows],
            "symbol": [row[1] for row in rows],
            "kind": [row[2] for row in rows],
            "price": [float("nan")] * len(rows),
            "quantity": [float(row[3]) for row in rows],
            "action": [row[4] for row in rows],
        }
    )
    return written(folder / "opra_20251216.statistics.parquet", frame)


def test_open_interest_is_what_statistics_say_once_a_contract(tmp_path):
    raw_statistics(
        tmp_path / "raw",
        # each exchange says it, other statistics beside it; one is said anew, one taken back
        [("06:30:00", CALL, 9, 500, 1), ("06:30:00", CALL, 9, 500, 1), ("06:30:01", PUT, 9, 40, 1),
         ("06:30:02", CALL, 6, 7, 1), ("06:30:03", LATER, 9, 3, 1), ("06:30:03", OTHER, 9, 3, 1),
         ("06:31:00", CALL, 9, 510, 1), ("06:32:00", PUT, 9, 0, 2), ("06:33:00", CALL, 9, 500, 1)],
    )  # fmt: skip
    name = "spy_open_interest_2025-12-16.parquet"
    made = bronze(tmp_path)
    assert made.rows == {name: 4}
    assert made.left == {"other expiries": 1, "other roots": 1}
    assert bronze(tmp_path).rows == {}
    assert bronze(tmp_path, all_expiries=True).rows == {name: 5}
    bronze(tmp_path, force=True)
    (inputs,) = find(tmp_path / "out" / "bronze")
    source, quarantine = source_of(inputs.open_interest[0], OptionInterest), Quarantine()
    (block,) = (block for chunk in source.chunks(Keys(), quarantine) for block in chunk)
    assert block.columns["contracts"].tolist() == [500.0, 40.0, 510.0, 500.0]
    assert block.columns["strike"].tolist() == [600.0, 599.5, 600.0, 600.0]
    assert block.columns["right"].tolist() == [1, -1, 1, 1]
    assert block.columns["time"].tolist() == [
        at(TUESDAY, clock) for clock in ("06:30:00", "06:30:01", "06:31:00", "06:33:00")
    ]
    assert set(block.columns["expiry"].tolist()) == {at(TUESDAY, "16:00:00")}


def test_open_interest_of_a_real_file_is_read(tmp_path):
    path = shared("dbn_schema_samples/OPRA.PILLAR__test_data.statistics.dbn.zst")
    raw = Raw(dt.date(2025, 2, 21), statistics=(path,))
    made = ingest((raw, Wanted(tmp_path, Parameters(symbol="AAPL"), ("AAPL",))), lambda _: None)
    assert list(made.rows.values()) == [1]  # four exchanges say the same
    (row,) = pl.read_parquet(tmp_path / "bronze" / next(iter(made.rows))).to_dicts()
    assert (row["contract"], row["contracts"]) == ("AAPL  250221C00250000", 57_924.0)
    assert (row["strike"], row["right"]) == (250.0, 1)
    assert row["ts"] == 1_740_051_008_943_854_625


def test_what_was_made_is_not_made_again_until_its_sources_change(tmp_path):
    raw_trades(tmp_path / "raw", [("10:00:00", CALL, 1.0)])
    assert bronze(tmp_path).rows == {"spy_options_2025-12-16.parquet": 1}
    assert bronze(tmp_path).rows == {}
    assert bronze(tmp_path, force=True).rows == {"spy_options_2025-12-16.parquet": 1}
    assert bronze(tmp_path, all_expiries=True).rows == {"spy_options_2025-12-16.parquet": 1}
    raw_trades(tmp_path / "raw", [("10:00:00", CALL, 1.0), ("10:00:01", LATER, 1.0)])
    assert bronze(tmp_path, all_expiries=True).rows == {"spy_options_2025-12-16.parquet": 2}


def test_no_trades_are_a_file_without_rows(tmp_path):
    raw_trades(tmp_path / "raw", [])
    assert bronze(tmp_path).rows == {"spy_options_2025-12-16.parquet": 0}
    assert pl.read_parquet(tmp_path / "out/bronze/spy_options_2025-12-16.parquet").height == 0


def test_a_damaged_file_leaves_nothing(tmp_path):
    path = raw_trades(tmp_path / "raw", [("10:00:00", CALL, 1.0)])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match="must be a Parquet file"):
        bronze(tmp_path)
    assert list((tmp_path / "out").rglob("*parquet*")) == []


def test_symbols_read_as_the_options_symbology_says():
    found = contracts(
        ["SPXW  210104P03700500", "SPY251216C00600000", "ESH6", "SPY   251332C00600000"]
    )
    assert found.rows() == [
        ("SPXW  210104P03700500", "SPXW", dt.date(2021, 1, 4), -1, 3700.5),
        ("SPY251216C00600000", "SPY", TUESDAY, 1, 600.0),
    ]


def test_an_expiry_is_the_close_of_its_day():
    assert expiry(dt.date(2025, 11, 28), DEFAULT) == at(
        dt.date(2025, 11, 28), "13:00:00"
    )  # half a day
    assert expiry(TUESDAY, DEFAULT) == at(TUESDAY, "16:00:00")
    assert expiry(dt.date(2025, 12, 20), DEFAULT) == at(
        dt.date(2025, 12, 20), "16:00:00"
    )  # a Saturday
