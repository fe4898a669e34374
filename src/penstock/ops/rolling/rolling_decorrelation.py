"""How long values remember: the first lag at which their autocorrelation is low."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR


@jit
def _kernel(out: F8, x: F8, window: int, level: float, registers: np.ndarray) -> None:
    s = registers[0]
    clean = s["clean"]
    for i in range(out.size):
        clean = min(clean + 1, window) if maths.is_finite(x[i + window]) else 0
        out[i] = np.nan
        if clean == window:
            values = x[i + 1 : i + window + 1]
            first, total, square = values[0], 0.0, 0.0
            for j in range(values.size):
                total += values[j] - first
            mean = total / window
            for j in range(values.size):
                e = (values[j] - first) - mean
                square += e * e
            if square > 0.0:
                lag, product = 0, square
                while lag < window and product >= level * square:
                    lag += 1
                    product = 0.0
                    later = values[lag:]
                    for j in range(later.size):
                        product += ((values[j] - first) - mean) * ((later[j] - first) - mean)
                out[i] = float(lag)
    s["clean"] = clean


def _oracle(x: F8, window: int, level: float) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all() and not (values == values[0]).all():
            d = (values - values[0]).astype(np.longdouble)
            d -= d.mean()
            lags = np.correlate(d, d, mode="full")[window - 1 :] / np.sum(d * d)
            low = np.flatnonzero(lags < level)
            out[t] = low[0] if low.size else window
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingDecorrelation(Operator):
    r"""First lag at which the autocorrelation of the last `window` values is below `level`.

    .. math:: y_t = \min \{ k : \rho_k < l \}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window, and where it is flat.
    Warm-up: `window`. Unit: 1. From 1 to `window`. A tick costs one pass over the window for every
    lag up to the one that is found.

    References
    ----------
    Box, G. E. P., Jenkins, G. M. (1970). Time Series Analysis, section 2.1.5. Liebert, W., Schuster,
    H. G. (1989). Proper choice of the time delay for the analysis of chaotic time series. Physics
    Letters A 142, 107-111.

    Examples
    --------
    >>> evaluate(RollingDecorrelation(x, window=4, level=0.2), x=[1.0, 2.0, 3.0, 4.0])
    [nan, nan, nan, 2.0]
    """

    x: Expr
    window: int
    level: float

    registers: ClassVar = np.dtype([("clean", "i8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "level": 0.3}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)
        self.require("level must be between 0 and 1", 0.0 < self.level < 1.0, self.level)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE
