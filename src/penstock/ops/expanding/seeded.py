"""Exponential averages that start from the mean of their first `window` values."""

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit

REGISTERS = np.dtype([("y", "f8"), ("n", "i8")])


@jit
def smooth(out: F8, x: F8, registers: np.ndarray, window: int, alpha: float) -> None:
    """The kernel: `y` is the sum of the first values until there are enough, then the average."""
    s = registers[0]
    y, n = s["y"], s["n"]
    for i in range(out.size):
        value = x[i]
        if maths.is_finite(value):
            n += 1
            if n > window:
                y += alpha * (value - y)
            else:
                y += value
                y = y / window if n == window else y
        out[i] = y if n >= window else np.nan
    s["y"], s["n"] = y, n


def weighted(x: F8, window: int, alpha: float) -> F8:
    """The oracle: the weights written out."""
    out = np.full(x.size, np.nan)
    for t in range(x.size):
        known = x[: t + 1][np.isfinite(x[: t + 1])]
        if known.size >= window:
            later = known[window:]
            weights = alpha * (1.0 - alpha) ** np.arange(later.size)[::-1]
            seed = known[:window].mean()
            out[t] = (1.0 - alpha) ** later.size * seed + np.dot(weights, later)
    return out
