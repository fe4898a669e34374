"""What traded near price levels: bought, sold, and the largest sweep."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import times
from penstock.expr import VIEW, Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.level import CLOSE, LEVELS_AT, PRICE, SIDE, SIZE, SPOT, near
from penstock.streams import Clock


@jit
def _larger(
    best: float, way: int, notional: float, prints: int, seen: int, least: float, need: int, prices: int
) -> float:  # fmt: skip
    """The larger of the best sweep and one that ends, if that is one: positive if bought, negative if sold."""
    valid = notional >= least and prints >= need and seen >= prices
    return way * notional if valid and notional > abs(best) else best


@jit
def _kernel(
    bought: F8,
    sold: F8,
    sweep: F8,
    price: F8,
    size: F8,
    side: F8,
    levels: F8,
    reach: F8,
    notional: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    history: np.ndarray,
    width: int,
    gap: int,
    prints: int,
    prices: int,
) -> None:
    for i in range(at.size):
        end, least = upto[i] - first, notional[i]
        start = end
        while start > 0 and ts[start - 1] > at[i] - width:
            start -= 1
        for k in range(levels.shape[1]):
            level = levels[i, k]
            bought[i, k], sold[i, k], sweep[i, k] = np.nan, np.nan, np.nan
            if not maths.is_finite(level):
                continue
            plus, minus, best = 0.0, 0.0, 0.0
            way, total, count, seen, last = 0, 0.0, 0, 0, 0
            for j in range(start, end):
                known = side[j] > 0.0 or side[j] < 0.0
                if not (known and near(price[j], level, reach[i]) and size[j] > 0.0):
                    continue
                if not (maths.is_finite(size[j]) and maths.is_finite(price[j])):
                    continue
                sign = 1 if side[j] > 0.0 else -1
                if sign > 0:
                    plus += size[j]
                else:
                    minus += size[j]
                if sign != way or ts[j] - last > gap:
                    best = _larger(best, way, total, count, seen, least, prints, prices)
                    way, total, count, seen = sign, 0.0, 0, 0
                last = ts[j]
                total += price[j] * size[j]
                count += 1
                new = seen < prices
                for one in range(seen):
                    if history[one]["price"] == price[j]:
                        new = False
                if new:
                    history[seen]["price"] = price[j]
                    seen += 1
            best = _larger(best, way, total, count, seen, least, prints, prices)
            bought[i, k], sold[i, k], sweep[i, k] = plus, minus, best


def _oracle(
    price: F8, size: F8, side: F8, levels: F8, reach: F8, notional: F8, ts: I8, at: I8, upto: I8,
    width: int, gap: int, prints: int, prices: int,
) -> dict[str, F8]:  # fmt: skip
    out = {name: np.full(levels.shape, np.nan) for name in TapeNear.outputs}
    usable = np.isfinite(size) & (size > 0) & np.isfinite(price) & (np.nan_to_num(side) != 0)
    for i in range(at.size):
        inside = usable & (np.arange(ts.size) < upto[i]) & (ts > at[i] - width)
        for k, level in enumerate(levels[i].tolist()):
            if not np.isfinite(level):
                continue
            band = np.flatnonzero(inside & (abs(price - level) <= reach[i] + 1e-9))
            way = np.sign(side[band])
            out["bought"][i, k] = size[band][way > 0].sum()
            out["sold"][i, k] = size[band][way < 0].sum()
            cuts = np.flatnonzero((np.diff(way) != 0) | (np.diff(ts[band]) > gap)) + 1
            best = 0.0
            for run in np.split(band, cuts):
                value = float((price[run] * size[run]).sum())
                enough = len(run) >= prints and np.unique(price[run]).size >= prices
                if enough and value >= notional[i] and value > abs(best):
                    best = value * float(np.sign(side[run[0]]))
            out["sweep"][i, k] = best
    return out


@dataclass(frozen=True, eq=False, repr=False)
class TapeNear(Operator):
    r"""Size bought and sold within `reach` of each level in the last `width` of time, and the largest sweep there.

    .. math::
        B = \sum_{i \in W, d_i > 0, |p_i - L| \le r} q_i, \quad
        N = \max_{\text{runs}} \sum_{i \in \text{run}} p_i q_i

    Notes
    -----
    Seed: none. NaN: where there is no level; a trade without a side, a finite price or a positive size is passed
    over. Warm-up: 1. Unit: that of `size`, and of price times size for `sweep`. A sweep is a run of trades of one
    side near the level with at most `gap` between two of them: at least `prints` trades, at `prices` prices or more,
    for what `notional` is at the tick or more, and none where that is NaN. `sweep` is that of the largest, positive if
    bought and negative if sold, and 0 without one. A tick costs the trades of its window for each level.

    References
    ----------
    U.S. Securities and Exchange Commission (2005). Regulation NMS, rule 600(b)(30): intermarket sweep orders.

    Examples
    --------
    >>> node = TapeNear(**TapeNear.example)
    >>> node.unit_of("bought")
    'size'
    """

    price: Expr
    size: Expr
    side: Expr
    levels: Expr
    reach: Expr
    notional: Expr
    width: Duration
    gap: Duration
    prints: int = 3
    prices: int = 2
    on: Clock = VIEW

    outputs: ClassVar = ("bought", "sold", "sweep")
    queries: ClassVar = ("levels", "reach", "notional")
    version: ClassVar[int] = 2
    history: ClassVar = np.dtype([("price", "f8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "price": PRICE, "size": SIZE, "side": SIDE, "levels": LEVELS_AT, "reach": SPOT, "notional": CLOSE,
        "width": "20s", "gap": "1s", "prints": 2, "prices": 2,
    }  # fmt: skip
    exempt: ClassVar = {"unit": "the least notional is in the unit of a price times a size"}

    def check(self) -> None:
        for name in ("width", "prints", "prices"):
            self.require(f"{name} must be positive", getattr(self, name) > 0, getattr(self, name))
        self.require("gap must not be negative", self.gap >= 0, self.gap)

    @property
    def retention(self) -> int:
        return self.width

    @property
    def history_items(self) -> int:
        return self.prices

    @property
    def cells(self) -> int:
        return self.levels.cells

    def unit_of(self, output: str) -> str:
        return times(self.price.unit, self.size.unit) if output == "sweep" else self.size.unit
