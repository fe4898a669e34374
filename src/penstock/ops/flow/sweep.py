"""Trades of one side in quick succession, and how many prices they took."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(
    levels: F8,
    total: F8,
    price: F8,
    x: F8,
    direction: F8,
    at: I8,
    registers: np.ndarray,
    width: int,
) -> None:
    s = registers[0]
    side, start, furthest = s["side"], s["start"], s["furthest"]
    taken, amount, carry = s["taken"], s["amount"], s["carry"]
    for i in range(levels.size):
        way = 1 if direction[i] > 0.0 else (-1 if direction[i] < 0.0 else 0)
        if way == 0 or not (maths.is_finite(price[i]) and maths.is_finite(x[i])):
            side, taken, amount, carry = 0, 0, 0.0, 0.0
        else:
            if way != side or at[i] - start > width:
                side, start, furthest = way, at[i], price[i]
                taken, amount, carry = 1, 0.0, 0.0
            elif way * (price[i] - furthest) > 0.0:
                furthest = price[i]
                taken += 1
            amount, carry = maths.two_sum(amount, carry, x[i])
        levels[i], total[i] = float(taken), amount + carry
    s["side"], s["start"], s["furthest"] = side, start, furthest
    s["taken"], s["amount"], s["carry"] = taken, amount, carry


def _oracle(price: F8, x: F8, direction: F8, at: I8, width: int) -> dict[str, F8]:
    levels, total = np.zeros(x.size), np.zeros(x.size)
    known = np.isfinite(price) & np.isfinite(x)
    sides = np.where(known, np.sign(np.nan_to_num(direction)), 0.0)
    sweep: list[int] = []
    for t in range(x.size):
        if sweep and (sides[t] != sides[sweep[0]] or at[t] - at[sweep[0]] > width):
            sweep = []
        if sides[t] != 0.0:
            sweep.append(t)
            reached = np.maximum.accumulate(sides[t] * price[sweep])
            levels[t], total[t] = np.unique(reached).size, x[sweep].astype(np.longdouble).sum()
    return {"levels": levels, "total": total}


@dataclass(frozen=True, eq=False, repr=False)
class Sweep(Operator):
    r"""How many prices the trades of one side took within `width` of the first of them, and the sum of a column.

    .. math:: L_t = \#\{ \max_{s \le j \le i} d_j p_j : s \le i \le t \}, \quad S_t = \sum_{i=s}^{t} x_i

    Notes
    -----
    Seed: none. NaN: a tick that is not finite, or whose direction is 0 or unknown, ends the sweep: 0 and 0. Warm-up:
    1. Unit: 1 for the levels, that of `x` for the total. s is the first of the successive ticks of one direction that
    lie within `width` of it. A price counts where it goes beyond all before it in that direction.

    References
    ----------
    U.S. Securities and Exchange Commission (2005). Regulation NMS, rule 600(b)(30): intermarket sweep orders.

    Examples
    --------
    >>> trades = {"price": [9.0, 10.0, 10.0], "x": [2.0, 3.0, 1.0], "direction": [1.0, 1.0, -1.0]}
    >>> evaluate(Sweep(x, y, z, width="1s"), **trades)["levels"]
    [1.0, 2.0, 1.0]
    """

    price: Expr
    x: Expr
    direction: Expr
    width: Duration

    outputs: ClassVar = ("levels", "total")
    registers: ClassVar = np.dtype(
        [(name, "i8") for name in ("side", "start", "taken")]
        + [(name, "f8") for name in ("furthest", "amount", "carry")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}

    def check(self) -> None:
        self.require("width must not be negative", self.width >= 0, self.width)

    def unit_of(self, output: str) -> str:
        return ONE if output == "levels" else self.x.unit
