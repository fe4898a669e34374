"""A quote as an order book of one level."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.book import MIXED


@jit
def _kernel(out: F8, bid_price: F8, bid_size: F8, ask_price: F8, ask_size: F8) -> None:
    for i in range(out.shape[0]):
        out[i, 0], out[i, 1] = bid_price[i], bid_size[i]
        out[i, 2], out[i, 3] = ask_price[i], ask_size[i]


def _oracle(bid_price: F8, bid_size: F8, ask_price: F8, ask_size: F8) -> F8:
    return np.column_stack([bid_price, bid_size, ask_price, ask_size])


@dataclass(frozen=True, eq=False, repr=False)
class TopOfBook(Operator):
    r"""The best bid and ask as a wide column that every operator on a book of one level reads.

    .. math:: y_t = (P^b_t, Q^b_t, P^a_t, Q^a_t)

    Notes
    -----
    Seed: none. NaN: passed on. Warm-up: 1. Unit: mixed, price and size.

    References
    ----------
    Harris, L. (2003). Trading and Exchanges, chapter 4: the best bid and offer.

    Examples
    --------
    >>> quote = {"bid_price": [99.0], "bid_size": [6.0], "ask_price": [101.0], "ask_size": [2.0]}
    >>> evaluate(TopOfBook(x, y, z, v), **quote)
    [[99.0, 6.0, 101.0, 2.0]]
    """

    bid_price: Expr
    bid_size: Expr
    ask_price: Expr
    ask_size: Expr

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": MIXED}

    @property
    def unit(self) -> str:
        return "mixed"

    @property
    def cells(self) -> int:
        return 4
