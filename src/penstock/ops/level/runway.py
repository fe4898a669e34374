"""How far it is from a level to the next strong one, and whether something stands in between."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.level import LEVELS_AT, OTHERS, VALUES, WAYS


@jit
def _kernel(
    next_level: F8,
    distance: F8,
    obstructed: F8,
    level: F8,
    ways: F8,
    strong: F8,
    strikes: F8,
    gross: F8,
    separation: float,
    least: float,
    share: float,
) -> None:
    for i in range(level.shape[0]):
        most = 0.0
        for j in range(strikes.shape[1]):
            if maths.is_finite(strikes[i, j]) and gross[i, j] > most:
                most = gross[i, j]
        for k in range(level.shape[1]):
            next_level[i, k], distance[i, k], obstructed[i, k] = np.nan, np.nan, np.nan
            from_, way = level[i, k], ways[i, k]
            if not maths.is_finite(from_) or not (way > 0.0 or way < 0.0):
                continue
            sign, best = 1.0 if way > 0.0 else -1.0, np.inf
            for j in range(strong.shape[1]):
                ahead = sign * (strong[i, j] - from_)
                if ahead > separation + 1e-9 and ahead < best:
                    best = ahead
                    next_level[i, k] = strong[i, j]
            obstructed[i, k] = 0.0
            if best == np.inf:
                next_level[i, k] = np.nan
                continue
            distance[i, k] = best
            if best < least:
                obstructed[i, k] = 1.0
            for j in range(strikes.shape[1]):
                ahead = sign * (strikes[i, j] - from_)
                if 1e-9 < ahead < best - 1e-9 and most > 0.0 and gross[i, j] >= share * most:
                    obstructed[i, k] = 1.0


def _oracle(
    level: F8, ways: F8, strong: F8, strikes: F8, gross: F8, separation: float, least: float, share: float
) -> dict[str, F8]:  # fmt: skip
    out = {name: np.full(level.shape, np.nan) for name in Runway.outputs}
    for t, k in np.ndindex(level.shape):
        origin, way = level[t, k], np.sign(ways[t, k])
        if not np.isfinite(origin) or np.isnan(way) or way == 0:
            continue
        beyond = [x for x in strong[t] if np.isfinite(x) and way * (x - origin) > separation + 1e-9]
        out["obstructed"][t, k] = 0.0
        if not beyond:
            continue
        target = min(beyond, key=lambda x: way * x)
        out["next_level"][t, k] = target
        out["distance"][t, k] = abs(target - origin)
        real = np.isfinite(strikes[t])
        between = real & (way * (strikes[t] - origin) > 1e-9) & (way * (target - strikes[t]) > 1e-9)
        most = np.nan_to_num(gross[t][real], nan=0.0).max(initial=0.0)
        heavy = most > 0 and (gross[t][between] >= share * most).any()
        out["obstructed"][t, k] = float(abs(target - origin) < least or heavy)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Runway(Operator):
    r"""The next strong level beyond a level, how far it is, and whether the way there is obstructed.

    .. math:: n = \operatorname{arg\,min}_{L' : d (L' - L) > \epsilon} d (L' - L)

    Notes
    -----
    Seed: none. NaN: where there is no level or no direction d (`ways`); `next_level` and `distance` where
    no strong level lies ahead. Warm-up: 1. Unit: that of `level`, 1 for `obstructed`. It is 1 where the
    distance is below `least`, or a strike strictly between holds at least `share` of the most that any strike holds
    (`gross`); 0 where not, and where nothing lies ahead.

    References
    ----------
    Osler, C. L. (2003). Currency orders and exchange rate dynamics: an explanation for the predictive success of
    technical analysis. Journal of Finance 58(5), 1791-1819.

    Examples
    --------
    >>> node = Runway(**Runway.example)
    >>> node.outputs
    ('next_level', 'distance', 'obstructed')
    """

    level: Expr
    ways: Expr
    strong: Expr
    strikes: Expr
    gross: Expr
    separation: float = 0.10
    least: float = 1.0
    share: float = 0.5

    outputs: ClassVar = ("next_level", "distance", "obstructed")
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "level": LEVELS_AT, "ways": WAYS, "strong": VALUES, "strikes": OTHERS, "gross": VALUES,
    }  # fmt: skip
    exempt: ClassVar = {"unit": "the separation is in the unit of the price"}

    def check(self) -> None:
        same = self.level.cells == self.ways.cells and self.strikes.cells == self.gross.cells
        self.require("level and ways, strikes and gross must be as wide", same, self.level.cells)

    @property
    def cells(self) -> int:
        return self.level.cells

    def unit_of(self, output: str) -> str:
        return ONE if output == "obstructed" else self.level.unit
