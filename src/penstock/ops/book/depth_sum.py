"""Size of the best levels of the order book."""

from dataclasses import dataclass
from typing import ClassVar

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.book import LEVELS, MIXED, SIDES, require_choice, require_depth


@jit
def _kernel(out: F8, book: F8, depth: int, bids: int, asks: int) -> None:
    for i in range(out.size):
        bid, ask = 0.0, 0.0
        for level in range(depth):
            bid += book[i, 4 * level + 1]
            ask += book[i, 4 * level + 3]
        if bids == 1 and asks == 1:
            out[i] = bid + ask
        else:
            out[i] = bid if bids == 1 else ask


def _oracle(book: F8, depth: int, side: str) -> F8:
    sizes = book.reshape(len(book), -1, 4)[:, :depth, 1::2].sum(axis=1)
    return {"bid": sizes[:, 0], "ask": sizes[:, 1], "both": sizes.sum(axis=1)}[side]


@dataclass(frozen=True, eq=False, repr=False)
class DepthSum(Operator):
    r"""Total size of the best levels of one side, or of both.

    .. math:: y_t = \sum_{l \le L} Q^b_{l,t}, \quad \sum_{l \le L} Q^a_{l,t} \quad \text{or both}

    Notes
    -----
    Seed: none. NaN: none; an absent level has size 0. Warm-up: 1. Unit: size.

    References
    ----------
    Biais, B., Hillion, P., Spatt, C. (1995). An empirical analysis of the limit order book and the
    order flow in the Paris Bourse. Journal of Finance 50(5), 1655-1689.

    Examples
    --------
    >>> evaluate(DepthSum(LEVELS, depth=1, side="both"), book=[[99.0, 5.0, 101.0, 7.0]])
    [12.0]
    """

    book: Expr
    depth: int
    side: str

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "depth": 5, "side": "both"}
    exempt: ClassVar = {"unit": MIXED}

    def check(self) -> None:
        require_depth(self, self.depth)
        require_choice(self, "side", self.side, SIDES)

    @property
    def bids(self) -> int:
        """1 where the bids count."""
        return int(self.side != "ask")

    @property
    def asks(self) -> int:
        """1 where the asks count."""
        return int(self.side != "bid")

    @property
    def unit(self) -> str:
        return "size"
