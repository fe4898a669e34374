"""Relative strength index."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.expanding.seeded import weighted


@jit
def _kernel(
    index: F8, gain: F8, loss: F8, x: F8, registers: np.ndarray, window: int, alpha: float
) -> None:
    s = registers[0]
    up, down, n = s["up"], s["down"], s["n"]
    for i in range(index.size):
        change = x[i + 1] - x[i]
        if maths.is_finite(change):
            rise, fall = max(change, 0.0), max(-change, 0.0)
            n += 1
            if n > window:
                up, down = up + alpha * (rise - up), down + alpha * (fall - down)
            else:
                up, down = up + rise, down + fall
                if n == window:
                    up, down = up / window, down / window
        index[i], gain[i], loss[i] = np.nan, np.nan, np.nan
        if n >= window:
            index[i], gain[i], loss[i] = maths.divide(up, up + down) * 100.0, up, down
    s["up"], s["down"], s["n"] = up, down, n


def _oracle(x: F8, window: int) -> dict[str, F8]:
    change = np.concatenate([[np.nan], np.diff(x)])
    change[~np.isfinite(change)] = np.nan
    up = weighted(np.maximum(change, 0.0), window, 1.0 / window)
    down = weighted(np.maximum(-change, 0.0), window, 1.0 / window)
    total = np.where(up + down == 0.0, np.nan, up + down)
    return {"index": 100.0 * up / total, "gain": up, "loss": down}


@dataclass(frozen=True, eq=False, repr=False)
class RelativeStrength(Operator):
    r"""Wilder's relative strength index, and the averages of moves up and down that it is made of.

    .. math::
        y_t = 100 \frac{\bar g_t}{\bar g_t + \bar l_t}, \quad
        \bar g_t = \bar g_{t-1} + \frac{1}{w} (g_t - \bar g_{t-1}), \quad
        g_t = \max(x_t - x_{t-1}, 0), \; l_t = \max(x_{t-1} - x_t, 0)

    Notes
    -----
    Seed: the means of the first `window` changes. NaN: a change from or to a value that is not
    finite is no change, the last averages stand; NaN where there was no move at all. Warm-up:
    `window` + 1. Unit: 1 from 0 to 100 for the index, that of `x` for the averages.

    References
    ----------
    Wilder, J. W. (1978). New Concepts in Technical Trading Systems. Trend Research, section VI.

    Examples
    --------
    >>> evaluate(RelativeStrength(x, window=2), x=[1.0, 3.0, 2.0])["index"]
    [nan, nan, 66.66666666666666]
    """

    x: Expr
    window: int

    outputs: ClassVar = ("index", "gain", "loss")
    registers: ClassVar = np.dtype([("up", "f8"), ("down", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)

    @property
    def alpha(self) -> float:
        """The weight of the newest change."""
        return 1.0 / self.window

    @property
    def lookback(self) -> int:
        return 1

    @property
    def warmup(self) -> int:
        return self.window + 1

    def unit_of(self, output: str) -> str:
        return ONE if output == "index" else self.x.unit
