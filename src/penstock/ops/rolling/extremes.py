"""Where the extreme of a window lies.

As in `RollingMax`: every `window` ticks the extremes of what is still to leave are laid out from the
newest value back, in between only the extreme of what has entered moves; each with its tick.
"""

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit

REGISTERS = np.dtype([("best", "f8"), ("at", "i8"), ("entered", "i8"), ("full", "i8"), ("n", "i8")])
HISTORY = np.dtype([("best", "f8"), ("at", "i8")])


@jit
def _lay_out(history: np.ndarray, x: F8, start: int, window: int, sign: float, newest: int) -> None:
    best, at = -np.inf, newest
    for j in range(window - 1, -1, -1):
        value = sign * x[start + j]
        value = value if maths.is_finite(value) else np.nan
        if (value > best) | maths.is_nan(value):  # of equal values the newer one stands
            best, at = value, newest - (window - 1 - j)
        history[j]["best"], history[j]["at"] = best, at


@jit
def since(
    out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int, sign: float
) -> None:
    """The kernel: ticks since the largest value of ``sign * x``."""
    s = registers[0]
    best, at, entered, full, n = s["best"], s["at"], s["entered"], s["full"], s["n"]
    for i in range(out.size):
        entered += 1
        if entered == window:
            _lay_out(history, x, i + 1, window, sign, n)
            best, entered, full = -np.inf, 0, 1
        else:
            value = sign * x[i + window]
            value = value if maths.is_finite(value) else np.nan
            if (value >= best) | maths.is_nan(value):
                best, at = value, n
        rest, place = history[entered]["best"], history[entered]["at"]
        held = at if (best >= rest) & (entered > 0) else place
        spoilt = maths.is_nan(rest) or (entered > 0 and maths.is_nan(best))
        out[i] = float(n - held) if full == 1 and not spoilt else np.nan
        n += 1
    s["best"], s["at"], s["entered"], s["full"], s["n"] = best, at, entered, full, n
