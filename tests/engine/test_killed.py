"""A run that is killed and goes on from its last snapshot equals one that was not, in bits."""

import signal
import subprocess
import sys

import numpy as np
import pytest
from tests.engine import feeds, resumable, resumable_keys, resumable_live

from penstock.events import Keys
from penstock.streams.journal import read_journal


@pytest.fixture(scope="module")
def whole() -> feeds.Bits:
    return feeds.compute(resumable.engine(), resumable.EVENTS)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_killed_at_random_points_gives_the_rows_of_one_that_was_not(tmp_path, whole, seed):
    rng = np.random.default_rng(seed)
    # the first one may die before there is a snapshot
    deaths = [int(rng.integers(1, 30)), *rng.integers(1, 700, 2).tolist()]
    command = [sys.executable, "-m", "tests.engine.resumable", str(tmp_path)]
    root = resumable.Path(resumable.__file__).parents[2]
    for dies in deaths:
        killed = subprocess.run([*command, str(dies)], check=False, cwd=root)
        assert killed.returncode == -signal.SIGKILL
    subprocess.run([*command, "-1"], check=True, cwd=root)
    made = np.frombuffer((tmp_path / "rows").read_bytes(), resumable.RECORD)
    rows = {}
    for key in np.unique(made["key"]).tolist():
        mine = made[made["key"] == key]
        rows[key] = mine["time"].copy(), mine["values"].copy()
    feeds.assert_bits(rows, whole, tuple(resumable.COLUMNS))


@pytest.mark.parametrize(
    ("module", "run", "kinds", "seed"),
    [
        ("resumable_live", resumable_live.Run, {"event", "rebuilt", "advance"}, 3),
        ("resumable_keys", resumable_keys.Spilling, {"event", "advance"}, 4),
    ],
)
def test_a_live_run_that_was_killed_gives_the_same_rows_revisions_and_journal(
    tmp_path, module, run, kinds, seed
):
    whole = tmp_path / "whole"
    whole.mkdir()
    done = run(whole, -1)
    done.go()
    types = [stream.type for stream in done.live.streams]
    rng = np.random.default_rng(seed)
    deaths = [int(rng.integers(1, 15)), *rng.integers(20, 200, 2).tolist()]
    cut = tmp_path / "cut"
    cut.mkdir()
    command = [sys.executable, "-m", f"tests.engine.{module}", str(cut)]
    root = resumable.Path(resumable.__file__).parents[2]
    for dies in deaths:
        killed = subprocess.run([*command, str(dies)], check=False, cwd=root)
        assert killed.returncode == -signal.SIGKILL
    subprocess.run([*command, "-1"], check=True, cwd=root)
    assert (cut / "rows").read_text() == (whole / "rows").read_text()
    said = [
        [(e.kind, e.stream, e.time, e.event and e.event.record()) for e in entries]
        for entries in (read_journal(one / "journal", types, Keys()) for one in (whole, cut))
    ]
    assert said[0] == said[1]
    assert kinds <= {kind for kind, *_ in said[0]}
