"""All levels side by side: those that exist once, strikes, and round numbers near the price."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.level import LEVELS_AT, SPOT, VALUES, near


@jit
def _kernel(
    out: F8,
    single: F8,
    strike: F8,
    spot: F8,
    singles: int,
    strikes: int,
    rounds: int,
    reach: float,
    step: float,
    span: float,
) -> None:
    for i in range(spot.size):
        for k in range(singles):
            out[i, k] = single[i, k]
        for k in range(strikes):
            level = strike[i, k]
            out[i, singles + k] = level if near(spot[i], level, reach) else np.nan
        for k in range(rounds):
            out[i, singles + strikes + k] = np.nan
        if maths.is_finite(spot[i]) and abs(spot[i]) < 1e15 * step:
            number = int(maths.ceil((spot[i] - span) / step - 1e-9))
            while near(spot[i], number * step, span):
                out[i, singles + strikes + number % rounds] = number * step
                number += 1


def _oracle(single: F8, strike: F8, spot: F8, reach: float, step: float, span: float) -> F8:
    rounds = LevelUniverse.room(step, span)
    out = np.full((spot.size, single.shape[1] + strike.shape[1] + rounds), np.nan)
    out[:, : single.shape[1]] = single
    close = abs(strike - spot[:, None]) <= reach + 1e-9
    out[:, single.shape[1] : -rounds] = np.where(close, strike, np.nan)
    for t, price in enumerate(spot.tolist()):
        if np.isfinite(price):
            around = round(price / step) + np.arange(-2 * rounds, 2 * rounds + 1)
            for number in around[abs(around * step - price) <= span + 1e-9].tolist():
                out[t, single.shape[1] + strike.shape[1] + number % rounds] = number * step
    return out


@dataclass(frozen=True, eq=False, repr=False)
class LevelUniverse(Operator):
    r"""The levels at each tick, in one wide column: single ones, strikes within `reach`, round numbers within `span`.

    .. math:: L_t = (l_{t,1}, \dots, l_{t,m}, \; \{K : |K - S_t| \le d_K\}, \; \{n s : |n s - S_t| \le d_R\})

    Notes
    -----
    Seed: none. NaN: where there is no level, and none that is near where the price is not finite. Warm-up: 1.
    Unit: that of `single`. A round number n s stands at the cell n modulo their count, so that it keeps its cell
    while it is near.

    References
    ----------
    Osler, C. L. (2003). Currency orders and exchange rate dynamics: an explanation for the predictive success of
    technical analysis. Journal of Finance 58(5), 1791-1819.

    Examples
    --------
    >>> node = LevelUniverse(LEVELS_AT, VALUES, SPOT, reach=5.0, step=1.0, span=1.0)
    >>> cells = evaluate(node, single=[[9.0] * 5], strike=[[10.0, 20.0, 30.0, 40.0, 50.0]], spot=[10.4])[0]
    >>> cells[5:7], cells[-2:]
    ([10.0, nan], [10.0, 11.0])
    """

    single: Expr
    strike: Expr
    spot: Expr
    reach: float = 5.0
    step: float = 1.0
    span: float = 5.0

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "single": LEVELS_AT,
        "strike": VALUES,
        "spot": SPOT,
        "step": 2.0,
        "span": 5.0,
    }
    exempt: ClassVar = {"unit": "the step of round numbers is in the unit of the price"}

    @staticmethod
    def room(step: float, span: float) -> int:
        """Cells for round numbers: a power of two that all within the span fit in."""
        return 1 << int(2.0 * span / step + 1.0).bit_length()

    def check(self) -> None:
        for name in ("reach", "step", "span"):
            self.require(f"{name} must be positive", getattr(self, name) > 0.0, getattr(self, name))
        self.require("single must be a wide column", self.single.cells > 1, self.single.text)
        self.require("strike must be a wide column", self.strike.cells > 1, self.strike.text)

    @property
    def singles(self) -> int:
        """Cells of single levels."""
        return self.single.cells

    @property
    def strikes(self) -> int:
        """Cells of strikes."""
        return self.strike.cells

    @property
    def rounds(self) -> int:
        """Cells of round numbers."""
        return self.room(self.step, self.span)

    @property
    def cells(self) -> int:
        return self.singles + self.strikes + self.rounds
