"""Largest loss within the last ticks."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, window: int) -> None:
    s = registers[0]
    clean = s["clean"]  # positive values in a row
    for i in range(out.size):
        clean = clean + 1 if 0.0 < x[i + window] < np.inf else 0
        out[i] = np.nan
        if clean >= window:
            peak, worst = 0.0, 0.0
            for j in range(i + 1, i + 1 + window):
                peak = max(peak, x[j])
                worst = min(worst, x[j] / peak - 1.0)
            out[i] = worst
    s["clean"] = clean


def _oracle(x: F8, window: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if (np.isfinite(values) & (values > 0.0)).all():
            out[t] = min(values[b] / values[a] - 1.0 for b in range(window) for a in range(b + 1))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingDrawdown(Operator):
    r"""Largest relative fall from an earlier to a later one of the last `window` values.

    .. math:: y_t = \min_{t-w < i \le j \le t} \frac{x_j}{x_i} - 1

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not positive and finite is in the window. Warm-up:
    `window`. Unit: 1. At most 0. A tick costs one pass over the window.

    References
    ----------
    Magdon-Ismail, M., Atiya, A. F. (2004). Maximum drawdown. Risk 17(10), 99-102.

    Examples
    --------
    >>> evaluate(RollingDrawdown(x, window=3), x=[2.0, 4.0, 3.0, 3.0])
    [nan, nan, -0.25, -0.25]
    """

    x: Expr
    window: int

    registers: ClassVar = np.dtype([("clean", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
