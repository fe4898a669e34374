"""Entropy of the sizes in the order book."""

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
def _kernel(out: F8, book: F8, depth: int, most: float) -> None:
    for i in range(out.size):
        total, prices, entropy = 0.0, 0.0, 0.0
        for level in range(depth):
            total += book[i, 4 * level + 1] + book[i, 4 * level + 3]
            prices += book[i, 4 * level] + book[i, 4 * level + 2]
        if not maths.is_finite(prices + total) or not total > 0.0:
            out[i] = np.nan
            continue
        for level in range(depth):
            for cell in range(4 * level + 1, 4 * level + 4, 2):
                share = book[i, cell] / total
                if share > 0.0:
                    entropy -= share * maths.log(share)
        out[i] = entropy / most if entropy < most else 1.0


def _oracle(book: F8, depth: int) -> F8:
    out = np.full(len(book), np.nan)
    for t, levels in enumerate(book.reshape(len(book), -1, 4)[:, :depth]):
        sizes = levels[:, 1::2].ravel()
        if np.isfinite(levels).all() and sizes.sum() > 0.0:
            shares = sizes[sizes > 0.0] / sizes.sum()
            out[t] = min(-np.dot(shares, np.log(shares)) / np.log(2 * depth), 1.0)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class BookEntropy(Operator):
    r"""Shannon entropy of the levels' shares of total depth, over its maximum.

    .. math::

        y_t = -\frac{1}{\ln 2L} \sum_{l \le L} \sum_{s \in \{a, b\}} q^s_{l,t} \ln q^s_{l,t}, \quad
        q^s_{l,t} = Q^s_{l,t} \Big/ \sum_{k \le L} (Q^a_{k,t} + Q^b_{k,t})

    Notes
    -----
    Seed: none. NaN: where one of the levels is absent, or all are empty. Warm-up: 1. Unit: 1; from
    0 to 1.

    References
    ----------
    Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal
    27(3), 379-423.

    Examples
    --------
    >>> evaluate(BookEntropy(LEVELS, depth=1), book=[[99.0, 3.0, 101.0, 3.0]])
    [1.0]
    """

    book: Expr
    depth: int

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "depth": 5}

    def check(self) -> None:
        require_depth(self, self.depth)

    @property
    def most(self) -> float:
        """The entropy of equal sizes."""
        return math.log(2.0 * self.depth)

    @property
    def unit(self) -> str:
        return ONE
