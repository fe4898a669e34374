"""Value resting near the mid price."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import times
from penstock.expr import Expr, Operator
from penstock.ops.book import LEVELS, MIXED, SIDES, require_choice


@jit
def _kernel(out: F8, book: F8, bps: float, bids: int, asks: int) -> None:
    levels = book.shape[1] // 4
    for i in range(out.size):
        bid, ask = book[i, 0], book[i, 2]
        mid = 0.5 * (bid + ask)
        reach, value = bps * mid, 0.0
        for level in range(levels):
            price = book[i, 4 * level]
            if bids == 1 and abs(price - mid) * 1e4 <= reach:
                value += price * book[i, 4 * level + 1]
            price = book[i, 4 * level + 2]
            if asks == 1 and abs(price - mid) * 1e4 <= reach:
                value += price * book[i, 4 * level + 3]
        out[i] = np.nan if maths.is_nan(mid) or bid > ask else value


def _oracle(book: F8, bps: float, side: str) -> F8:
    levels = book.reshape(len(book), -1, 4)
    mid = (levels[:, 0, 0] + levels[:, 0, 2]) / 2.0
    out = np.zeros(len(book))
    for offset, name in ((0, "bid"), (2, "ask")):
        prices, sizes = levels[:, :, offset], levels[:, :, offset + 1]
        near = np.abs(prices - mid[:, None]) * 1e4 <= bps * mid[:, None]
        if side in (name, "both"):
            out += np.where(near, prices * sizes, 0.0).sum(axis=1)
    return np.where(levels[:, 0, 0] <= levels[:, 0, 2], out, np.nan)


@dataclass(frozen=True, eq=False, repr=False)
class DepthWithin(Operator):
    r"""Value of the orders within some basis points of the mid price.

    .. math:: y_t = \sum_l P_{l,t} Q_{l,t} \, 1\{ |P_{l,t} - m_t| \le 10^{-4} b \, m_t \}

    where b is `bps`.

    Notes
    -----
    Seed: none. NaN: where a side is empty or the book is crossed. Warm-up: 1. Unit: price times
    size. No more than the levels that the book holds: where the last of them is still near, the
    value is a lower bound.

    References
    ----------
    Degryse, H., de Jong, F., van Kervel, V. (2015). The impact of dark trading and visible
    fragmentation on market quality. Review of Finance 19(4), 1587-1622: Depth(X).

    Examples
    --------
    >>> evaluate(DepthWithin(LEVELS, bps=200.0, side="bid"), book=[[99.0, 6.0, 101.0, 2.0]])
    [594.0]
    """

    book: Expr
    bps: float
    side: str

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "bps": 10.0, "side": "both"}
    exempt: ClassVar = {"unit": MIXED}

    def check(self) -> None:
        self.require("bps must be positive", 0.0 < self.bps < math.inf, self.bps)
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
        return times("price", "size")
