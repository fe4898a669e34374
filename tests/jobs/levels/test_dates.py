"""Runs of many dates: what is made again and what is not, and that a bad date stops no other.

A date's own computation is stood in for by a function that says what it was given: nothing here depends on levels.
"""

import datetime as dt
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.jobs.levels.market import es_books, es_trades

from penstock.core.errors import DataError, DefinitionError
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import dates as levels
from penstock.jobs.levels import gold, manifest
from penstock.jobs.levels.choice import Dates

MONDAY, TUESDAY, WEDNESDAY = (dt.date(2025, 12, day) for day in (15, 16, 17))
HAND = Path(__file__).with_name("hand.py")
STAND_IN = '''
import os, pathlib, time
from types import SimpleNamespace
from HAND import outcomes, touches


def run_day(inputs, parameters, carry, progress=None):
    """One touch, whose spot is the number of bars that were carried."""
    here = pathlib.Path(__file__).parent
    with (here / "ran.txt").open("a") as log:
        log.write(f"{inputs.date}\\n")
    progress(10, 1)
    if (here / f"die_{inputs.date}").exists():
        os._exit(9)
    if (here / f"fail_{inputs.date}").exists():
        raise ValueError("no such luck")
    while (here / f"wait_{inputs.date}").exists():
        progress(11, 1)
        time.sleep(0.02)
    cut = {"truncated": 1} if (here / f"cut_{inputs.date}").exists() else {}
    count = 0 if (here / f"none_{inputs.date}").exists() else 1
    signals = touches(count, str(inputs.date), spot=[float(carry.trades.height)] * count)
    counts = {"events": {"trade": 10}, "quarantined": cut, "late": 0}
    return SimpleNamespace(signals=signals, labels=outcomes(signals), counts=counts, stages={"run": 0.5})
'''


class Place:
    """A source of three dates, an output, and the stand-in."""

    def __init__(self, folder: Path, module) -> None:
        self.folder, self.source, self.out = folder, folder / "raw", folder / "out"
        self.module = module
        for date in (MONDAY, TUESDAY, WEDNESDAY):
            es_trades(self.source, date, [("10:00:00", 6000), ("10:05:00", 6001)])
            es_books(self.source, date, [("10:00:00", 5999, 6001)])
        self.task = levels.Task(self.source, self.out, Parameters(), "one", module.run_day)

    def run(self, **changed) -> dict[dt.date, levels.Outcome]:
        self.said = []
        task = replace(self.task, **changed)
        outcomes = levels.run_dates(task, lambda *said: self.said.append(said))
        return {each.date: each for each in outcomes}

    def ran(self) -> list[str]:
        """The dates that ran since it was asked last."""
        path = self.folder / "ran.txt"
        lines = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return sorted(lines)

    def mark(self, what: str) -> Path:
        path = self.folder / what
        path.touch()
        return path


@pytest.fixture
def place(tmp_path, monkeypatch):
    name = f"stand_in_{abs(hash(tmp_path))}"
    # other processes find it and what it needs by name
    (tmp_path / f"hand_{name}.py").write_text(HAND.read_text())
    (tmp_path / f"{name}.py").write_text(STAND_IN.replace("HAND", f"hand_{name}"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Place(tmp_path, __import__(name))
    for each in (name, f"hand_{name}"):
        sys.modules.pop(each)


def statuses(outcomes):
    return [outcomes[date].status for date in sorted(outcomes)]


def test_dates_are_made_once_each_with_what_stood_before_it(place):
    assert statuses(place.run()) == ["made"] * 3
    assert place.ran() == [str(date) for date in (MONDAY, TUESDAY, WEDNESDAY)]
    bars = [
        gold.read_date(place.out, date)[0]["spot"].item() for date in (MONDAY, TUESDAY, WEDNESDAY)
    ]
    assert bars == [0.0, 2.0, 4.0]
    again = place.run()
    assert statuses(again) == ["current"] * 3
    assert [each.rows for each in again.values()] == [1, 1, 1]
    assert place.ran() == []


def test_only_what_changed_is_made_again(place):
    place.run()
    place.ran()
    # another price in the last bar: what is carried into the later dates differs
    es_trades(place.source, TUESDAY, [("10:00:00", 6000), ("10:05:00", 6002)])
    assert statuses(place.run()) == ["current", "made", "made"]
    # the same prices in another order of columns: the file differs, what is carried does not
    path = place.source / f"es_trades_{MONDAY}.parquet"
    frame = pl.read_parquet(path)
    frame.select(reversed(frame.columns)).write_parquet(path)
    assert statuses(place.run()) == ["made", "current", "current"]
    assert statuses(place.run(parameters=Parameters(touch_tol=0.2))) == ["made"] * 3
    assert (
        statuses(place.run(parameters=Parameters(touch_tol=0.2), fingerprint="two")) == ["made"] * 3
    )
    place.ran()
    assert statuses(place.run(force=True, dates=Dates((TUESDAY,)))) == ["made"]
    assert place.ran() == [str(TUESDAY)]
    gold.labels_path(place.out, TUESDAY).unlink()
    assert statuses(place.run(dates=Dates((TUESDAY,)))) == ["made"]


def test_a_bad_date_stops_no_other_and_the_manifest_says_why(place):
    place.mark(f"fail_{MONDAY}")
    place.mark(f"cut_{TUESDAY}")
    place.mark(f"none_{WEDNESDAY}")
    found = place.run()
    assert statuses(found) == ["failed", "failed", "made"]
    assert "ValueError: no such luck" in found[MONDAY].why
    assert "truncated" in found[TUESDAY].why
    assert found[WEDNESDAY].notes[-1] == "no touches: the tables have no rows"
    assert gold.read_date(place.out, WEDNESDAY)[0].height == 0
    assert not gold.signals_path(place.out, TUESDAY).exists()
    assert manifest.read_manifest(place.out, TUESDAY)["why"] == found[TUESDAY].why
    assert manifest.finished_dates(place.out) == [WEDNESDAY]
    assert [each.is_well for each in found.values()] == [False, False, True]


def test_what_was_made_of_other_inputs_goes_when_a_date_fails(place):
    place.run()
    failing = place.mark(f"fail_{MONDAY}")
    place.run(force=True)
    assert gold.signals_path(place.out, MONDAY).exists()  # of the same inputs: as good as it was
    place.run(fingerprint="two", force=True)
    assert not gold.signals_path(place.out, MONDAY).exists()
    failing.unlink()
    assert statuses(place.run(fingerprint="two")) == ["made", "current", "current"]


def test_dates_without_files_or_sessions_are_said(place):
    for path in place.source.glob(f"es*{TUESDAY}*"):
        path.unlink()
    (place.source / f"spy_open_interest_{TUESDAY}.parquet").touch()
    sunday, thursday = dt.date(2025, 12, 14), dt.date(2025, 12, 18)
    found = place.run(dates=Dates((sunday, MONDAY, TUESDAY, thursday)))
    assert statuses(found) == ["skipped", "made", "bad", "bad"]
    assert found[sunday].why == "no trading day of XNYS"
    assert found[TUESDAY].why == "it has no trades of futures or options, nor the underlying's"
    assert found[thursday].why == "no files of this date"
    said = json.loads((place.out / gold.FOLDER / "manifest.json").read_text())["dates"]
    assert said[str(thursday)]["why"] == "no files of this date"
    span = place.run(dates=Dates(first=TUESDAY, last=thursday))
    assert statuses(span) == ["bad", "made", "bad"]
    with pytest.raises(DefinitionError, match="got both"):
        Dates((MONDAY,), first=MONDAY)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(place):
    ahead = {each.date: each for each in levels.look_ahead(place.task)}
    assert statuses(ahead) == ["wanted"] * 3
    assert ahead[MONDAY].notes[0].startswith("0 of 200 bars of 120s from 0 dates before it")
    assert ahead[MONDAY].notes[2] == "2025-12-12, a trading day, has no files"
    assert ahead[TUESDAY].notes[0] == "how far 2025-12-15 warms it up shows when it is read"
    assert not place.out.exists()
    place.run(dates=Dates((TUESDAY,)))
    ahead = {each.date: each for each in levels.look_ahead(place.task)}
    assert statuses(ahead) == ["wanted", "current", "wanted"]
    assert ahead[TUESDAY].notes[0].startswith("2 of 200 bars of 120s from 1 date before it")
    assert "no option trades" in ahead[TUESDAY].notes[3]


def test_processes_make_what_one_makes_and_one_that_dies_costs_its_date_alone(place):
    place.mark(f"die_{TUESDAY}")
    found = place.run(workers=2)
    assert statuses(found) == ["made", "failed", "made"]
    assert "exit code 9" in found[TUESDAY].why
    assert any(said[1:] == ("running", 10, 1) for said in place.said)
    (place.folder / f"die_{TUESDAY}").unlink()
    assert statuses(place.run(workers=2)) == ["current", "made", "current"]
    apart = {date: gold.read_date(place.out, date)[0] for date in found}
    place.run(force=True)
    assert all(apart[date].equals(gold.read_date(place.out, date)[0]) for date in found)


def test_two_runs_do_not_write_at_once(place):
    with levels.alone(place.out), pytest.raises(DataError, match="one run at a time"):
        place.run()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_was_killed_goes_on_with_what_it_had_not_finished(place, workers):
    waiting = place.mark(f"wait_{TUESDAY}")
    code = f"""
import sys
sys.path[:0] = {[str(place.folder)]!r}
if __name__ == "__main__":
    from pathlib import Path
    import {place.module.__name__} as stand_in
    from penstock.jobs.levels.dates import Task, run_dates
    from penstock.formulas.levels.parameters import Parameters
    task = Task(Path({str(place.source)!r}), Path({str(place.out)!r}), Parameters(), "one", stand_in.run_day,
                workers={workers})
    run_dates(task, lambda *said: None)
"""
    script = place.folder / "killed.py"
    script.write_text(code)
    killed = subprocess.Popen([sys.executable, script])
    until = time.monotonic() + 60
    need = {MONDAY} if workers == 1 else {MONDAY, WEDNESDAY}
    while not need <= set(manifest.finished_dates(place.out)) and time.monotonic() < until:
        assert killed.poll() is None
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert set(manifest.finished_dates(place.out)) == need
    left = (
        place.run
    )  # a process of the killed run may still be there for a moment: it must not write
    time.sleep(0.3)
    waiting.unlink()
    place.ran()
    again = left()
    assert [date for date, each in again.items() if each.status == "made"] == [
        date for date in (MONDAY, TUESDAY, WEDNESDAY) if date not in need
    ]
    assert list(place.out.rglob("*.part")) == []
