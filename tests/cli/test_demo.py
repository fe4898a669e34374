"""``penstock demo``: the main job from end to end."""

import json
import shlex
import subprocess
import sys

import polars as pl
import pytest

from penstock.jobs import demo
from penstock.jobs.demo import Files, bits_equal, run_history, run_live, write_market


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The demo as a person sees it, and the folder it wrote."""
    place = tmp_path_factory.mktemp("demo")
    said = subprocess.run(
        [sys.executable, "-m", "penstock", "demo"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return place, said.stdout


def test_the_demo_proves_the_bits_equal_and_says_how_fast(made):
    place, said = made
    assert "Bits equal" in said
    assert "ns a feature" in said
    names = {path.name for path in (place / "penstock-demo").iterdir()}
    assert names == {
        "market.mbp-10.dbn.zst",
        "trades.parquet",
        "trades.csv",
        "history.parquet",
        "half-way.snapshot",
    }


def test_the_commands_it_names_work(made):
    place, said = made
    commands = [line.strip() for line in said.splitlines() if " -m penstock " in line]
    assert len(commands) == 3
    for command in commands:
        done = subprocess.run(
            shlex.split(command), cwd=place, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert pl.read_parquet(place / "penstock-demo" / "features").height > 10_000


def test_json_prints_exactly_the_figures(penstock, tmp_path):
    said = penstock("demo", "--json", "--out", tmp_path / "demo")
    found = json.loads(said.out)
    assert set(found) == {
        "events",
        "features",
        "rows",
        "bits_equal",
        "events_per_second",
        "ns_per_feature",
    }
    assert said.status == 0
    assert found["bits_equal"] is True
    assert found["features"] == len(demo.FEATURES)
    assert found["rows"] == found["events"] > 100_000


def test_one_bit_that_differs_is_seen(tmp_path):
    files = Files(tmp_path)
    records = write_market(files, seconds=600)
    _, half, _ = run_history(files, records)
    live = run_live(files, half)
    assert bits_equal(files, half, live)
    value = live.rows[7][0:1].view("u8")
    value ^= 1
    assert not bits_equal(files, half, live)
    value ^= 1
    live.rows.pop()
    live.events.pop()
    assert not bits_equal(files, half, live)


def test_the_pack_of_gateways_shows_features_and_a_router(penstock, tmp_path):
    said = penstock("demo", "--pack", "llm", "--requests", "200", "--out", tmp_path / "demo")
    assert said.status == 0
    assert "bits are equal" in said.out
    assert "against chance" in said.out
    assert (tmp_path / "demo" / "gateway.jsonl").stat().st_size > 100_000
    said = penstock(
        "demo", "--pack", "llm", "--requests", "200", "--json", "--out", tmp_path / "demo"
    )
    found = json.loads(said.out)
    assert found["bits_equal"] is True
    assert (found["requests"], found["held_out"], found["decisions"]) == (200, 60, 140)
    assert [row["policy"] for row in found["policies"]][-2:] == ["random", "oracle"]
    assert all(mark["reached"] in (True, False) for mark in found["marks"])
