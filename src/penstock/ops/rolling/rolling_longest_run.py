"""Longest run above the mean among the last values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR


@jit
def _kernel(out: F8, x: F8, window: int, registers: np.ndarray) -> None:
    s = registers[0]
    clean = s["clean"]
    for i in range(out.size):
        clean = min(clean + 1, window) if maths.is_finite(x[i + window]) else 0
        out[i] = np.nan
        if clean == window:
            values = x[i + 1 : i + window + 1]
            first, total = values[0], 0.0
            for j in range(values.size):
                total += values[j] - first
            mean, run, longest = total / window, 0, 0
            for j in range(values.size):
                run = run + 1 if values[j] - first > mean else 0
                longest = max(longest, run)
            out[i] = float(longest)
    s["clean"] = clean


def _oracle(x: F8, window: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            shifted = values - values[0]
            above = "".join("x" if up else " " for up in shifted > shifted.mean())
            out[t] = max(map(len, above.split()), default=0)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingLongestRun(Operator):
    r"""Longest run of successive values above their mean among the last `window`.

    .. math:: y_t = \max \{ l : x_j, \dots, x_{j+l-1} > \bar x_t, \; t - w < j \le t - l + 1 \}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    1. From 0, where all values are equal, to `window` - 1. A tick costs two passes over the window.

    References
    ----------
    Christ, M., et al. (2018). Time series feature extraction on basis of scalable hypothesis tests.
    Neurocomputing 307, 72-77.

    Examples
    --------
    >>> evaluate(RollingLongestRun(x, window=4), x=[1.0, 3.0, 4.0, 1.0, 5.0])
    [nan, nan, nan, 2.0, 1.0]
    """

    x: Expr
    window: int

    registers: ClassVar = np.dtype([("clean", "i8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
