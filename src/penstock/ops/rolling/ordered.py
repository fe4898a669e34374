"""The finite values of a window, kept in order in a private array.

A value's place is found by halving down to a run that is then counted without branches, and what
lies between the place that is left and the place that is taken moves by one. That is O(window) with
so small a factor (a vector move) that trees lose below windows of some ten thousand. Loops run over
slices from 0, where no index can be negative: that is what lets them become vector moves.
"""

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit

ORDERED = np.dtype([("value", "f8")])
REGISTERS = np.dtype([("seen", "i8"), ("size", "i8")])
RUN = 128  # counted whole: measured from 16 to 256 at windows from 20 to 10,000


@jit
def place(values: np.ndarray, size: int, value: float) -> int:
    """How many of the first `size` values are below a value."""
    below, left = 0, size
    while left > RUN:
        half = left >> 1
        below = below + half if values[below + half - 1]["value"] < value else below
        left -= half
    run, count = values[below : below + left], 0
    for j in range(run.size):
        count += 1 if run[j]["value"] < value else 0
    return below + count


@jit
def up(values: np.ndarray, start: int, stop: int) -> None:
    """Move the values from `start` to before `stop` one place up."""
    run = values[start : stop + 1]
    for j in range(run.size - 1, 0, -1):
        run[j]["value"] = run[j - 1]["value"]


@jit
def down(values: np.ndarray, start: int, stop: int) -> None:
    """Move the values from after `start` to before `stop` one place down."""
    run = values[start:stop]
    for j in range(run.size - 1):
        run[j]["value"] = run[j + 1]["value"]


@jit
def swap(values: np.ndarray, size: int, old: float, new: float) -> None:
    """Take one value out and put another in."""
    source, target = place(values, size, old), place(values, size, new)
    if target > source:
        down(values, source, target)
        target -= 1
    else:
        up(values, target, source)
    values[target]["value"] = new


@jit
def move_on(values: np.ndarray, seen: int, size: int, old: float, new: float, window: int) -> int:
    """Move the window by one tick, the `seen`-th of the stream counted from 0; returns the size."""
    enters = maths.is_finite(new)
    leaves = seen >= window and maths.is_finite(old)
    if enters and leaves:
        swap(values, size, old, new)
        return size
    if leaves:
        down(values, place(values, size, old), size)
        size -= 1
    if enters:
        at = place(values, size, new)
        up(values, at, size)
        values[at]["value"] = new
        size += 1
    return size


@jit
def quantile(
    out: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    rank: int,
    weight: float,
) -> None:
    """The kernel of median and quantile: between the values at `rank` and `rank` + 1."""
    s = registers[0]
    seen, size = s["seen"], s["size"]
    for i in range(out.size):
        size = move_on(history, seen, size, x[i], x[i + window], window)
        seen += 1
        low, high = history[rank]["value"], history[rank + (weight > 0.0)]["value"]
        out[i] = low + weight * (high - low) if size == window else np.nan
    s["seen"], s["size"] = seen, size
