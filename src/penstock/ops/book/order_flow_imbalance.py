"""Order flow imbalance of one book event."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.book import LEVELS, MIXED, require_depth


@jit
def _kernel(out: F8, book: F8, registers: np.ndarray, history: np.ndarray, depth: int) -> None:
    s = registers[0]
    n = s["n"]
    for i in range(out.size):
        flow, prices = 0.0, 0.0
        for level in range(depth):
            bid, bid_size = book[i, 4 * level], book[i, 4 * level + 1]
            ask, ask_size = book[i, 4 * level + 2], book[i, 4 * level + 3]
            last = history[level]
            change = (bid - last["bid"]) + (ask - last["ask"])
            prices += change - change  # NaN where a price is
            if bid >= last["bid"]:
                flow += bid_size
            if bid <= last["bid"]:
                flow -= last["bid_size"]
            if ask <= last["ask"]:
                flow -= ask_size
            if ask >= last["ask"]:
                flow += last["ask_size"]
            last["bid"], last["bid_size"], last["ask"], last["ask_size"] = (
                bid,
                bid_size,
                ask,
                ask_size,
            )
        out[i] = np.nan if n == 0 or maths.is_nan(prices) else flow
        n += 1
    s["n"] = n


def _oracle(book: F8, depth: int) -> F8:
    out = np.full(len(book), np.nan)
    levels = book.reshape(len(book), -1, 4)[:, :depth]
    for t in range(1, len(book)):
        flow = 0.0
        for (bid0, bid_size0, ask0, ask_size0), (bid, bid_size, ask, ask_size) in zip(
            levels[t - 1].tolist(), levels[t].tolist(), strict=True
        ):
            flow += bid_size if bid >= bid0 else 0.0
            flow -= bid_size0 if bid <= bid0 else 0.0
            flow -= ask_size if ask <= ask0 else 0.0
            flow += ask_size0 if ask >= ask0 else 0.0
            if not np.isfinite([bid, bid0, ask, ask0]).all():
                flow = np.nan
        out[t] = flow
    return out


@dataclass(frozen=True, eq=False, repr=False)
class OrderFlowImbalance(Operator):
    r"""Net size that an event adds to the bids and takes from the asks of the best levels.

    .. math::

        e_t = \sum_{l \le L} \Big( Q^b_{l,t} 1\{P^b_{l,t} \ge P^b_{l,t-1}\}
              - Q^b_{l,t-1} 1\{P^b_{l,t} \le P^b_{l,t-1}\}
              - Q^a_{l,t} 1\{P^a_{l,t} \le P^a_{l,t-1}\}
              + Q^a_{l,t-1} 1\{P^a_{l,t} \ge P^a_{l,t-1}\} \Big)

    Notes
    -----
    Seed: the first book. NaN: where one of the levels is absent now or in the book before. Warm-up:
    2. Unit: size. One event's contribution; the imbalance of an interval is its sum over it.

    References
    ----------
    Cont, R., Kukanov, A., Stoikov, S. (2014). The price impact of order book events. Journal of
    Financial Econometrics 12(1), 47-88. Several levels: Xu, K., Gould, M. D., Howison, S. D.
    (2018). Multi-level order-flow imbalance in a limit order book. Market Microstructure and
    Liquidity 4(3-4).

    Examples
    --------
    >>> rows = [[99.0, 6.0, 101.0, 2.0], [99.0, 7.0, 102.0, 4.0]]
    >>> evaluate(OrderFlowImbalance(LEVELS, depth=1), book=rows)
    [nan, 3.0]
    """

    book: Expr
    depth: int

    registers: ClassVar = np.dtype([("n", "i8")])
    history: ClassVar = np.dtype(
        [("bid", "f8"), ("bid_size", "f8"), ("ask", "f8"), ("ask_size", "f8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "depth": 3}
    exempt: ClassVar = {"unit": MIXED}

    def check(self) -> None:
        require_depth(self, self.depth)

    @property
    def history_items(self) -> int:
        return self.depth

    @property
    def warmup(self) -> int:
        return 2

    @property
    def unit(self) -> str:
        return "size"
