"""The cache is held small while others use it."""

import fcntl
import os
import subprocess
import sys

import pytest

from penstock.core.prune import entries, locked, prune

DAY = 86_400 * 10**9
PROGRAM = """
import numpy as np
from penstock.core import native
from penstock.core.maths import two_sum
print(native.compiled(two_sum, "UniTuple(float64, 2)(float64, float64, float64)")(1.0, 0.0, 2.0))
print(native.cache_counts()["misses"])
"""


@pytest.fixture
def place(tmp_path):
    """Three entries of 100 bytes, used 40, 20 and 0 days before the last use of any."""
    for name, days in (("old", 40), ("middle", 20), ("new", 0)):
        path = tmp_path / "p1" / f"{name}_1.py"
        (path.parent / "__pycache__").mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"#" * 40)
        (path.parent / "__pycache__" / f"{name}_1.wrapper.nbc").write_bytes(b"#" * 60)
        with locked(path):
            pass
        stamp = 1_700_000_000 * 10**9 - days * DAY
        os.utime(path.with_suffix(".lock"), ns=(stamp, stamp))
    return tmp_path


def names(place):
    return [one.path.stem for one in entries(place)]


def test_what_was_not_used_for_long_is_taken_out_whole(place):
    assert names(place) == ["old_1", "middle_1", "new_1"]
    assert prune(place, idle=30 * DAY) == (1, 100)
    assert names(place) == ["middle_1", "new_1"]
    assert not list((place / "p1" / "__pycache__").glob("old_1*"))


def test_the_longest_unused_go_until_the_rest_is_small_enough(place):
    assert prune(place, idle=1_000 * DAY, limit=150) == (2, 200)
    assert names(place) == ["new_1"]


def test_what_was_used_last_stays(place):
    assert prune(place, idle=0, limit=0) == (2, 200)
    assert names(place) == ["new_1"]


def test_a_use_makes_an_entry_young(place):
    with locked(place / "p1" / "old_1.py"):
        pass
    assert names(place) == ["middle_1", "new_1", "old_1"]


def test_an_entry_that_somebody_has_open_is_left_alone(place):
    with (place / "p1" / "old_1.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert prune(place, idle=30 * DAY) == (0, 0)
    assert prune(place, idle=30 * DAY) == (1, 100)


def test_an_empty_place_has_nothing_to_prune(tmp_path):
    assert prune(tmp_path) == (0, 0)


def test_what_was_taken_out_is_compiled_again(tmp_path):
    pytest.importorskip("numba")
    found = []
    for step in range(3):
        if step == 2:
            other = next(iter(tmp_path.rglob("*_*.py"))).parent / "other_1.py"
            other.touch()  # what was used last stays: something younger than the entry
            assert prune(tmp_path, idle=0)[0] == 1
        ran = subprocess.run(
            ["env", f"HOME={tmp_path}", sys.executable, "-c", PROGRAM],
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(ran.stdout.splitlines())
    assert [said for said, _ in found] == ["(3.0, 0.0)"] * 3
    assert [int(misses) for _, misses in found] == [1, 0, 1]
