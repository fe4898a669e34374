"""The strike that holds most on one side of the price."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.option import COLUMNS


@jit
def _kernel(
    out: F8,
    strikes: F8,
    values: F8,
    spot: F8,
    registers: np.ndarray,
    side: int,
    hysteresis: float,
    least: float,
) -> None:
    s = registers[0]
    for i in range(spot.size):
        best, most, held = np.nan, -np.inf, np.nan
        for k in range(strikes.shape[1]):
            level, value = strikes[i, k], values[i, k]
            if not (side * (level - spot[i]) >= -1e-9 and maths.is_finite(value)):
                continue
            if s["known"] == 1 and abs(level - s["wall"]) <= 1e-9:
                held = value
            if value > most or (value == most and abs(level - spot[i]) < abs(best - spot[i])):
                best, most = level, value
        if not most >= least:
            s["known"] = 0
        elif not (s["known"] == 1 and held >= least and most <= (1.0 + hysteresis) * held):
            s["known"], s["wall"] = 1, best
        out[i] = s["wall"] if s["known"] == 1 else np.nan


def _oracle(strikes: F8, values: F8, spot: F8, side: int, hysteresis: float, least: float) -> F8:
    out, wall = np.full(spot.size, np.nan), np.nan
    for t, price in enumerate(spot.tolist()):
        rows = zip(strikes[t].tolist(), values[t].tolist(), strict=True)
        there = [(k, v) for k, v in rows if side * (k - price) >= -1e-9 and np.isfinite(v)]
        strong = [(k, v) for k, v in there if v >= least]
        old = [v for k, v in there if abs(k - wall) <= 1e-9]
        if not strong:
            wall = np.nan
        else:
            best = max(strong, key=lambda one: (one[1], -abs(one[0] - price)))
            if not old or old[-1] < least or best[1] > (1 + hysteresis) * old[-1]:
                wall = best[0]
        out[t] = wall
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Wall(Operator):
    r"""The strike with most of something at or above the price (`side` 1: a call wall), or below (-1: a put wall).

    .. math:: W_t = \operatorname{arg\,max}_{K : d (K - S_t) \ge 0} G_{K,t}

    Notes
    -----
    Seed: none. NaN: where no strike holds `least`; a value that is not finite is passed over. Warm-up: 1. Unit: that
    of `strikes`. Of equal ones the nearest to the price. A wall that is still on its side gives way only to one
    that holds more than 1 + `hysteresis` times as much.

    References
    ----------
    Ni, S. X., Pearson, N. D., Poteshman, A. M. (2005). Stock price clustering on option expiration dates. Journal of
    Financial Economics 78(1), 49-87.

    Examples
    --------
    >>> node = Wall(**Wall.example | {"least": 1.0})
    >>> row = [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0]
    >>> evaluate(node, strikes=[row], values=[[5.0, 1.0, 3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0]], spot=[10.5])
    [12.0]
    """

    strikes: Expr
    values: Expr
    spot: Expr
    side: int = 1
    hysteresis: float = 0.10
    least: float = 1000.0

    registers: ClassVar = np.dtype([("wall", "f8"), ("known", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {n: COLUMNS[n] for n in ("strikes", "values", "spot")} | {"least": 50.0}
    exempt: ClassVar = {
        "unit": "the least that a wall holds is in the unit of the values",
        "warmup": "strikes on the right side of the price are needed, not any",
    }

    def check(self) -> None:
        self.require("side must be 1 or -1", self.side in (1, -1), self.side)
        self.require("hysteresis must not be negative", self.hysteresis >= 0.0, self.hysteresis)
        same = self.strikes.cells == self.values.cells
        self.require("strikes and values must be as wide", same, self.values.cells)

    @property
    def cells(self) -> int:
        return 1
