"""Rank of the newest value among the last ones."""

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
def _kernel(out: F8, x: F8, registers: np.ndarray, window: int, ties: float) -> None:
    s = registers[0]
    clean = s["clean"]  # finite values in a row
    for i in range(out.size):
        newest, others = x[i + window], x[i + 1 : i + window]
        clean = clean + 1 if maths.is_finite(newest) else 0
        below, equal = 0, 0
        for j in range(others.size):
            below += 1 if others[j] < newest else 0
            equal += 1 if others[j] == newest else 0
        out[i] = (below + ties * equal) / (window - 1) if clean >= window else np.nan
    s["clean"] = clean


def _oracle(x: F8, window: int, ties: float) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            ranks = np.flatnonzero(np.sort(values) == x[t])
            out[t] = (ranks[0] + ties * (ranks[-1] - ranks[0])) / (window - 1)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingRank(Operator):
    r"""Percentile rank of the newest value among the last `window`.

    .. math::
        y_t = \frac{1}{w - 1} \Big( \sum_{t-w < i < t} 1[x_i < x_t] + a \sum_{t-w < i < t} 1[x_i = x_t] \Big)

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    1. From 0 to 1. `ties` is a, the share of equal values that counts as below: by the default of a
    half they share the middle of their ranks. A tick costs one pass over the window, in vectors.

    References
    ----------
    Conover, W. J., Iman, R. L. (1981). Rank transformations as a bridge between parametric and
    nonparametric statistics. The American Statistician 35(3), 124-129.

    Examples
    --------
    >>> evaluate(RollingRank(x, window=3), x=[1.0, 3.0, 2.0, 3.0])
    [nan, nan, 0.5, 0.75]
    """

    x: Expr
    window: int
    ties: float = 0.5

    registers: ClassVar = np.dtype([("clean", "i8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)
        self.require("ties must be from 0 to 1", 0.0 <= self.ties <= 1.0, self.ties)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
