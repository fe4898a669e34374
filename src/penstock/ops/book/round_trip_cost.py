"""Cost of buying and selling at once."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.book import LEVELS, MIXED


@jit
def _quantity(book: F8, row: int, side: int, notional: float) -> float:
    left, quantity = notional, 0.0
    for level in range(book.shape[1] // 4):
        price, size = book[row, 4 * level + side], book[row, 4 * level + side + 1]
        value = price * size
        if value >= left:
            return quantity + left / price
        if not value >= 0.0:
            return np.nan
        left -= value
        quantity += size
    return np.nan


@jit
def _kernel(out: F8, book: F8, notional: float) -> None:
    for i in range(out.size):
        bid, ask = book[i, 0], book[i, 2]
        bought, sold = _quantity(book, i, 2, notional), _quantity(book, i, 0, notional)
        cost = maths.divide(notional, bought) - maths.divide(notional, sold)
        out[i] = 1e4 * maths.divide(cost, 0.5 * (bid + ask)) if bid <= ask else np.nan


def _average(prices: F8, sizes: F8, notional: float) -> float:
    values = prices * sizes
    absent = ~(values >= 0.0)
    taken = slice(int(absent.argmax()) if absent.any() else values.size)
    reached = np.minimum(np.cumsum(values[taken]), notional)
    if absent[0] or reached[-1] < notional:
        return np.nan
    spent = np.diff(reached, prepend=0.0)
    paid = spent > 0.0
    quantity = float((spent[paid] / prices[taken][paid]).sum())
    return notional / quantity if quantity > 0.0 else np.nan


def _oracle(book: F8, notional: float) -> F8:
    out = np.full(len(book), np.nan)
    for t, levels in enumerate(book.reshape(len(book), -1, 4)):
        if levels[0, 0] <= levels[0, 2]:
            bought = _average(levels[:, 2], levels[:, 3], notional)
            sold = _average(levels[:, 0], levels[:, 1], notional)
            out[t] = 1e4 * (bought - sold) / ((levels[0, 0] + levels[0, 2]) / 2.0)
    return out


quantity, average = (
    _quantity,
    _average,
)  # for what walks the book too; a kernel's names are in its fingerprint


@dataclass(frozen=True, eq=False, repr=False)
class RoundTripCost(Operator):
    r"""Cost of buying and at once selling a value by walking the book, in basis points.

    .. math::

        y_t = 10^4 \, \frac{\bar P^a_t(N) - \bar P^b_t(N)}{m_t}, \quad
        \bar P_t(N) = \frac{N}{q_t(N)}

    where :math:`q_t(N)` is the quantity whose value, from the best level on, is `notional`.

    Notes
    -----
    Seed: none. NaN: where the book is too thin for `notional` or crossed. Warm-up: 1. Unit: bps.

    References
    ----------
    Irvine, P., Benston, G., Kandel, E. (2000). Liquidity beyond the inside spread: measuring and
    using information in the limit order book. SSRN 229959. Gomber, P., Schweickert, U., Theissen,
    E. (2015). Liquidity dynamics in an electronic open limit order book. European Financial
    Management 21(1), 52-78.

    Examples
    --------
    >>> evaluate(RoundTripCost(LEVELS, notional=100.0), book=[[99.0, 6.0, 101.0, 2.0]])
    [200.0]
    """

    book: Expr
    notional: float

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "notional": 500.0}
    exempt: ClassVar = {"unit": MIXED}

    def check(self) -> None:
        self.require("notional must be positive", 0.0 < self.notional < math.inf, self.notional)

    @property
    def unit(self) -> str:
        return "bps"
