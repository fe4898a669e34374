"""What a run of trades of one aggressor was worth, once it has ended."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import times
from penstock.expr import Expr, Operator


@jit
def _kernel(
    out: F8,
    price: F8,
    size: F8,
    side: F8,
    at: I8,
    registers: np.ndarray,
    gap: int,
    width: int,
) -> None:
    s = registers[0]
    way, last, total = s["way"], s["last"], s["total"]
    for i in range(out.size):
        out[i] = np.nan
        sign = 1 if side[i] > 0.0 else (-1 if side[i] < 0.0 else 0)
        if sign == 0 or not (maths.is_finite(price[i]) and maths.is_finite(size[i])):
            continue
        if not size[i] > 0.0:
            continue
        if sign != way or at[i] - last > gap:
            if way != 0 and at[i] - last < width:
                out[i] = total
            way, total = sign, 0.0
        # not compensated: a run is added up as a sweep is, so that the same trades are worth the same bits
        total += price[i] * size[i]
        last = at[i]
    s["way"], s["last"], s["total"] = way, last, total


def _oracle(price: F8, size: F8, side: F8, at: I8, gap: int, width: int) -> F8:
    out = np.full(price.size, np.nan)
    known = np.isfinite(price) & np.isfinite(size) & (size > 0) & (np.nan_to_num(side) != 0)
    places = np.flatnonzero(known)
    ways, stamps = np.sign(side[places]), at[places]
    cuts = np.flatnonzero((np.diff(ways) != 0) | (np.diff(stamps) > gap)) + 1
    for run, after in zip(np.split(places, cuts)[:-1], places[cuts], strict=True):
        if at[after] - at[run[-1]] < width:
            out[after] = (price[run] * size[run]).sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class EndedRun(Operator):
    r"""What a run of trades of one aggressor was worth, at the trade that ends it by beginning another.

    .. math:: y_t = \sum_{i \in R} p_i q_i, \quad
        R = \text{the longest run before } t: \; d_i = d_{i+1}, \; t_{i+1} - t_i \le g

    Notes
    -----
    Seed: none. NaN: at a trade that ends no run, and at one without a side, a finite price or a positive size, which is
    passed over. Warm-up: 2. Unit: that of price times size. A run goes on while the aggressor stays and at most `gap`
    passes between two of its trades. One whose last trade is `width` or more before the trade that ends it is left
    out: a window of that width does not reach it any more.

    References
    ----------
    U.S. Securities and Exchange Commission (2005). Regulation NMS, rule 600(b)(30): intermarket sweep orders.

    Examples
    --------
    >>> trades = {"price": [9.0, 10.0, 8.0], "size": [2.0, 1.0, 5.0], "side": [1.0, 1.0, -1.0]}
    >>> evaluate(EndedRun(x, y, z, gap="1s", width="10s"), **trades)
    [nan, nan, 28.0]
    """

    price: Expr
    size: Expr
    side: Expr
    gap: Duration
    width: Duration

    registers: ClassVar = np.dtype([("way", "i8"), ("last", "i8"), ("total", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"gap": "1s", "width": "60s"}
    exempt: ClassVar = {
        "nan": "a trade that is not whole is passed over, and leaves nothing in later values"
    }

    def check(self) -> None:
        self.require("gap must not be negative", self.gap >= 0, self.gap)
        self.require("width must be above gap", self.width > self.gap, self.width)

    @property
    def warmup(self) -> int:
        return 2

    @property
    def unit(self) -> str:
        return times(self.price.unit, self.size.unit)
