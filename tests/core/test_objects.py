"""Machine code that is kept as an object: linked where it is whole, compiled where it is not."""

import numpy as np
import pytest

from penstock.compile import machine
from penstock.core import cache, native, objects
from penstock.core.native import platform_text

pytestmark = pytest.mark.skipif(not native.available(), reason="nothing compiles here")
SOURCE = f'''"""A wrapper that adds and asks libm."""
from math import erfc
from numba import njit
from penstock.core import memory
from penstock.core.native import dispatcher
f8_view = dispatcher(memory.f8_view)
{machine.MARK}
def wrapper(arena, descriptor, ticks):
    cells = f8_view(arena, 2)
    cells[1] = erfc(cells[0]) + ticks
'''
CALL = '''"""Calls a wrapper by its address."""
from numba import njit
from penstock.core import memory
from penstock.core.native import dispatcher
call = dispatcher(memory.call)
@njit("void(int64, int64, int64, int64)")
def run(function, arena, descriptor, ticks):
    call(function, arena, descriptor, ticks)
'''


@pytest.fixture(autouse=True)
def place(tmp_path):
    cache.write_to(tmp_path)
    yield cache.find(platform_text()).directory
    cache.write_to(None)


def result(address: int) -> float:
    names: dict = {}
    exec(CALL, names)  # noqa: S102  (our own source)
    cells = np.array([0.5, 0.0])
    names["run"](address, cells.ctypes.data, 0, 2)
    return float(cells[1])


def test_what_was_compiled_once_is_linked_the_next_time(place):
    first, module = machine.made("one", SOURCE, lambda: "a")
    assert module is not None
    second, kept = machine.made("one", SOURCE, lambda: "a")
    assert kept is None
    assert second != first
    assert result(first) == result(second) == pytest.approx(2.4795001221869535, abs=1e-15)
    assert len(list((place / "__pycache__").glob("one_*.o"))) == 1


@pytest.mark.parametrize(
    "damaged",
    [lambda held: held[:0], lambda held: held[:3], lambda held: held[:40], lambda held: held[:-1],
     lambda held: b"x" + held[1:], lambda held: held[:-1] + bytes([held[-1] ^ 1])],
    ids=["empty", "in the name", "in the hash", "one byte less", "another name", "another bit"],
)  # fmt: skip
def test_a_damaged_object_is_not_linked(place, damaged):
    machine.made("two", SOURCE, lambda: "b")
    (path,) = (place / "__pycache__").glob("two_*.o")
    path.write_bytes(damaged(path.read_bytes()))
    address, module = machine.made("two", SOURCE, lambda: "b")
    assert module is not None
    assert result(address) == pytest.approx(2.4795001221869535, abs=1e-15)


def test_an_entry_without_an_object_is_none(tmp_path):
    assert objects.load(tmp_path / "none_1.py") is None
