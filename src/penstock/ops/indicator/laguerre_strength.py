"""Relative strength between the stages of a Laguerre filter."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, gamma: float) -> None:
    s = registers[0]
    # each stage as its distance to the newest value: as the stages come together, their
    # differences keep all their digits
    a, b, c, d = s["a"], s["b"], s["c"], s["d"]
    last, n = s["last"], s["n"]
    for i in range(out.size):
        if maths.is_finite(x[i]):
            move = x[i] - last if n > 0 else 0.0
            last = x[i]
            n += 1
            p, q, r, t = a - move, b - move, c - move, d - move
            a = gamma * p
            b = p + gamma * (q - a)
            c = q + gamma * (r - b)
            d = r + gamma * (t - c)
        up = max(a - b, 0.0) + max(b - c, 0.0) + max(c - d, 0.0)
        down = max(b - a, 0.0) + max(c - b, 0.0) + max(d - c, 0.0)
        out[i] = maths.divide(up, up + down) if n >= 4 else np.nan
    s["a"], s["b"], s["c"], s["d"] = a, b, c, d
    s["last"], s["n"] = last, n


def _oracle(x: F8, gamma: float) -> F8:
    """The filter as printed, in exact fractions."""
    out, stages, g = np.full(x.size, np.nan), [], Fraction(gamma)
    n = 0
    for t in range(x.size):
        if np.isfinite(x[t]):
            n += 1
            price = Fraction(x[t])
            old = stages or [price] * 4
            stages = [(1 - g) * price + g * old[0]]
            for k in range(1, 4):
                stages.append(-g * stages[k - 1] + old[k - 1] + g * old[k])
        steps = [one - two for one, two in pairwise(stages)]
        moved = sum(map(abs, steps))
        if n >= 4 and moved:
            out[t] = float(sum(step for step in steps if step > 0) / moved)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class LaguerreStrength(Operator):
    r"""Ehlers's Laguerre RSI: how far the stages of a Laguerre filter fall from the newest to the oldest.

    .. math::
        L_0 = (1 - \gamma) x_t + \gamma L_0', \quad
        L_k = -\gamma L_{k-1} + L_{k-1}' + \gamma L_k', \quad
        y_t = \frac{U}{U + D}, \quad
        U = \sum_{k<3} \max(L_k - L_{k+1}, 0), \;
        D = \sum_{k<3} \max(L_{k+1} - L_k, 0)

    Notes
    -----
    Seed: all four stages from the first value; primes are of the tick before. NaN: skipped, and so
    is an infinity; NaN where the stages are equal. Warm-up: 4. Unit: 1, from 0 to 1.

    References
    ----------
    Ehlers, J. F. (2004). Cybernetic Analysis for Stocks and Futures. Wiley, chapter 14.

    Examples
    --------
    >>> evaluate(LaguerreStrength(x, gamma=0.5), x=[1.0, 2.0, 3.0, 4.0])
    [nan, nan, nan, 0.838710]
    """

    x: Expr
    gamma: float

    registers: ClassVar = np.dtype(
        [(name, "f8") for name in ("a", "b", "c", "d", "last")] + [("n", "i8")]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"gamma": 0.5}

    def check(self) -> None:
        self.require("gamma must be at least 0 and below 1", 0.0 <= self.gamma < 1.0, self.gamma)

    @property
    def warmup(self) -> int:
        return 4

    @property
    def unit(self) -> str:
        return ONE
