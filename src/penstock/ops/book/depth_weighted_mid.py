"""Mid of the average prices of both sides, weighted by the opposite sizes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.book import LEVELS, MIXED, require_depth


@jit
def _kernel(out: F8, book: F8, depth: int) -> None:
    for i in range(out.size):
        bid, ask, bid_value, ask_value = 0.0, 0.0, 0.0, 0.0
        for level in range(depth):
            bid += book[i, 4 * level + 1]
            ask += book[i, 4 * level + 3]
            bid_value += book[i, 4 * level] * book[i, 4 * level + 1]
            ask_value += book[i, 4 * level + 2] * book[i, 4 * level + 3]
        out[i] = np.nan
        if bid > 0.0 and ask > 0.0:
            out[i] = (bid_value / bid * ask + ask_value / ask * bid) / (bid + ask)


def _oracle(book: F8, depth: int) -> F8:
    out = np.full(len(book), np.nan)
    for t, levels in enumerate(book.reshape(len(book), -1, 4)[:, :depth]):
        bid, ask = levels[:, 1].sum(), levels[:, 3].sum()
        if bid > 0.0 and ask > 0.0:
            prices = [
                np.average(levels[:, 2], weights=levels[:, 3]),
                np.average(levels[:, 0], weights=levels[:, 1]),
            ]
            out[t] = np.average(prices, weights=[bid, ask])
    return out


@dataclass(frozen=True, eq=False, repr=False)
class DepthWeightedMid(Operator):
    r"""Volume-adjusted mid price of the best levels.

    .. math::

        y_t = \frac{\bar P^b_t Q^a_t + \bar P^a_t Q^b_t}{Q^a_t + Q^b_t}, \quad
        \bar P_t = \frac{\sum_{l \le L} P_{l,t} Q_{l,t}}{Q_t}, \quad Q_t = \sum_{l \le L} Q_{l,t}

    Notes
    -----
    Seed: none. NaN: where one of the levels is absent, or a side is empty. Warm-up: 1. Unit: price.

    References
    ----------
    Gatheral, J., Oomen, R. C. A. (2010). Zero-intelligence realized variance estimation. Finance
    and Stochastics 14, 249-283, whose micro-price this extends to several levels.

    Examples
    --------
    >>> evaluate(DepthWeightedMid(LEVELS, depth=1), book=[[99.0, 6.0, 101.0, 2.0]])
    [100.5]
    """

    book: Expr
    depth: int

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "depth": 5}
    exempt: ClassVar = {"unit": MIXED}

    def check(self) -> None:
        require_depth(self, self.depth)

    @property
    def unit(self) -> str:
        return "price"
