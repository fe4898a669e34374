"""Rank correlations over the last ticks.

The window's values lie in a ring, each with twice its rank; a value that enters or leaves changes
the others' ranks and the count of concordant pairs by whole numbers, so nothing can drift.
"""

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
def _sides(value: float, other: float) -> int:
    """1, 0 or -1: on which side of the other a value lies."""
    return (1 if value > other else 0) - (1 if value < other else 0)


@jit
def _change(h: np.ndarray, x: float, y: float, by: int) -> tuple[int, int, int]:
    """Count a pair in or out: the others' ranks, and the pairs that agree, and are equal in x and in y."""
    concordant, equal_x, equal_y = 0, 0, 0
    for j in range(h.size):
        if h[j]["known"] == 1:
            a, b = _sides(h[j]["x"], x), _sides(h[j]["y"], y)
            h[j]["rank_x"] += by * (a + 1)
            h[j]["rank_y"] += by * (b + 1)
            concordant += a * b
            equal_x += 1 if a == 0 else 0
            equal_y += 1 if b == 0 else 0
    return by * concordant, by * equal_x, by * equal_y


@jit
def _enter(h: np.ndarray, at: int, x: float, y: float) -> None:
    rank_x, rank_y = 2, 2  # twice the rank from 1, halves for equal values
    for j in range(h.size):
        if h[j]["known"] == 1:
            rank_x += _sides(x, h[j]["x"]) + 1
            rank_y += _sides(y, h[j]["y"]) + 1
    h[at]["x"], h[at]["y"], h[at]["known"] = x, y, 1
    h[at]["rank_x"], h[at]["rank_y"] = rank_x, rank_y


@jit
def _spearman(h: np.ndarray) -> float:
    middle, xx, yy, xy = h.size + 1, 0, 0, 0
    for j in range(h.size):
        a, b = h[j]["rank_x"] - middle, h[j]["rank_y"] - middle
        xx, yy, xy = xx + a * a, yy + b * b, xy + a * b
    return maths.divide(float(xy), maths.sqrt(float(xx)) * maths.sqrt(float(yy)))


@jit
def _kernel(
    spearman: F8, kendall: F8, x: F8, y: F8, registers: np.ndarray, history: np.ndarray
) -> None:
    s, h, window = registers[0], history, history.size
    n, size, concordant = s["n"], s["size"], s["concordant"]
    equal_x, equal_y, pairs = s["equal_x"], s["equal_y"], window * (window - 1) // 2
    for i in range(spearman.size):
        at = n % window
        if h[at]["known"] == 1:
            h[at]["known"], size = 0, size - 1
            c, ex, ey = _change(h, float(h[at]["x"]), float(h[at]["y"]), -1)
            concordant, equal_x, equal_y = concordant + c, equal_x + ex, equal_y + ey
        a, b = x[i], y[i]
        if maths.is_finite(a) and maths.is_finite(b):
            c, ex, ey = _change(h, a, b, 1)
            concordant, equal_x, equal_y = concordant + c, equal_x + ex, equal_y + ey
            _enter(h, at, a, b)
            size += 1
        n += 1
        spearman[i], kendall[i] = np.nan, np.nan
        if size == window:
            free = maths.sqrt(float(pairs - equal_x)) * maths.sqrt(float(pairs - equal_y))
            spearman[i], kendall[i] = _spearman(h), maths.divide(float(concordant), free)
    s["n"], s["size"], s["concordant"] = n, size, concordant
    s["equal_x"], s["equal_y"] = equal_x, equal_y


def _ranks(values: F8) -> F8:
    return np.array([np.flatnonzero(np.sort(values) == v).mean() for v in values])


def _oracle(x: F8, y: F8, window: int) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("spearman", "kendall")}
    first, second = np.triu_indices(window, 1)
    for t in range(window - 1, x.size):
        a, b = x[t - window + 1 : t + 1], y[t - window + 1 : t + 1]
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            continue
        if (a == a[0]).all() or (b == b[0]).all():
            continue
        out["spearman"][t] = np.corrcoef(_ranks(a), _ranks(b))[0, 1]
        one, two = np.sign(a[first] - a[second]), np.sign(b[first] - b[second])
        free = np.sqrt(np.count_nonzero(one) * np.count_nonzero(two))
        out["kendall"][t] = np.sum(one * two) / free
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingRankCorrelation(Operator):
    r"""Rank correlations of the last `window` pairs of values: Spearman's rho and Kendall's tau-b.

    .. math::
        \rho = \operatorname{corr}(R(x), R(y)), \quad
        \tau_b = \frac{\sum_{i<j} \operatorname{sgn}(x_i - x_j) \operatorname{sgn}(y_i - y_j)}
                      {\sqrt{(n_0 - n_x)(n_0 - n_y)}}, \quad
        n_0 = \frac{w (w - 1)}{2}

    Notes
    -----
    Seed: none. NaN: NaN while a value of either side that is not finite is in the window. Warm-up:
    `window`. Unit: 1. Equal values share the middle of their ranks; n_x and n_y count the pairs
    that are equal on one side, and where all are there is no correlation. A tick costs four passes
    over the window.

    References
    ----------
    Spearman, C. (1904). The proof and measurement of association between two things. American
    Journal of Psychology 15, 72-101. Kendall, M. G. (1945). The treatment of ties in ranking
    problems. Biometrika 33, 239-251.

    Examples
    --------
    >>> evaluate(RollingRankCorrelation(x, y, window=3), x=[1.0, 2.0, 3.0], y=[1.0, 9.0, 5.0])["spearman"]
    [nan, nan, 0.5]
    """

    x: Expr
    y: Expr
    window: int

    outputs: ClassVar = ("spearman", "kendall")
    registers: ClassVar = np.dtype(
        [(name, "i8") for name in ("n", "size", "concordant", "equal_x", "equal_y")]
    )
    history: ClassVar = np.dtype(
        [("x", "f8"), ("y", "f8"), ("rank_x", "i8"), ("rank_y", "i8"), ("known", "i8")]
    )
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
