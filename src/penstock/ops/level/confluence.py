"""How many kinds of levels stand at one price."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.level import LEVELS_AT, VALUES, near


@jit
def _kernel(out: F8, level: F8, levels: F8, singles: int, strikes: int, tolerance: float) -> None:
    for i in range(level.shape[0]):
        for k in range(level.shape[1]):
            out[i, k] = np.nan
            if not maths.is_finite(level[i, k]):
                continue
            found, strike, number = 0, 0, 0
            for j in range(levels.shape[1]):
                if near(levels[i, j], level[i, k], tolerance):
                    if j < singles:
                        found += 1
                    elif j < singles + strikes:
                        strike = 1
                    else:
                        number = 1
            out[i, k] = float(found + strike + number)


def _oracle(level: F8, levels: F8, singles: int, strikes: int, tolerance: float) -> F8:
    out = np.full(level.shape, np.nan)
    kinds = [*range(singles), *[-1] * strikes, *[-2] * (levels.shape[1] - singles - strikes)]
    for t, k in np.argwhere(np.isfinite(level)).tolist():
        close = np.flatnonzero(abs(levels[t] - level[t, k]) <= tolerance + 1e-9)
        out[t, k] = len({kinds[j] for j in close})
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Confluence(Operator):
    r"""How many kinds of levels lie within a tolerance of a price.

    .. math:: n_t = |\{ \operatorname{kind}(L') : |L' - L| \le \epsilon \}|

    Notes
    -----
    Seed: none. NaN: where there is no level. Warm-up: 1. Unit: 1. Each single level is a kind, all strikes are one
    and all round numbers one. A billionth is granted.

    References
    ----------
    Osler, C. L. (2000). Support for resistance: technical analysis and intraday exchange rates. Federal Reserve Bank
    of New York Economic Policy Review 6(2), 53-68.

    Examples
    --------
    >>> node = Confluence(VALUES, LEVELS_AT, singles=3, strikes=2, tolerance=0.1)
    >>> evaluate(node, level=[[10.0] * 5], levels=[[10.1, 9.0, 10.0, 10.0, 10.0]])[0][0]
    3.0
    """

    level: Expr
    levels: Expr
    singles: int
    strikes: int
    tolerance: float = 0.10

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "level": VALUES, "levels": LEVELS_AT, "singles": 2, "strikes": 2, "tolerance": 1.0,
    }  # fmt: skip
    exempt: ClassVar = {"unit": "the tolerance is in the unit of the price"}

    def check(self) -> None:
        self.require("tolerance must not be negative", self.tolerance >= 0.0, self.tolerance)

    @property
    def cells(self) -> int:
        return self.level.cells

    @property
    def unit(self) -> str:
        return ONE
