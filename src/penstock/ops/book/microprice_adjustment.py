"""Distance of the expected future mid price from the mid price."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.ops.book import MIXED
from penstock.streams import Stream

FIELDS = (Field("book", "mixed", width=4), Field("table", "price", width=5))
FREE = Stream(EventType("quotes", "Columns of an example.", FIELDS))


@jit
def _kernel(out: F8, book: F8, table: F8, imbalances: int, spreads: int) -> None:
    for i in range(out.size):
        size, spread = book[i, 1] + book[i, 3], book[i, 2] - book[i, 0]
        ticks = maths.divide(spread, table[i, 0])
        out[i] = np.nan
        if (
            ticks > 0.0
            and spread > 0.0
            and 0.0 < size < np.inf
            and min(book[i, 1], book[i, 3]) >= 0.0
        ):
            row = 1 if ticks < 1.5 else int(min(ticks + 0.5, float(spreads)))
            cell = min(int(imbalances * (book[i, 1] / size)), imbalances - 1)
            out[i] = table[i, 1 + (row - 1) * imbalances + cell]


def _oracle(book: F8, table: F8, imbalances: int, spreads: int) -> F8:
    out = np.full(len(book), np.nan)
    for t, (bid, bid_size, ask, ask_size) in enumerate(book[:, :4].tolist()):
        known = bid < ask and table[t, 0] > 0.0 and min(bid_size, ask_size) >= 0.0
        known = known and (ask - bid) / table[t, 0] > 0.0
        if known and 0.0 < bid_size + ask_size < np.inf:
            ticks = np.clip(np.floor((ask - bid) / table[t, 0] + 0.5), 1, spreads)
            share = np.floor(imbalances * (bid_size / (bid_size + ask_size)))
            by_spread = table[t, 1:].reshape(spreads, imbalances)[int(ticks) - 1]
            out[t] = by_spread[min(int(share), imbalances - 1)]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class MicropriceAdjustment(Operator):
    r"""What is to be added to the mid price to make it the micro-price.

    .. math:: y_t = g^*(I_t, S_t), \quad I_t = \frac{Q^b_t}{Q^b_t + Q^a_t}, \; S_t = P^a_t - P^b_t

    where :math:`g^*` is the table that `table` holds: the tick size, then for each spread of 1 to
    `spreads` ticks the adjustment in each of `imbalances` equal intervals of I.

    Notes
    -----
    Seed: none. NaN: where a side is empty, the book is crossed or locked, or the fit never saw the
    state. Warm-up: 1. Unit: price. A spread of more than `spreads` ticks counts as that many.

    References
    ----------
    Stoikov, S. (2018). The micro-price: a high-frequency estimator of future prices. Quantitative
    Finance 18(12), 1959-1966.

    Examples
    --------
    >>> node = MicropriceAdjustment(**MicropriceAdjustment.example)
    >>> evaluate(node, book=[[99.0, 6.0, 101.0, 2.0]], table=[[2.0, -0.5, 0.5, 0.0, 0.0]])
    [0.5]
    """

    book: Expr
    table: Expr
    imbalances: int = 10
    spreads: int = 3

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "book": Column(FREE, "book"),
        "table": Column(FREE, "table"),
        "imbalances": 2,
        "spreads": 2,
    }
    exempt: ClassVar = {"unit": MIXED}

    def check(self) -> None:
        self.require("imbalances must be at least 1", self.imbalances >= 1, self.imbalances)
        self.require("spreads must be at least 1", self.spreads >= 1, self.spreads)
        cells = 1 + self.imbalances * self.spreads
        self.require(f"table must have {cells} cells", self.table.cells == cells, self.table.cells)
        self.require("book must have a level", self.book.cells >= 4, self.book.cells)

    @property
    def unit(self) -> str:
        return "price"
