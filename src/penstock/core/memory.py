"""Memory by address: what compiled code does with machine loads and interpreted code does with ctypes.

Every function here has a native form of the same name in ``penstock.core.intrinsics``; ``core.native`` puts that
in place of this one when it compiles a caller. Addresses are of 8-byte cells that some array keeps alive.
"""

import ctypes
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from penstock.core.arrays import F8, Cells
from penstock.core.jit import MARK, P, R

INTRINSIC = "__penstock_intrinsic__"

# interpreted wrappers by number: a number stands where compiled code has a machine address
INTERPRETED: list[Callable[[int, int, int], None]] = []


def _native(function: Callable[P, R]) -> Callable[P, R]:
    setattr(function, MARK, True)
    setattr(function, INTRINSIC, function.__name__)
    return function


@_native
def load(address: int) -> int:
    """The int64 at an address."""
    return ctypes.c_int64.from_address(int(address)).value


@_native
def column(arena: int, fields: int, cells: int) -> int:
    """Where the ticks of a column begin: its fields are the cell of its cursor and its base; ``cells`` are of a tick.

    One call where a wrapper would have eight operations for each column, whose types cost more than its kernel's.
    """
    return arena + 8 * (load(fields + 8) + cells * load(arena + 8 * load(fields)))


@_native
def store(address: int, value: int) -> None:
    """Write an int64."""
    ctypes.c_int64.from_address(int(address)).value = int(value)


@_native
def load_acquire(address: int) -> int:
    """The int64 at an address, which another thread writes; nothing after it is read before it.

    On x86 a plain load does that; on ARM it needs an instruction of its own.
    """
    return ctypes.c_int64.from_address(int(address)).value


@_native
def store_release(address: int, value: int) -> None:
    """Write an int64 that another thread reads; nothing before it is written after it."""
    ctypes.c_int64.from_address(int(address)).value = int(value)


@_native
def fence_acquire() -> None:
    """What is read before stays before what is read or written after; interpreted code is in order as it is."""


@_native
def fence_release() -> None:
    """What is read or written before stays before what is written after."""


@_native
def copy(target: int, source: int, size: int) -> None:
    """Move ``size`` bytes; the ranges may overlap."""
    ctypes.memmove(int(target), int(source), int(size))


@_native
def prefetch(address: int) -> None:
    """Ask for the cache line of an address; interpreted code has no use for it."""


@_native
def now() -> int:
    """A counter that only rises, for spans of time; its unit is for the caller to find out."""
    return time.perf_counter_ns()


@_native
def as_float(bits: int) -> float:
    """The float with these 64 bits."""
    return ctypes.c_double.from_buffer(ctypes.c_int64(int(bits))).value


@_native
def highest_bit(word: Any) -> int:
    """The place of the highest bit of a positive int64, from 0."""
    return int(word).bit_length() - 1


@_native
def call(function: int, arena: int, descriptor: int, ticks: int) -> None:
    """Run a wrapper."""
    INTERPRETED[function](arena, descriptor, ticks)


@_native
def f8_view(address: int, size: int) -> F8:
    """Floats at an address."""
    return _view(address, (size,), np.dtype("f8"))


@_native
def i8_view(address: int, size: int) -> Cells:
    """Integers at an address."""
    return _view(address, (size,), np.dtype("i8"))


@_native
def f8_rows(address: int, size: int, width: int) -> F8:
    """Rows of floats at an address."""
    return _view(address, (size, width), np.dtype("f8"))


@_native
def records(address: int, size: int, dtype: np.dtype) -> np.ndarray:
    """Records at an address; ``dtype`` is a constant of the module that calls."""
    return _view(address, (size,), dtype)


def _view(address: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    size = dtype.itemsize * int(np.prod(shape))
    cells = (ctypes.c_char * size).from_address(int(address))
    # ctypes arrays are buffers, which their stubs say from Python 3.12 on
    return np.ndarray(shape, dtype, cells)  # pyright: ignore[reportArgumentType]
