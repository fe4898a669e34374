"""Registered views filled from files, put online, followed live and proved against a replay."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.jobs.test_backfill import BEGIN, DAY, assert_same_bits, expected, history, trades

from penstock.declare.view_file import read_view
from penstock.jobs.feature_store import FeatureStore

TOML = """
[view]
name = "emas"
on = "trade"
key = "symbol"

[columns]
fast = "Ema(trade.price, span=3)"
slow = "Ema(trade.price, span=50)"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch, penstock) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "emas.toml").write_text(TOML)
    trades().write_parquet("trades.parquet")
    assert penstock("apply", "emas.toml", "--store", "store").status == 0
    return tmp_path


def read(said):
    assert said.status == 0, said.err
    return json.loads(said.out)


def view():
    return read_view(Path("emas.toml")).view


def test_files_are_filled_in_and_proved(penstock, folder: Path) -> None:
    given = ("--view", "emas.toml", "--source", "trades.parquet", "--store", "store")
    found = read(penstock("backfill", *given, "--json"))
    assert (found["view"], found["computed"], found["unchanged"]) == ("emas@v1", 16, 0)
    assert found["fresh"] == found["rows"] > 900
    assert "16 done before" in penstock("backfill", *given).out
    with FeatureStore("store") as store:
        assert_same_bits(history(store), expected(view(), "trades.parquet"))
    equal = read(penstock("parity", *given, "--json"))
    assert equal["equal"] is True
    assert equal["history"] == found["rows"]
    with FeatureStore("store") as store:
        store.push("emas", [{"symbol": "A", "ts": BEGIN + DAY + 3, "fast": 1.0, "slow": 2.0}])
    said = penstock("parity", *given)
    assert said.status == 1
    assert "bits differ" in said.out
    assert "fast of A at 2024-01-03T00:00:00.000000003Z: history says 1.0, a replay nan" in said.out


def test_history_is_put_online(penstock, folder: Path) -> None:
    given = ("--view", "emas.toml", "--source", "trades.parquet", "--store", "store")
    assert read(penstock("backfill", *given, "--to", "offline", "--json"))["newer"] == 0
    assert read(penstock("materialize", "--store", "store", "--json")) == {"emas@v1": 6}
    assert "emas@v1" in penstock("materialize", "emas", "--store", "store").out
    said = penstock("materialize", "emass", "--store", "store")
    assert said.status == 2
    assert "emas" in said.err


def test_what_is_not_registered_is_refused_with_the_next_step(penstock, folder: Path) -> None:
    said = penstock(
        "backfill", "--features", "volume.vwap", "--source", "trades.parquet", "--store", "store"
    )
    assert said.status == 2
    assert "penstock apply it first" in said.err


def test_rows_of_a_live_run_are_stored(penstock, folder: Path) -> None:
    given = ("--view", "emas.toml", "--source", "trades.parquet", "--store", "store")
    said = penstock("live", *given, "--json")
    assert said.status == 0, said.err
    want = expected(view(), "trades.parquet")
    with FeatureStore("store") as store:
        assert_same_bits(history(store), want)
        last = want.unique("symbol", keep="last", maintain_order=True)
        entities = [{"symbol": s} for s in last["symbol"]]
        answer = store.get_online_features(["emas:fast"], entities).to_dict()
        assert answer["fast"] == last["fast"].to_list()
    assert read(penstock("parity", *given, "--json"))["equal"] is True
    # what was served stays as it was: a backfill finds every bit there
    found = read(penstock("backfill", *given, "--json"))
    assert (found["fresh"], found["changed"], found["gone"]) == (0, 0, 0)


def test_a_live_run_that_is_killed_goes_on_and_loses_no_row(penstock, folder: Path) -> None:
    frame = pl.read_parquet("trades.parquet")
    given = ["--view", "emas.toml", "--store", "store", "--snapshot", "state", "--every", "50"]
    killed = [sys.executable, "-m", "penstock", "live", *given, "--source", "trades.parquet"]
    with subprocess.Popen([*killed, "--json", "--replay", "max"], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for count, _ in enumerate(child.stdout):
            if count > frame.height // 2:
                os.kill(child.pid, signal.SIGKILL)
                break
    assert penstock("live", *given, "--source", "trades.parquet").status == 0
    with FeatureStore("store") as store:
        assert_same_bits(history(store), expected(view(), "trades.parquet"))
