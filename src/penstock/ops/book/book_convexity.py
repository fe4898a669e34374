"""Convexity of cumulative depth in price."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.book import LEVELS, MIXED, require_depth


@jit
def _bend(book: F8, row: int, side: int, depth: int) -> float:
    """The coefficient of the square, by what of the squared distance is not linear in the distance."""
    best = book[row, side]
    mean = 0.0
    for level in range(depth):
        mean += abs(book[row, 4 * level + side] - best) / depth
    second, third = 0.0, 0.0
    for level in range(depth):
        away = abs(book[row, 4 * level + side] - best) - mean
        second += away * away
        third += away * away * away
    slope, middle = maths.divide(third, second), second / depth
    size, product, spread = 0.0, 0.0, 0.0
    for level in range(depth):
        size += book[row, 4 * level + side + 1]
        away = abs(book[row, 4 * level + side] - best) - mean
        rest = away * away - middle - slope * away
        product += rest * size
        spread += rest * rest
    return maths.divide(product, spread)


@jit
def _kernel(out: F8, book: F8, depth: int) -> None:
    for i in range(out.size):
        bend = _bend(book, i, 2, depth) - _bend(book, i, 0, depth)
        out[i] = bend if maths.is_finite(bend) else np.nan


def _oracle(book: F8, depth: int) -> F8:
    out = np.full(len(book), np.nan)
    for t, levels in enumerate(book.reshape(len(book), -1, 4)[:, :depth]):
        if np.isfinite(levels).all():
            sides = [
                np.polyfit(abs(levels[:, s] - levels[0, s]), levels[:, s + 1].cumsum(), 2)
                for s in (2, 0)
            ]
            out[t] = sides[0][0] - sides[1][0]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class BookConvexity(Operator):
    r"""How cumulative depth bends with the distance from the best price, asks less bids.

    .. math::

        y_t = c^a_t - c^b_t, \quad
        (a, b, c) = \arg\min \sum_{l \le L} \Big( \sum_{k \le l} Q_{k,t} - a - b d_{l,t} - c d_{l,t}^2 \Big)^2, \quad
        d_{l,t} = |P_{l,t} - P_{1,t}|

    Notes
    -----
    Seed: none. NaN: where one of the levels is absent. Warm-up: 1. Unit: size per squared price. Where distances are
    counted from does not change the coefficient, so it needs no mid and a crossed book has one.

    References
    ----------
    Malo, P., Pennanen, T. (2012). Reduced form modeling of limit order markets. Quantitative Finance 12(7), 1025-1036.

    Examples
    --------
    >>> evaluate(BookConvexity(LEVELS, depth=3), book=[[9, 1, 10, 1, 8, 1, 11, 1, 7, 1, 12, 3]])
    [1.0]
    """

    book: Expr
    depth: int

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "depth": 5}
    exempt: ClassVar = {"unit": MIXED}

    def check(self) -> None:
        require_depth(self, self.depth)
        self.require("depth must be at least 3", self.depth >= 3, self.depth)

    @property
    def unit(self) -> str:
        return "price^-2*size"
