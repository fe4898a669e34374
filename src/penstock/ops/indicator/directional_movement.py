"""Directional movement of a bar."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(plus: F8, minus: F8, high: F8, low: F8) -> None:
    for i in range(plus.size):
        up, down = high[i + 1] - high[i], low[i] - low[i + 1]
        known = maths.is_finite(up) & maths.is_finite(down)
        rise = up if (up > down) & (up > 0.0) else 0.0
        fall = down if (down > up) & (down > 0.0) else 0.0
        plus[i], minus[i] = rise if known else np.nan, fall if known else np.nan


def _oracle(high: F8, low: F8) -> dict[str, F8]:
    out = {name: np.full(high.size, np.nan) for name in ("plus", "minus")}
    for t in range(1, high.size):
        up, down = high[t] - high[t - 1], low[t - 1] - low[t]
        if np.isfinite([up, down]).all():
            out["plus"][t] = up if up > max(down, 0.0) else 0.0
            out["minus"][t] = down if down > max(up, 0.0) else 0.0
    return out


@dataclass(frozen=True, eq=False, repr=False)
class DirectionalMovement(Operator):
    r"""How far a bar reaches beyond the previous one, on the side where it reaches farther.

    .. math::
        u_t = h_t - h_{t-1}, \; d_t = l_{t-1} - l_t, \quad
        y^+_t = u_t \, 1[u_t > \max(d_t, 0)], \quad
        y^-_t = d_t \, 1[d_t > \max(u_t, 0)]

    Notes
    -----
    Seed: none. NaN: NaN where a high or low of this bar or of the previous one is not finite.
    Warm-up: 2. Unit: that of the operands. Equal moves are both 0.

    References
    ----------
    Wilder, J. W. (1978). New Concepts in Technical Trading Systems. Trend Research, section IV.

    Examples
    --------
    >>> evaluate(DirectionalMovement(x, y), high=[2.0, 5.0], low=[1.0, 0.5])
    {'plus': [nan, 3.0], 'minus': [nan, 0.0]}
    """

    high: Expr
    low: Expr

    outputs: ClassVar = ("plus", "minus")
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def check(self) -> None:
        units = {x.unit for x in self.operands}
        self.require("all operands must have one unit", len(units) == 1, sorted(units))

    @property
    def lookback(self) -> int:
        return 1

    @property
    def warmup(self) -> int:
        return 2
