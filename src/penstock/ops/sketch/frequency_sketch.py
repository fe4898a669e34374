"""How often an id was seen, at most."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.sketch.hashing import hashed, plain


@jit
def _kernel(out: F8, id: I8, history: np.ndarray, depth: int, slots: int) -> None:
    for i in range(out.size):
        least = 0
        for row in range(depth):
            slot = row * slots + hashed(id[i], row) * slots // 4_294_967_296
            history[slot]["count"] += 1
            seen = history[slot]["count"]
            least = seen if row == 0 or seen < least else least
        out[i] = float(least)


@jit
def _merge(history: np.ndarray, other_history: np.ndarray) -> None:
    for k in range(history.size):
        history[k]["count"] += other_history[k]["count"]


def _oracle(id: I8, depth: int, slots: int) -> F8:
    out, counts = np.empty(id.size), [dict[int, int]() for _ in range(depth)]
    for t in range(id.size):
        places = [plain(int(id[t]), row) * slots >> 32 for row in range(depth)]
        for row, place in zip(counts, places, strict=True):
            row[place] = row.get(place, 0) + 1
        out[t] = min(row[place] for row, place in zip(counts, places, strict=True))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class FrequencySketch(Operator):
    r"""How often the id of this tick was seen so far, this time included, at most: a count-min sketch.

    .. math:: y_t = \min_{r \le d} C_r[h_r(i_t)], \quad
        n_{i_t} \le y_t \le n_{i_t} + \frac{e}{w} t \text{ with probability } 1 - e^{-d}

    Notes
    -----
    Seed: none. NaN: none, ids are integers. Warm-up: 1. Unit: 1. Rows of `slots` counters, `depth`
    of them, each with a hash of its own. Merges exactly: counters add up.

    References
    ----------
    Cormode, G., Muthukrishnan, S. (2005). An improved data stream summary: the count-min sketch and
    its applications. Journal of Algorithms 55(1), 58-75.

    Examples
    --------
    >>> import numpy as np
    >>> evaluate(FrequencySketch(x, depth=4, slots=1024), id=np.array([7, 8, 7, 9]))
    [1.0, 1.0, 2.0, 1.0]
    """

    id: Expr
    depth: int = 4
    slots: int = 1_024

    history: ClassVar = np.dtype([("count", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    merge = staticmethod(_merge)
    example: ClassVar = {"depth": 3, "slots": 8}
    exempt: ClassVar = {"unit": "ids are names: they have no unit"}

    def check(self) -> None:
        self.require("depth must be from 1 to 16", 1 <= self.depth <= 16, self.depth)
        self.require("slots must be from 2 to 2^20", 2 <= self.slots <= 2**20, self.slots)

    @property
    def history_items(self) -> int:
        return self.depth * self.slots

    @property
    def unit(self) -> str:
        return ONE
