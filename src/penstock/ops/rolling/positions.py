"""Sums over a window of values, of their squares and of their products with their positions.

Distances to an anchor are summed, laid out and re-anchored as in `RollingMoments`. The position of
the anchor, the newest value when the sums are laid out, is 0.
"""

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit

SUMS = ("e", "pe", "ee")
REGISTERS = np.dtype(
    [(name, "f8") for name in (*SUMS, "anchor")] + [("entered", "i8"), ("full", "i8")]
)
HISTORY = np.dtype([(name, "f8") for name in SUMS])


@jit
def lay_out(history: np.ndarray, x: F8, start: int, window: int, anchor: float) -> None:
    """The sums of what is still to leave, from the newest value back."""
    total, placed, squares = 0.0, 0.0, 0.0
    for j in range(window - 1, -1, -1):
        e = x[start + j] - anchor
        total, placed, squares = total + e, placed + (j - (window - 1)) * e, squares + e * e
        rest = history[j]
        rest["e"], rest["pe"], rest["ee"] = total, placed, squares


@jit
def move_on(s: np.void, history: np.ndarray, x: F8, newest: int, window: int) -> None:
    """Take in the newest value; `s` is the record of registers."""
    s["entered"] += 1
    if s["entered"] == window:
        # what is not finite spoils every window that this anchor serves
        s["anchor"] = x[newest] if maths.is_finite(x[newest]) else 0.0
        lay_out(history, x, newest - window + 1, window, s["anchor"])
        s["e"], s["pe"], s["ee"], s["entered"], s["full"] = 0.0, 0.0, 0.0, 0, 1
    else:
        e = x[newest] - s["anchor"]
        s["e"] += e
        s["pe"] += s["entered"] * e
        s["ee"] += e * e


@jit
def sums(s: np.void, history: np.ndarray, window: int) -> tuple[float, float, float]:
    """Over the window: distances, distances times positions from the middle, squares about the mean."""
    rest = history[s["entered"]]
    total = rest["e"] + s["e"]
    middle = s["entered"] - 0.5 * (window - 1)
    return (
        total,
        (rest["pe"] + s["pe"]) - middle * total,
        (rest["ee"] + s["ee"]) - total * (total / window),
    )
