"""Size that the book shows at a price."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.schema import EventType, Field
from penstock.expr import Column, Expr, Operator
from penstock.ops.book import MIXED, require_depth
from penstock.streams import Stream

FIELDS = (Field("book", "mixed", width=12), Field("price", "price"), Field("direction", "1"))
MET = Stream(EventType("met", "Trades, each with the book before it.", FIELDS))


@jit
def _kernel(out: F8, book: F8, price: F8, direction: F8, depth: int) -> None:
    for i in range(out.size):
        wanted = maths.rint(price[i] * 1e9)  # decimals that are equal on paper are so in billionths
        cell = 2 if direction[i] > 0.0 else 0
        out[i] = np.nan
        if direction[i] > 0.0 or direction[i] < 0.0:
            for level in range(depth):
                if maths.rint(book[i, 4 * level + cell] * 1e9) == wanted:
                    out[i] = book[i, 4 * level + cell + 1]
                    break


def _oracle(book: F8, price: F8, direction: F8, depth: int) -> F8:
    out = np.full(price.size, np.nan)
    for t in range(price.size):
        side = (
            book[t].reshape(-1, 4)[:depth, 2:]
            if direction[t] > 0.0
            else book[t].reshape(-1, 4)[:depth, :2]
        )
        at = np.flatnonzero(np.round(side[:, 0] * 1e9) == np.round(price[t] * 1e9))
        if at.size and direction[t] != 0.0 and not np.isnan(direction[t]):
            out[t] = side[at[0], 1]
    return out


@dataclass(frozen=True, eq=False, repr=False)
class SizeAt(Operator):
    r"""Size at a price among the first levels of the side that a trade takes from.

    .. math:: y_t = Q_t(p_t), \quad \text{asks for } d_t > 0, \text{ bids for } d_t < 0

    Notes
    -----
    Seed: none. NaN: where no level shows the price, or the direction is 0 or unknown. Warm-up: 1. Unit: size. Prices
    are compared in billionths.

    References
    ----------
    Frey, S., Sandås, P. (2017). The impact of iceberg orders in limit order books. Quarterly Journal of Finance 7(3).

    Examples
    --------
    >>> node = SizeAt(**(SizeAt.example | {"depth": 1}))
    >>> evaluate(node, book=[[99.0, 5.0, 101.0, 7.0] * 3], price=[101.0], direction=[1.0])
    [7.0]
    """

    book: Expr
    price: Expr
    direction: Expr
    depth: int

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {field.name: Column(MET, field.name) for field in FIELDS} | {"depth": 3}
    exempt: ClassVar = {"unit": MIXED, "warmup": "a price that the book does not show has no size"}

    def check(self) -> None:
        require_depth(self, self.depth)

    @property
    def unit(self) -> str:
        return "size"
