"""What an update of the book added and removed."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.book import LEVELS, MIXED, require_depth


@jit
def nano(price: float) -> float:
    """A price in billionths: decimals that are equal on paper are so here, though sums of them differ in bits."""
    return maths.rint(price * 1e9)


@jit
def changes(now: F8, before: np.ndarray, cell: int, depth: int, sign: float) -> tuple[float, float]:
    """Size added and removed on one side, whose prices times `sign` fall from level to level."""
    added, removed = 0.0, 0.0
    floor = -np.inf
    if not maths.is_nan(now[4 * (depth - 1) + cell]):
        floor = sign * nano(now[4 * (depth - 1) + cell])
    if not maths.is_nan(before[4 * (depth - 1) + cell]["x"]):
        floor = max(floor, sign * nano(before[4 * (depth - 1) + cell]["x"]))
    i, j = 0, 0
    while i < depth or j < depth:
        new = sign * nano(now[4 * i + cell]) if i < depth else np.nan
        old = sign * nano(before[4 * j + cell]["x"]) if j < depth else np.nan
        new_seen, old_seen = new >= floor, old >= floor
        if not (new_seen or old_seen):
            break
        change = 0.0
        if new_seen and not (old_seen and old > new):
            change += now[4 * i + cell + 1]
            i += 1
        if old_seen and not (new_seen and new > old):
            change -= before[4 * j + cell + 1]["x"]
            j += 1
        if change > 0.0:
            added += change
        else:
            removed -= change
    return added, removed


@jit
def _kernel(
    bid_added: F8,
    bid_removed: F8,
    ask_added: F8,
    ask_removed: F8,
    book: F8,
    registers: np.ndarray,
    history: np.ndarray,
    depth: int,
) -> None:
    s = registers[0]
    n = s["n"]
    for i in range(bid_added.size):
        row = book[i]
        # a side that is empty in one of both books was not seen: nothing is known of it
        bids = n > 0 and not (maths.is_nan(row[0]) or maths.is_nan(history[0]["x"]))
        asks = n > 0 and not (maths.is_nan(row[2]) or maths.is_nan(history[2]["x"]))
        bid_added[i], bid_removed[i], ask_added[i], ask_removed[i] = np.nan, np.nan, np.nan, np.nan
        if bids:
            bid_added[i], bid_removed[i] = changes(row, history, 0, depth, 1.0)
        if asks:
            ask_added[i], ask_removed[i] = changes(row, history, 2, depth, -1.0)
        for cell in range(4 * depth):
            history[cell]["x"] = row[cell]
        n = 1
    s["n"] = n


def _oracle(book: F8, depth: int) -> dict[str, F8]:
    out = np.full((4, len(book)), np.nan)
    levels = book.reshape(len(book), -1, 4)[:, :depth]
    for t in range(1, len(book)):
        for side, cell, worst in ((0, 0, max), (1, 2, min)):
            old, new = (
                {round(p * 1e9): q for p, q in levels[i, :, cell : cell + 2].tolist() if p == p}  # noqa: PLR0124
                for i in (t - 1, t)
            )
            if not (old and new):
                continue
            edges = [(min if side == 0 else max)(b) for b in (old, new) if len(b) == depth]
            edge = worst(edges) if edges else None
            seen = [
                p for p in {*old, *new} if edge is None or (p >= edge if side == 0 else p <= edge)
            ]
            diffs = [new.get(p, 0.0) - old.get(p, 0.0) for p in seen]
            out[2 * side, t] = sum(d for d in diffs if d > 0.0)
            out[2 * side + 1, t] = -sum(d for d in diffs if d < 0.0)
    return dict(zip(("bid_added", "bid_removed", "ask_added", "ask_removed"), out, strict=True))


@dataclass(frozen=True, eq=False, repr=False)
class DepthChanges(Operator):
    r"""Size that an update added to and removed from each side, at the prices that both books show.

    .. math:: A_t = \sum_{p \in V} (Q_t(p) - Q_{t-1}(p))^+, \quad R_t = \sum_{p \in V} (Q_{t-1}(p) - Q_t(p))^+

    Notes
    -----
    Seed: the first book. NaN: for a side that is empty now or was in the book before. Warm-up: 2. Unit: size. A book
    shows a price that is no worse than its last of `depth` levels, and every price where it has fewer; so a level that
    only moved in or out of sight is no change. Prices are compared
    in billionths. What was removed was cancelled or traded.

    References
    ----------
    Smith, E., Farmer, J. D., Gillemot, L., Krishnamurthy, S. (2003). Statistical theory of the continuous double
    auction. Quantitative Finance 3(6), 481-514.

    Examples
    --------
    >>> rows = [[99.0, 6.0, 101.0, 2.0], [99.0, 4.0, 101.0, 5.0]]
    >>> found = evaluate(DepthChanges(LEVELS, depth=1), book=rows)
    >>> found["bid_removed"], found["ask_added"]
    ([nan, 2.0], [nan, 3.0])
    """

    book: Expr
    depth: int

    outputs: ClassVar = ("bid_added", "bid_removed", "ask_added", "ask_removed")
    registers: ClassVar = np.dtype([("n", "i8")])
    history: ClassVar = np.dtype([("x", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "depth": 3}
    exempt: ClassVar = {"unit": MIXED}

    def check(self) -> None:
        require_depth(self, self.depth)

    @property
    def history_items(self) -> int:
        return 4 * self.depth

    @property
    def warmup(self) -> int:
        return 2

    def unit_of(self, output: str) -> str:  # noqa: ARG002  (one unit for all)
        return "size"
