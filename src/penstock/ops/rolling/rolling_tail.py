"""Tail index over the last ticks."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.rolling.ordered import ORDERED, move_on

FAR = 1e100  # the product is taken into the sum of logarithms before it can overflow


@jit
def _hill(values: np.ndarray, size: int, top: int) -> float:
    threshold = values[size - top - 1]["value"]
    if threshold <= 0.0:
        return np.nan
    largest = values[size - top : size]
    # one logarithm for many ratios; the product less 1 keeps its digits where they are all near 1
    total, grown = 0.0, 0.0
    for j in range(largest.size):
        excess = (largest[j]["value"] - threshold) / threshold
        grown += excess + grown * excess
        if grown > FAR:
            total += maths.log1p(grown)
            grown = 0.0
    return maths.divide(float(top), total + maths.log1p(grown))


@jit
def _kernel(
    out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int, top: int
) -> None:
    s = registers[0]
    seen, size, index = s["seen"], s["size"], s["index"]
    for i in range(out.size):
        full = size == window
        threshold = history[size - top - 1]["value"] if full else -np.inf
        size = move_on(history, seen, size, x[i], x[i + window], window)
        seen += 1
        if size < window:
            index = np.nan
        # a value below the threshold that follows one there leaves the tail as it is
        elif not (full and x[i] < threshold and x[i + window] < threshold):
            index = _hill(history, size, top)
        out[i] = index
    s["seen"], s["size"], s["index"] = seen, size, index


def _oracle(x: F8, window: int, share: float) -> F8:
    out = np.full(x.size, np.nan)
    top = max(1, math.floor(Fraction(repr(share)) * window))
    for t in range(window - 1, x.size):
        values = np.sort(x[t - window + 1 : t + 1]).astype(np.longdouble)
        threshold = values[-top - 1]
        if np.isfinite(values).all() and threshold > 0.0 and values[-1] > threshold:
            out[t] = 1.0 / np.mean(np.log(values[-top:] / threshold))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingTail(Operator):
    r"""Hill's index of the upper tail of the last `window` values; small means heavy.

    .. math::
        \alpha_t = k \Big/ \sum_{i=1}^{k} \ln \frac{x_{[i]}}{x_{[k+1]}}, \quad
        k = \max(1, \lfloor w \cdot \text{share} \rfloor), \quad x_{[1]} \ge x_{[2]} \ge \dots

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window, and where the k+1
    largest are equal or not positive. Warm-up: `window`. Unit: none.

    References
    ----------
    Hill, B. M. (1975). A simple general approach to inference about the tail of a distribution.
    Annals of Statistics 3(5), 1163-1174.

    Examples
    --------
    >>> evaluate(RollingTail(x, window=3, share=0.34), x=[1.0, 2.718281828459045, 0.5])
    [nan, nan, 1.0]
    """

    x: Expr
    window: int
    share: float

    registers: ClassVar = np.dtype([("seen", "i8"), ("size", "i8"), ("index", "f8")])
    version: ClassVar = 2  # its state was without the index
    history: ClassVar = ORDERED
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "share": 0.5}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)
        self.require("share must be between 0 and 1", 0.0 < self.share < 1.0, self.share)

    @property
    def top(self) -> int:
        """How many values are the tail; the share is taken as the decimal that is written."""
        return max(1, math.floor(Fraction(repr(self.share)) * self.window))

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
