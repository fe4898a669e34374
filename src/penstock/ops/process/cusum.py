"""Cumulative sums that detect a shift of the mean."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(up: F8, down: F8, x: F8, registers: np.ndarray, drift: float) -> None:
    s = registers[0]
    high, low = s["high"], s["low"]
    for i in range(up.size):
        if maths.is_finite(x[i]):
            high, low = max(0.0, high + (x[i] - drift)), max(0.0, low - (x[i] + drift))
        up[i], down[i] = high, low
    s["high"], s["low"] = high, low


def _oracle(x: F8, drift: float) -> dict[str, F8]:
    """The last sum less its smallest value so far, which is what the reflection at 0 comes to."""
    known = np.where(np.isfinite(x), x, 0.0).astype(np.longdouble)
    moves = [np.where(np.isfinite(x), sign * known - drift, 0.0) for sign in (1.0, -1.0)]
    sums = [np.concatenate([[0.0], np.cumsum(move)]) for move in moves]
    found = [(total - np.minimum.accumulate(total))[1:] for total in sums]
    return {"up": found[0].astype(float), "down": found[1].astype(float)}


@dataclass(frozen=True, eq=False, repr=False)
class Cusum(Operator):
    r"""Page's cumulative sums of what goes beyond a drift, up and down.

    .. math:: S^+_t = \max(0, S^+_{t-1} + x_t - k), \quad S^-_t = \max(0, S^-_{t-1} - x_t - k)

    Notes
    -----
    Seed: 0. NaN: skipped, and so is an infinity; the sums stand. Warm-up: 1. Unit: that of `x`, and
    of `drift` k.

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41, 100-115.

    Examples
    --------
    >>> evaluate(Cusum(x, drift=0.5), x=[1.0, 1.0, -3.0])["up"]
    [0.5, 1.0, 0.0]
    """

    x: Expr
    drift: float

    outputs: ClassVar = ("up", "down")
    registers: ClassVar = np.dtype([("high", "f8"), ("low", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"drift": 0.5}
    exempt: ClassVar = {"unit": "the drift is in the unit of x"}

    def check(self) -> None:
        self.require("drift must be at least 0", self.drift >= 0.0, self.drift)
