"""Imbalance of bid and ask size."""

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
def _kernel(out: F8, book: F8, depth: int) -> None:
    for i in range(out.size):
        bid, ask, prices = 0.0, 0.0, 0.0
        for level in range(depth):
            bid += book[i, 4 * level + 1]
            ask += book[i, 4 * level + 3]
            prices += book[i, 4 * level] + book[i, 4 * level + 2]
        out[i] = np.nan if maths.is_nan(prices) else maths.divide(bid - ask, bid + ask)


def _oracle(book: F8, depth: int) -> F8:
    levels = book.reshape(len(book), -1, 4)[:, :depth]
    bid, ask = levels[:, :, 1].sum(axis=1), levels[:, :, 3].sum(axis=1)
    known = ~np.isnan(levels).any(axis=(1, 2)) & (bid + ask != 0.0)
    return np.divide(bid - ask, bid + ask, where=known, out=np.full(len(book), np.nan))


@dataclass(frozen=True, eq=False, repr=False)
class DepthImbalance(Operator):
    r"""Size imbalance of the best levels.

    .. math::

        y_t = \frac{\sum_{l \le L} Q^b_{l,t} - \sum_{l \le L} Q^a_{l,t}}
                   {\sum_{l \le L} Q^b_{l,t} + \sum_{l \le L} Q^a_{l,t}}

    Notes
    -----
    Seed: none. NaN: where one of the levels is absent, or all are empty. Warm-up: 1. Unit: 1; from
    -1 to 1.

    References
    ----------
    Cao, C., Hansch, O., Wang, X. (2009). The information content of an open limit-order book.
    Journal of Futures Markets 29(1), 16-41.

    Examples
    --------
    >>> evaluate(DepthImbalance(LEVELS, depth=1), book=[[99.0, 6.0, 101.0, 2.0]])
    [0.5]
    """

    book: Expr
    depth: int

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "depth": 5}

    def check(self) -> None:
        require_depth(self, self.depth)

    @property
    def unit(self) -> str:
        return ONE
