"""``penstock catalog``, ``plan``, ``show``, ``doctor`` and ``bench`` through their entry."""

import json
import os
import subprocess
import sys

import pytest

from penstock.catalog import FEATURES, WAITING
from penstock.core import native
from penstock.jobs import vectorised as jobs_vectorised
from penstock.jobs.doctor import EXTRAS
from penstock.ops import Abs, Exp, Multiply


def test_the_list_has_every_feature_with_what_it_is(penstock):
    found = json.loads(penstock("catalog", "list", "--json").out)["features"]
    assert {one["id"] for one in found} == {f.name for f in FEATURES} | {n for n, _ in WAITING}
    built = [one for one in found if one["waiting"] is None]
    assert len(built) == len(FEATURES)
    for one in built:
        assert one["id"] == f"{one['family']}.{one['name']}"
        assert one["formula"]["text"]
        assert one["formula"]["latex"]
        assert one["says"].endswith(".")
        assert one["warmup"] >= 1
        assert one["inputs"]
        assert len(one["range"]) == 2
        assert {"version", "unit", "parameters", "fingerprint"} <= set(one)


def test_a_family_is_listed_by_itself(penstock):
    found = json.loads(penstock("catalog", "list", "--family", "price", "--json").out)["features"]
    assert {one["family"] for one in found} == {"price"}
    said = penstock("catalog", "list", "--family", "prize")
    assert said.status == 2
    assert "did you mean 'price'?" in said.err


def test_a_search_finds_every_word(penstock):
    found = json.loads(penstock("catalog", "search", "depth", "imbalance", "--json").out)
    assert "microstructure.depth_imbalance" in [one["id"] for one in found["features"]]
    assert "No feature holds" in penstock("catalog", "search", "xylophone").out
    assert penstock("catalog", "search").status == 2


def test_a_feature_is_explained_with_its_parameters(penstock):
    found = json.loads(penstock("catalog", "show", "price.simple_return(k=5)", "--json").out)
    assert "ticks=5" in found["formula"]["text"]
    assert found["parameters"][0]["name"] == "k"
    said = penstock("catalog", "show", "price.simple_return")
    assert "Simple return" in said.out
    assert "penstock run --features 'price.simple_return'" in said.out


def test_an_unknown_feature_names_the_nearest(penstock):
    said = penstock("catalog", "show", "price.simple_retrun")
    assert said.status == 2
    assert "did you mean 'price.simple_return'?" in said.err


def test_a_plan_writes_each_step_once(penstock, market):
    given = ("--features", "microstructure.mid_price,microstructure.bid_ask_spread")
    said = penstock("explain", *given, "--source", market)
    lines = said.out.splitlines()
    assert lines[0] == "on book"
    assert sum("field=bid_price" in line for line in lines) == 1
    assert sum(line.startswith("microstructure.mid_price = %") for line in lines) == 1
    found = json.loads(penstock("explain", *given, "--source", market, "--json").out)
    assert [one["column"] for one in found["outputs"]] == [
        "microstructure.mid_price",
        "microstructure.bid_ask_spread",
    ]


def test_events_of_a_file_are_shown(penstock, market):
    found = json.loads(penstock("show", market, "--json").out)
    assert set(found["events"]) == {"trade", "book"}
    assert found["keys"] == 2
    assert found["first"] < found["last"]
    assert found["quarantined"] == {}
    assert "AA, BB" in penstock("show", market).out


def test_rows_that_were_written_are_shown_with_their_lineage(penstock, market, tmp_path):
    for out in (tmp_path / "rows.parquet", tmp_path / "rows"):
        penstock("run", "--features", "microstructure.mid_price", "--source", market, "--out", out)
        found = json.loads(penstock("show", out, "--json", "--head", 2).out)
        assert len(found["head"]) == 2
        assert found["schema"]["microstructure.mid_price"] == {"type": "double", "unit": "price"}
        assert found["lineage"]["complete"]
        said = penstock("show", out)
        assert "Lineage" in said.out
        assert "v1 " in said.out


def test_a_directory_without_rows_is_refused(penstock, tmp_path):
    said = penstock("show", tmp_path)
    assert said.status == 2
    assert "must hold Parquet files" in said.err


def test_the_doctor_says_what_is_here(penstock):
    said = penstock("doctor", "--json")
    found = json.loads(said.out)
    assert said.status == (0 if found["compiler"]["works"] else 1)
    assert found["packages"]["numba"]
    assert {"kind", "why", "prebuilt", "directory", "entries", "bytes", "private"} == set(
        found["cache"]
    )
    assert set(found["extras"]) == set(EXTRAS)
    missing = [one for one in found["extras"].values() if not one["installed"]]
    assert all(one["add"].startswith("pip install 'penstock[") for one in missing)
    assert "compiler" in penstock("doctor").out


@pytest.mark.skipif(not native.available(), reason="machine code is looked at")
def test_the_doctor_names_operators_without_a_vector_form_and_why(penstock, monkeypatch):
    monkeypatch.setattr(jobs_vectorised, "elementwise", lambda: (Multiply, Exp, Abs))
    said = penstock("doctor", "--vectorised", "--json")
    assert said.status == 0
    found = json.loads(said.out)
    assert found["vectorised"] == ["Multiply", "Abs"]
    assert list(found["scalar"]) == ["Exp"]
    assert "exp of the C library, which takes one value at a time" in found["scalar"]["Exp"]
    said = penstock("doctor", "--vectorised")
    assert said.status == 0
    assert "2 of 3 have vector code; not" in said.out
    assert "calls exp of the C library" in " ".join(said.out.split())


def test_the_doctor_knows_the_extras_of_the_project():
    import tomllib
    from pathlib import Path

    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    declared = tomllib.loads(text)["project"]["optional-dependencies"]
    assert set(declared) == set(EXTRAS)
    for name, (_, packages) in EXTRAS.items():
        assert all(any(line.startswith(package) for line in declared[name]) for package in packages)


def test_without_a_compiler_features_are_computed_interpreted(trades, tmp_path):
    environment = {"NUMBA_DISABLE_JIT": "1", "PATH": os.defpath}
    command = [sys.executable, "-m", "penstock"]
    said = subprocess.run(
        [*command, "doctor"], env=environment, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "does not work: NUMBA_DISABLE_JIT is set" in said.stdout
    head = tmp_path / "head.csv"
    head.write_text("".join(trades.read_text().splitlines(keepends=True)[:200]))
    outs = tmp_path / "interpreted.parquet", tmp_path / "compiled.parquet"
    for out, given in zip(outs, (environment, None), strict=True):
        arguments = [
            "run",
            "--features",
            "volume.vwap",
            "--source",
            head,
            "--out",
            out,
            "--on",
            "bar:1m",
        ]
        subprocess.run([*command, *map(str, arguments)], env=given, check=True, capture_output=True)
    import polars as pl

    one, two = (pl.read_parquet(out) for out in outs)
    assert one.equals(two)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["enginee"], 2, "did you mean 'engine'?"),
        (["engine", "--compare", "absent.json"], 2, "needs a stored run"),
        (["engine", "--compare", __file__], 1, "needs what --json wrote"),
    ],
)
def test_a_bench_refuses_what_it_cannot_do_before_it_measures(penstock, arguments, status, says):
    said = penstock("bench", *arguments)
    assert said.status == status
    assert says in said.err
