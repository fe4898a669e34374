"""``penstock levels live``: the rows of a run, as they happen, also after a kill."""

import datetime as dt
import json
import shutil
import signal
import subprocess
import sys

import pytest
from tests.events.dbn_files import shared

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import gold, manifest
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import run_day
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.live import LiveDay
from penstock.jobs.levels.simulated import simulate_dates

DATE = dt.date(2025, 12, 17)
HOUR = dt.date(2023, 12, 25)


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Two simulated dates."""
    folder = tmp_path_factory.mktemp("raw")
    dates = (dt.date(2025, 12, 16), DATE)
    simulate_dates(folder, dates, trades=2_000, books=4_000, options=500, seed=3)
    return folder


def lines(text: str, kind: str) -> dict:
    """Lines of a kind by touch."""
    found = [json.loads(line) for line in text.splitlines()]
    rows = [row for row in found if row.pop("kind") == kind]
    made = {row["event_id"]: row for row in rows}
    assert len(made) == len(rows)
    return made


def by_id(frame) -> dict:
    return {row["event_id"]: row for row in frame.iter_rows(named=True)}


BY_INTEREST = ("--set", "wall_mode=oi", "--set", "flip_from=oi")


@pytest.mark.slow
def test_walls_by_open_interest_are_run_said_and_missed_where_there_is_none(
    penstock, raw, tmp_path
):
    source, out = tmp_path / "raw", tmp_path / "out"
    shutil.copytree(raw, source)
    (source / "spy_open_interest_2025-12-16.parquet").unlink()
    words = ("--source", source, "--out", out, *BY_INTEREST)
    plan = json.loads(penstock("levels", "run", *words, "--dry-run", "--json").out)
    lacks = [any("open interest" in note for note in date["notes"]) for date in plan["dates"]]
    assert lacks == [True, False]
    assert penstock("levels", "run", *words).status == 0
    notes = [manifest.read_manifest(out, date)["notes"] for date in (DATE - dt.timedelta(1), DATE)]
    assert [
        "no open interest of options: walls and the gamma flip by it are null" in n for n in notes
    ] == lacks
    before, touches = (gold.read_date(out, date)[0] for date in (DATE - dt.timedelta(1), DATE))
    for name in ("level_call_wall", "level_put_wall", "level_gamma_flip"):
        assert before[name].null_count() == before.height
        assert touches[name].null_count() < touches.height
    said = penstock("levels", "live", *words, "--date", DATE, "--json")
    assert lines(said.out, "touch") == by_id(touches)


@pytest.mark.slow
def test_live_says_the_rows_of_a_run_in_bits(penstock, raw, tmp_path):
    out, record = tmp_path / "out", tmp_path / "said.jsonl"
    words = ("--source", raw, "--out", out)
    made = penstock("levels", "run", *words, "--dates", str(DATE))
    assert made.status == 0, made.out + made.err
    touches, came_after = gold.read_date(out, DATE)
    asked = ("levels", "live", *words, "--date", DATE, "--labels", "--json", "--record", record)
    said = penstock(*asked)
    assert said.status == 0, said.err
    assert touches.height > 5
    assert lines(said.out, "touch") == by_id(touches)
    assert lines(said.out, "labels") == by_id(came_after)
    assert f"{touches.height} touches (p50" in said.err
    whole = record.read_bytes()
    assert whole.endswith(said.out.encode())
    record.write_bytes(whole[: len(whole) // 2])  # as a kill leaves it, in the middle of a line
    rest = penstock(*asked)
    assert record.read_bytes() == whole
    assert 0 < len(rest.out) < len(said.out)
    assert said.out.endswith(rest.out)
    other = penstock(*asked, "--mode", "bar")
    assert "same files and parameters" in other.err


@pytest.mark.slow
def test_a_real_hour_has_the_rows_and_labels_of_a_run():
    folder = shared("futures_dbn/esh4-glbx-mdp3-20231225.mbo.dbn.zst").parent
    inputs = Inputs(
        HOUR,
        (folder / "esh4-glbx-mdp3-20231225.trades.derived.dbn.zst",),
        (folder / "esh4-glbx-mdp3-20231225.mbp-10.derived.dbn.zst",),
    )
    parameters = Parameters(ratio="static", calendar="24/7")
    whole = run_day(inputs, parameters, Carry())
    now = [0]
    made = LiveDay(inputs, parameters, Carry(), lambda: 0, now.append, labels=True)
    touches, after = {}, {}
    for said in made.events():
        for kind, row in said:
            if kind == "touch":
                touches[row["event_id"]] = row
            else:
                assert now[-1] > touches[row["event_id"]]["ts_event_ns"]
                after[row["event_id"]] = row
    assert touches == by_id(whole.signals)
    assert after == by_id(whole.labels.fill_nan(None))


@pytest.mark.slow
def test_a_run_that_is_killed_says_no_touch_twice_and_misses_none(penstock, raw, tmp_path):
    record, plain = tmp_path / "said.jsonl", tmp_path / "plain.jsonl"
    words = ["levels", "live", "--source", str(raw), "--out", str(tmp_path), "--date", str(DATE)]
    penstock(*words, "--record", plain)
    begin = [sys.executable, "-m", "penstock", *words, "--record", str(record)]
    with subprocess.Popen(begin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert 0 < record.stat().st_size <= plain.stat().st_size
    assert penstock(*words, "--record", record).status == 0
    assert record.read_bytes() == plain.read_bytes()


def test_live_refuses_what_it_cannot_replay(penstock, raw, tmp_path):
    words = ("levels", "live", "--source", raw, "--out", tmp_path)
    assert "no files of this date" in penstock(*words, "--date", "2025-12-18").err
    assert "speed must be" in penstock(*words, "--date", DATE, "--speed", "0").err
    assert "--record" in penstock("levels", "live", "--help").out
