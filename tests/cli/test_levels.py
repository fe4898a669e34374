"""``penstock levels``: raw files to bronze, the state of a moment, a picture, and a table for training."""

import datetime as dt
import json

import polars as pl
import pytest
from tests.jobs.levels.hand import outcomes, touches
from tests.jobs.levels.market import at, es_books, es_trades, written

import penstock as ps
from penstock.core.errors import DataError
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import gold, manifest
from penstock.jobs.levels.inputs import find

DAY = dt.date(2025, 12, 16)
CALL = "SPY   251216C00600000"


@pytest.fixture
def raw(tmp_path):
    """A day of futures and options of a few rows."""
    folder = tmp_path / "raw"
    es_trades(folder, DAY, [("09:59:00", 6000), ("10:00:00", 6001), ("10:05:00", 6003)])
    es_books(folder, DAY, [("10:00:00", 6000.75, 6001.0)])
    frame = pl.DataFrame(
        {"ts": [at(DAY, "09:59:30")], "symbol": [CALL], "price": [1.5], "size": [2.0], "side": [0]}
    )
    written(folder / "raw_options_20251216.trades.parquet", frame)
    return folder


def make(out, raw, date=DAY, **about):
    """Gold of a date as a run leaves it."""
    signals = touches(
        1, str(date), ts_event_ns=[at(date, "10:00:00")], spot=[600.1], level_price=[600.0], direction=["DOWN"],
        level_kind=["ROUND"], level_id=["ROUND_600"],
    )  # fmt: skip
    paths = gold.write_date(out, date, (signals, outcomes(signals, "BOUNCE")), {})
    files = manifest.Hashes(out / "hashes.json").files(find(raw)[0])
    said = {
        "status": "done",
        "key": "k",
        "book": "mbp-10",
        "inputs": files,
        "rows": 1,
        "fingerprint": "f",
    }
    asked = Parameters().as_dict()
    said |= {"parameters": asked, "asked": asked, "outputs": manifest.outputs(paths)} | about
    manifest.write_manifest(out, date, said)


def test_ingest_makes_bronze_once_and_says_what_is_in_it(penstock, raw, tmp_path):
    out = tmp_path / "out"
    said = penstock("levels", "ingest", "--source", raw, "--out", out, "--json")
    assert said.status == 0
    (found,) = json.loads(said.out)["dates"].values()
    assert found["rows"]["spy_options_2025-12-16.parquet"] == 1
    assert found["signed"] == {"given": 0, "quote": 0, "tick": 0, "none": 1}
    again = penstock("levels", "ingest", "--source", raw, "--out", out)
    assert "is there already" in again.out
    none = penstock("levels", "ingest", "--source", raw, "--out", out, "--dates", "2025-12-17")
    assert none.status == 2
    assert "at least one date" in none.err


def test_ingest_says_which_date_is_damaged_and_goes_on(penstock, raw, tmp_path):
    (raw / "raw_options_20251217.trades.parquet").write_bytes(b"PAR1 and no more")
    said = penstock("levels", "ingest", "--source", raw, "--out", tmp_path / "out")
    assert said.status == 1
    assert "FAILED" in said.out
    assert "1 rows" in said.out


def test_state_says_what_stood_at_a_time(penstock, raw, tmp_path):
    out = tmp_path / "out"
    penstock("levels", "ingest", "--source", raw, "--out", out, "--books")
    words = ("--at", "2025-12-16T15:00:00Z", "--set", "ratio=static")
    found = penstock("levels", "state", "--source", out, *words, "--json")
    assert found.status == 0, found.err
    said = json.loads(found.out)
    assert (said["spot"], said["ratio"]) == (600.1, 10.0)
    (strike,) = said["strikes"]
    assert 50 < strike.pop("delta") < 150
    assert strike.pop("gamma") > 0
    assert strike == {
        "strike": 600.0, "right": "call", "aggressor": "unknown", "trades": 1, "volume": 2.0, "premium": 300.0,
        "judged": 1, "last_price": 1.5,
    }  # fmt: skip
    shown = penstock("levels", "state", "--source", out, *words, "--out", tmp_path / "state")
    assert "600.1" in shown.out
    assert len(list((tmp_path / "state").glob("*.parquet"))) == 2
    wrong = penstock(
        "levels", "state", "--source", out, "--at", "2025-12-16T15:00:00Z", "--set", "touch_tool=1"
    )
    assert wrong.status == 2
    assert "did you mean 'touch_tol'" in wrong.err


def test_aggregate_joins_dates_that_were_made_alike(penstock, raw, tmp_path):
    make(tmp_path, raw)
    make(tmp_path, raw, dt.date(2025, 12, 17))
    said = json.loads(penstock("levels", "aggregate", "--out", tmp_path, "--json").out)
    assert (said["rows"], said["dates"]) == (2, ["2025-12-16", "2025-12-17"])
    assert pl.read_parquet(said["out"])["outcome"].to_list() == ["BOUNCE"] * 2
    one = penstock("levels", "aggregate", "--out", tmp_path, "--dates", "2025-12-17")
    assert "1 touches" in one.out
    make(tmp_path, raw, fingerprint="another")
    mixed = penstock("levels", "aggregate", "--out", tmp_path)
    assert mixed.status == 1
    assert "same definitions and parameters" in mixed.err
    absent = penstock("levels", "aggregate", "--out", tmp_path, "--dates", "2025-12-18")
    assert "got none of 2025-12-18" in absent.err


def test_show_draws_a_touch(penstock, raw, tmp_path):
    pytest.importorskip("matplotlib")
    make(tmp_path, raw)
    said = penstock(
        "levels", "show", "2025-12-16-00000", "--out", tmp_path, "--picture", tmp_path / "touch.png"
    )
    assert said.status == 0
    assert "ROUND_600" in said.out
    assert (tmp_path / "touch.png").read_bytes().startswith(b"\x89PNG")
    assert penstock("levels", "show", "nothing", "--out", tmp_path).status == 1


def test_run_says_first_what_it_would_do_then_makes_dates_once(penstock, raw, tmp_path):
    words = ("levels", "run", "--source", raw, "--out", tmp_path / "out")
    ahead = penstock(*words, "--dry-run")
    assert ahead.status == 0
    assert "2025-12-16  would be made" in ahead.out
    assert "sma_200 is null" in ahead.out
    made = penstock(*words, "--json")
    assert made.status == 0, made.out + made.err
    (date,) = json.loads(made.out)["dates"]
    assert (date["date"], date["status"]) == ("2025-12-16", "made")
    assert "no option trades" in " ".join(date["notes"])
    assert gold.read_date(tmp_path / "out", DAY)[0].height == date["rows"]
    assert "is current" in penstock(*words).out
    assert "made" in penstock(*words, "--mode", "bar").out  # another parameter
    bad = penstock(*words, "--dates", "2025-12-16,2025-12-17,2025-12-20", "--mode", "bar")
    assert bad.status == 1
    assert "2025-12-17  CANNOT BE RUN: no files of this date" in bad.out
    assert "2025-12-20  skipped: no trading day of XNYS" in bad.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--mode", "tock"), "tock"),
        (("--workers", "0"), "at least 1 is needed"),
        (("--dates", "16.12.2025"), "a date such as 2025-12-16"),
        (("--dates", "2025-12-16", "--end-date", "2025-12-17"), "got both"),
        (("--set", "touch_tol"), "NAME=VALUE"),
        (("--set", "touch_tol=wide"), "must be like 0.1"),
    ],
)
def test_an_option_that_says_nothing_is_refused(penstock, raw, tmp_path, words, says):
    said = penstock("levels", "run", "--source", raw, "--out", tmp_path / "out", *words)
    assert said.status == 2
    assert says in said.err


def test_a_run_from_python_is_the_same_code(penstock, raw, tmp_path):
    penstock("levels", "run", "--source", raw, "--out", tmp_path / "out")
    found = ps.levels.run(raw, date="2025-12-16")
    assert found.equals(gold.read_date(tmp_path / "out", DAY)[0])
    with_labels = ps.levels.run(raw, date=DAY, out=tmp_path / "out", labels=True)
    assert with_labels.columns == [
        *found.columns,
        "outcome",
        "future_price_5min",
        "excursion_max",
        "excursion_min",
    ]
    with pytest.raises(DataError, match="2025-12-17: no files of this date"):
        ps.levels.run(raw, date="2025-12-17")


def test_the_demo_makes_real_files_and_gold_of_them(tmp_path, penstock):
    said = penstock("levels", "demo", "--out", tmp_path, "--trades", "6000", "--json")
    told = json.loads(said.out)
    assert [each["status"] for each in told["dates"]] == ["made", "made"]
    signals, labels = gold.read_date(tmp_path, dt.date(2025, 12, 17))
    assert signals.height == labels.height > 5
    assert find(tmp_path / "raw")[0].kind == "mbp-10"
