"""``penstock levels`` on real options without futures: alone, and with the minutes of their index."""

import json

import polars as pl
import pytest
from tests.jobs.levels.market import at, written
from tests.jobs.levels.spxw import DAY, bronze_of, closes, minutes

from penstock.jobs.levels import gold


@pytest.fixture(scope="module")
def bronze(tmp_path_factory):
    """A source of the day's options."""
    folder = tmp_path_factory.mktemp("spxw")
    bronze_of(folder)
    return folder / "bronze"


def test_options_alone_run_from_files_to_empty_tables_and_the_state_of_a_moment(
    bronze, penstock, tmp_path
):
    words = ("--source", bronze, "--set", "symbol=SPX")
    run = ("levels", "run", *words, "--out", tmp_path)
    ahead = penstock(*run, "--dry-run")
    assert ahead.status == 0
    assert "no futures: barrier and tape are null" in ahead.out
    assert not (tmp_path / gold.FOLDER).exists()
    made = penstock(*run)
    assert made.status == 0, made.out + made.err
    assert "no file says a price of the underlying" in made.out
    signals, labels = gold.read_date(tmp_path, DAY)
    assert (signals.height, labels.height) == (0, 0)
    said = penstock("levels", "state", *words, "--at", "2021-01-04T17:30:00Z", "--json")
    strikes = json.loads(said.out)["strikes"]
    whole = [float(c[5]) for _, _, _, expiry, end, c in minutes("trade")
             if expiry == "20210104" and end <= at(DAY, "12:30:00")]  # fmt: skip
    assert sum(row["volume"] for row in strikes) == sum(whole) > 1_000


@pytest.fixture(scope="module")
def own(bronze, tmp_path_factory):
    """A source of the day's options and of the index's closes as the underlying's trades."""
    folder = tmp_path_factory.mktemp("own")
    for path in bronze.glob("*.parquet"):
        (folder / path.name).symlink_to(path)
    rows = [(end, "SPX", price, 0.0, 0) for end, price in closes()]
    frame = pl.DataFrame(rows, schema=["ts", "symbol", "price", "size", "side"], orient="row")
    written(folder / f"spx_trades_{DAY}.parquet", frame)
    return folder


def test_options_and_the_index_alone_run_to_touches_with_fuel(own, penstock, tmp_path):
    changed = ("--set", "symbol=SPX", "--set", "touch_tol=1", "--set", "fuel_reach=60")
    words = ("--source", own, "--out", tmp_path, *changed)
    made = penstock("levels", "run", *words, "--json")
    assert made.status == 0, made.out + made.err
    (said,) = json.loads(made.out)["dates"]
    assert said["notes"][-1].startswith("no futures: barrier and tape are null, prices are those")
    signals, _ = gold.read_date(tmp_path, DAY)
    assert signals.height == said["rows"] > 20
    prices = dict(closes())
    for row in signals.iter_rows(named=True):
        assert row["spot"] == prices[row["ts_event_ns"]]
        assert row["distance"] <= 1.0
        fuel, score = row["hedge_score"], row["break_score_raw"]
        assert score == fuel
    assert signals["fuel_effect"].drop_nulls().len() > 10
    of_futures = [name for name in signals.columns if name.startswith(("barrier_", "tape_"))]
    assert len(of_futures) == 16
    for name in (*of_futures, "wall_ratio", "depth_in_zone", "churn", "liquidity_score"):
        assert signals[name].null_count() == signals.height, name
    live = penstock("levels", "live", *words, "--date", DAY, "--json")
    told = [json.loads(line) for line in live.out.splitlines()]
    assert [row | {"kind": "touch"} for row in signals.iter_rows(named=True)] == told
    shown = penstock(
        "levels",
        "show",
        told[0]["event_id"],
        "--out",
        tmp_path,
        "--picture",
        tmp_path / "touch.png",
    )
    assert shown.status == 0, shown.err
    assert (tmp_path / "touch.png").stat().st_size > 10_000
