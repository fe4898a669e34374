"""Imbalance of bid and ask size in which far levels count less."""

import math
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
def _kernel(out: F8, book: F8, depth: int, ratio: float) -> None:
    for i in range(out.size):
        bid, ask, prices, weight = 0.0, 0.0, 0.0, 1.0
        for level in range(depth):
            bid += weight * book[i, 4 * level + 1]
            ask += weight * book[i, 4 * level + 3]
            prices += book[i, 4 * level] + book[i, 4 * level + 2]
            weight *= ratio
        out[i] = np.nan if maths.is_nan(prices) else maths.divide(bid - ask, bid + ask)


def _oracle(book: F8, depth: int, decay: float) -> F8:
    levels = book.reshape(len(book), -1, 4)[:, :depth]
    weights = np.exp(-decay * np.arange(depth))
    bid, ask = levels[:, :, 1] @ weights, levels[:, :, 3] @ weights
    known = ~np.isnan(levels).any(axis=(1, 2)) & (bid + ask != 0.0)
    return np.divide(bid - ask, bid + ask, where=known, out=np.full(len(book), np.nan))


@dataclass(frozen=True, eq=False, repr=False)
class DistanceWeightedImbalance(Operator):
    r"""Size imbalance of the best levels, weighted by their rank.

    .. math::

        y_t = \frac{\sum_{l=1}^{L} e^{-\lambda (l-1)} (Q^b_{l,t} - Q^a_{l,t})}
                   {\sum_{l=1}^{L} e^{-\lambda (l-1)} (Q^b_{l,t} + Q^a_{l,t})}

    Notes
    -----
    Seed: none. NaN: where one of the levels is absent, or all are empty. Warm-up: 1. Unit: 1; from
    -1 to 1. `decay` is lambda: 0 weighs all levels equally.

    References
    ----------
    Lipton, A., Pesavento, U., Sotiropoulos, M. G. (2013). Trade arrival dynamics and quote
    imbalance in a limit order book. arXiv:1312.0514.

    Examples
    --------
    >>> node = DistanceWeightedImbalance(LEVELS, depth=1, decay=0.5)
    >>> evaluate(node, book=[[99.0, 6.0, 101.0, 2.0]])
    [0.5]
    """

    book: Expr
    depth: int
    decay: float

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "depth": 10, "decay": 0.5}

    def check(self) -> None:
        require_depth(self, self.depth)
        self.require(
            "decay must be finite and not negative", 0.0 <= self.decay < math.inf, self.decay
        )

    @property
    def ratio(self) -> float:
        """The weight of a level over that of the one before it."""
        return math.exp(-self.decay)

    @property
    def unit(self) -> str:
        return ONE
