"""What a value costs and fetches."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.book import LEVELS, MIXED
from penstock.ops.book.round_trip_cost import average, quantity


@jit
def _kernel(bid: F8, ask: F8, book: F8, notional: float) -> None:
    for i in range(bid.size):
        bid[i] = ask[i] = np.nan
        if book[i, 0] <= book[i, 2]:
            bid[i] = maths.divide(notional, quantity(book, i, 0, notional))
            ask[i] = maths.divide(notional, quantity(book, i, 2, notional))


def _oracle(book: F8, notional: float) -> dict[str, F8]:
    bid, ask = np.full(len(book), np.nan), np.full(len(book), np.nan)
    for t, levels in enumerate(book.reshape(len(book), -1, 4)):
        if levels[0, 0] <= levels[0, 2]:
            bid[t] = average(levels[:, 0], levels[:, 1], notional)
            ask[t] = average(levels[:, 2], levels[:, 3], notional)
    return {"bid": bid, "ask": ask}


@dataclass(frozen=True, eq=False, repr=False)
class ImpactPrices(Operator):
    r"""Mean prices at which a value is sold and bought by walking the book.

    .. math:: \bar P^b_t(N) = N / q^b_t(N), \quad \bar P^a_t(N) = N / q^a_t(N)

    where :math:`q_t(N)` is the quantity whose value, from the best level on, is `notional`.

    Notes
    -----
    Seed: none. NaN: a side that is too thin for `notional`, and both where the book is crossed. Warm-up: 1. Unit: that
    of prices.

    References
    ----------
    BitMEX (2016). Funding: impact bid and ask prices. Binance, Introduction to Binance futures funding rates.

    Examples
    --------
    >>> evaluate(ImpactPrices(LEVELS, notional=201.0), book=[[99.0, 6.0, 100.0, 1.0, 98.0, 6.0, 101.0, 2.0]])["ask"]
    [100.5]
    """

    book: Expr
    notional: float

    outputs: ClassVar = ("bid", "ask")
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "notional": 500.0}
    exempt: ClassVar = {"unit": MIXED}

    def check(self) -> None:
        self.require("notional must be positive", 0.0 < self.notional < math.inf, self.notional)

    def unit_of(self, output: str) -> str:  # noqa: ARG002  (both are prices)
        return "price"
