"""Slope of the order book."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.book import LEVELS, require_depth


@jit
def _elasticity(book: F8, row: int, side: int, depth: int, mid: float) -> float:
    size, before, price, total = 0.0, 0.0, mid, 0.0
    for level in range(depth):
        size += book[row, 4 * level + side + 1]
        volume, away = maths.log(size), abs(book[row, 4 * level + side] / price - 1.0)
        change = volume if level == 0 else maths.divide(volume, before) - 1.0
        total += maths.divide(change, away)
        before, price = volume, book[row, 4 * level + side]
    return total / depth


@jit
def _kernel(out: F8, book: F8, depth: int) -> None:
    for i in range(out.size):
        mid = 0.5 * (book[i, 0] + book[i, 2])
        slope = np.nan
        if mid != 0.0 and book[i, 0] <= book[i, 2]:
            slope = 0.5 * (
                _elasticity(book, i, 0, depth, mid) + _elasticity(book, i, 2, depth, mid)
            )
        out[i] = slope if maths.is_finite(slope) else np.nan


def _side(prices: F8, sizes: F8, mid: float) -> float:
    volume = np.log(np.cumsum(sizes))
    distance = np.abs(prices / np.append(mid, prices[:-1]) - 1.0)
    change = np.append(volume[0], volume[1:] / volume[:-1] - 1.0)
    return float((change / distance).mean())


def _oracle(book: F8, depth: int) -> F8:
    out = np.full(len(book), np.nan)
    for t, levels in enumerate(book.reshape(len(book), -1, 4)[:, :depth]):
        if levels[0, 0] <= levels[0, 2]:
            mid = (levels[0, 0] + levels[0, 2]) / 2.0
            with np.errstate(all="ignore"):
                slope = (
                    _side(levels[:, 0], levels[:, 1], mid) + _side(levels[:, 2], levels[:, 3], mid)
                ) / 2.0
            out[t] = slope if np.isfinite(slope) else np.nan
    return out


@dataclass(frozen=True, eq=False, repr=False)
class BookSlope(Operator):
    r"""Mean elasticity of cumulative depth to price over both sides.

    .. math::

        y_t = \frac{S^b_t + S^a_t}{2}, \quad S = \frac1L \left( \frac{v_1}{|p_1 / p_0 - 1|}
              + \sum_{l=1}^{L-1} \frac{v_{l+1} / v_l - 1}{|p_{l+1} / p_l - 1|} \right), \quad
        v_l = \ln \sum_{k \le l} Q_k, \; p_0 = m_t

    Notes
    -----
    Seed: none. NaN: where one of the levels is absent, the book is locked or crossed, or ln of a
    depth is 0 (a depth of 1 before the last level). Warm-up: 1. Unit: 1; it depends on the unit in
    which sizes are counted.

    References
    ----------
    Naes, R., Skjeltorp, J. A. (2006). Order book characteristics and the volume-volatility
    relation: empirical evidence from a limit order market. Journal of Financial Markets 9(4),
    408-432.

    Examples
    --------
    >>> evaluate(BookSlope(LEVELS, depth=1), book=[[99.0, 1.0, 101.0, 1.0]])
    [0.0]
    """

    book: Expr
    depth: int

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "depth": 5}
    exempt: ClassVar = {
        "unit": "the logarithm of a size depends on the size's unit",
        "warmup": "the first book has no slope where its best size is 1",
    }

    def check(self) -> None:
        require_depth(self, self.depth)

    @property
    def unit(self) -> str:
        return ONE
