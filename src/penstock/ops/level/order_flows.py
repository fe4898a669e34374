"""What orders did near price levels: size added, cancelled and filled, message by message."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.level import LEVELS_AT, PRICE, SIDE, SIZE, WAYS
from penstock.streams import Clock


@jit
def _kernel(
    added: F8,
    cancelled: F8,
    filled: F8,
    way: F8,
    plus: F8,
    into: F8,
    minus: F8,
    hit: F8,
    left: F8,
    levels: F8,
    ways: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    width: int,
    tick: float,
    ticks: int,
) -> None:
    for i in range(at.size):
        end = upto[i] - first
        start = end
        while start > 0 and ts[start - 1] > at[i] - width and not maths.is_nan(way[start - 1]):
            start -= 1
        for k in range(levels.shape[1]):
            added[i, k], cancelled[i, k], filled[i, k] = np.nan, np.nan, np.nan
            level, side = levels[i, k], ways[i, k]
            if not maths.is_finite(level) or not (side > 0.0 or side < 0.0):
                continue
            low = maths.ceil(level / tick - ticks - 1e-6)
            high = maths.floor(level / tick + ticks + 1e-6)
            a, c, f = 0.0, 0.0, 0.0
            for j in range(start, end):
                if not (way[j] * side < 0.0):
                    continue
                if low <= maths.rint(into[j] / tick) <= high:
                    a += plus[j]
                if low <= maths.rint(left[j] / tick) <= high:
                    c += minus[j]
                    f += hit[j]
            added[i, k], cancelled[i, k], filled[i, k] = a, c, f


def _oracle(
    way: F8, plus: F8, into: F8, minus: F8, hit: F8, left: F8, levels: F8, ways: F8, ts: I8, at: I8, upto: I8,
    width: int, tick: float, ticks: int,
) -> dict[str, F8]:  # fmt: skip
    out = {name: np.full(levels.shape, np.nan) for name in OrderFlows.outputs}
    for i in range(at.size):
        seen = np.arange(ts.size) < upto[i]
        cleared = np.flatnonzero(seen & np.isnan(way))
        inside = seen & (ts > at[i] - width)
        inside &= np.arange(ts.size) > (cleared[-1] if cleared.size else -1)
        for k, level in enumerate(levels[i].tolist()):
            if not (np.isfinite(level) and (ways[i, k] > 0 or ways[i, k] < 0)):
                continue
            own = inside & (np.sign(way) == -np.sign(ways[i, k]))
            came, went = (
                own & (abs(np.rint(x / tick) - level / tick) <= ticks + 1e-6) for x in (into, left)
            )
            out["added"][i, k] = plus[came].sum()
            out["cancelled"][i, k] = minus[went].sum()
            out["filled"][i, k] = hit[went].sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class OrderFlows(Operator):
    r"""What orders added, cancelled and filled within some ticks of each level in the last `width` of time.

    .. math::
        A = \sum_{i \in W, p_i \in Z} a_i, \quad C = \sum_{i \in W, p_i \in Z} c_i, \quad
        F = \sum_{i \in W, p_i \in Z} f_i

    Notes
    -----
    Seed: none. NaN: where there is no level or no side. Warm-up: 1. Unit: size. The operands are those that
    `OrderChanges` gives of each message, the side and the prices Z those of `ZoneFlows`: asks where `ways` is 1, bids
    where it is -1. A - C - F is what the displayed size of the zone changed by in the window, at all its prices, also
    beyond the levels that a book shows. The window begins anew after a snapshot or a clear. A tick costs the messages
    of its window for each level.

    References
    ----------
    Cont, R., Kukanov, A., Stoikov, S. (2014). The price impact of order book events. Journal of Financial Econometrics
    12(1), 47-88.

    Examples
    --------
    >>> node = OrderFlows(**OrderFlows.example)
    >>> node.unit_of("added")
    'size'
    """

    way: Expr
    plus: Expr
    into: Expr
    minus: Expr
    hit: Expr
    left: Expr
    levels: Expr
    ways: Expr
    width: Duration
    tick: float
    ticks: int = 8
    on: Clock = VIEW

    outputs: ClassVar = ("added", "cancelled", "filled")
    queries: ClassVar = ("levels", "ways")
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "way": SIDE, "plus": SIZE, "into": PRICE, "minus": SIZE, "hit": SIZE, "left": PRICE, "levels": LEVELS_AT,
        "ways": WAYS, "width": "20s", "tick": 1.0, "ticks": 3,
    }  # fmt: skip
    exempt: ClassVar = {"unit": "the tick is in the unit of the price"}

    def check(self) -> None:
        same = self.levels.cells == self.ways.cells
        self.require("levels and ways must be as wide", same, (self.levels.cells, self.ways.cells))
        for name in ("width", "tick", "ticks"):
            self.require(f"{name} must be positive", getattr(self, name) > 0, getattr(self, name))

    @property
    def retention(self) -> int:
        return self.width

    @property
    def cells(self) -> int:
        return self.levels.cells

    @property
    def unit(self) -> str:
        return self.plus.unit
