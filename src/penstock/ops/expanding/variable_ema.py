"""Exponential average whose weight is a column."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.book import require_choice


@jit
def _kernel(out: F8, x: F8, alpha: F8, registers: np.ndarray, early: int) -> None:
    s = registers[0]
    y, n, seen = s["y"], s["n"], s["seen"]
    for i in range(out.size):
        if maths.is_finite(x[i]):
            if 0.0 <= alpha[i] <= 1.0:
                y = y + alpha[i] * (x[i] - y) if n > 0 or early * seen == 1 else x[i]
                n += 1
            elif n == 0:  # what may be the seed of the next
                y = x[i]
            seen = 1
        out[i] = y if n > 0 else np.nan
    s["y"], s["n"], s["seen"] = y, n, seen


def _oracle(x: F8, alpha: F8, seed: str = "first") -> F8:
    """The weights written out: what is left of each value after all later ones."""
    out, finite = np.full(x.size, np.nan), np.isfinite(x)
    known = finite & (alpha >= 0.0) & (alpha <= 1.0)
    earlier = np.flatnonzero(finite[: np.argmax(known)]) if known.any() else []
    for t in range(x.size):
        values, shares = x[: t + 1][known[: t + 1]], alpha[: t + 1][known[: t + 1]].copy()
        if values.size:
            if seed == "previous" and len(earlier):
                values, shares = np.append(x[earlier[-1]], values), np.append(1.0, shares)
            shares[0] = 1.0  # the seed
            left = np.append(np.cumprod((1.0 - shares)[::-1])[::-1][1:], 1.0)
            out[t] = np.dot(shares * left, values)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class VariableEma(Operator):
    r"""Exponential average with a weight of its own at every tick.

    .. math:: y_t = y_{t-1} + \alpha_t (x_t - y_{t-1}), \quad 0 \le \alpha_t \le 1

    Notes
    -----
    Seed: the first value that has a weight, or under ``seed="previous"`` the value before it. NaN:
    skipped, and so are an infinity and a tick whose weight is not from 0 to 1; the last average
    stands. Warm-up: 1. Unit: that of `x`. Kaufman's adaptive average, VIDYA and FRAMA are formulas
    over it.

    References
    ----------
    Kaufman, P. J. (1995). Smarter Trading. McGraw-Hill, chapter 7. Chande, T. S. (1992). Adapting
    moving averages to market volatility. Technical Analysis of Stocks & Commodities 10(3).

    Examples
    --------
    >>> evaluate(VariableEma(x, alpha=y), x=[1.0, 3.0, 3.0], alpha=[1.0, 0.5, 1.0])
    [1.0, 2.0, 3.0]
    """

    x: Expr
    alpha: Expr
    seed: str = "first"

    registers: ClassVar = np.dtype([("y", "f8"), ("n", "i8"), ("seen", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"seed": "previous"}
    exempt: ClassVar = {"unit": "the weight is a pure number"}

    def check(self) -> None:
        require_choice(self, "seed", self.seed, ("first", "previous"))

    @property
    def early(self) -> int:
        """Whether the seed is the value before the first that has a weight."""
        return int(self.seed == "previous")
