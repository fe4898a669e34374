"""Tables on disk: read where they were made, made where they were not, are damaged or no longer hold."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from penstock.core import cache
from penstock.core.native import platform_text
from penstock.core.tables import kept


@pytest.fixture(autouse=True)
def place(tmp_path):
    cache.write_to(tmp_path)
    yield cache.find(platform_text()).directory
    cache.write_to(None)


class Maker:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self):
        self.count += 1
        return {"times": np.arange(3) + self.count, "zone": np.array("UTC")}


def test_tables_are_made_once():
    make = Maker()
    first, second = (kept("a", ("x", "1"), make) for _ in range(2))
    assert make.count == 1
    assert first["times"].tolist() == second["times"].tolist() == [1, 2, 3]
    assert str(second["zone"]) == "UTC"


def test_other_parts_are_other_tables():
    make = Maker()
    kept("a", ("x", "1"), make)
    assert kept("a", ("x", "2"), make)["times"].tolist() == [2, 3, 4]


def test_tables_that_no_longer_hold_are_made_anew():
    make = Maker()
    kept("a", (), make)
    assert kept("a", (), make, lambda made: made["times"][0] == 7)["times"].tolist() == [2, 3, 4]
    assert kept("a", (), make)["times"].tolist() == [2, 3, 4]


@pytest.mark.parametrize("size", [0, 10, 100])
def test_a_file_that_is_cut_off_is_made_anew(place, size):
    make = Maker()
    kept("a", (), make)
    (path,) = place.glob("a_*.npz")
    path.write_bytes(path.read_bytes()[:size])
    assert kept("a", (), make)["times"].tolist() == [2, 3, 4]
    assert kept("a", (), make)["times"].tolist() == [2, 3, 4]


def test_nobody_writes_to_them():
    with pytest.raises(ValueError, match="read-only"):
        kept("a", (), Maker())["times"][0] = 1


def test_threads_that_make_the_same_do_not_disturb_each_other(place, monkeypatch):
    together, real = threading.Barrier(4), np.savez

    def savez(*given, **tables):
        real(*given, **tables)
        together.wait(10)  # all have written before one puts its file in place

    monkeypatch.setattr(np, "savez", savez)
    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(kept, "a", (), lambda: {"times": np.arange(9)}) for _ in range(4)]
        assert [each.result()["times"].tolist() for each in made] == [list(range(9))] * 4
    assert len(list(place.glob("a_*"))) == 1
