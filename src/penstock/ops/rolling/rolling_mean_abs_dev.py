"""Mean absolute deviation over the last values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR


@jit
def _distance(x: F8, first: float, mean: float) -> tuple[float, float]:
    """Sums of distances to `first` + `mean`, signed and absolute; four at a time, so that they overlap."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    e, f, g, h = 0.0, 0.0, 0.0, 0.0
    for j in range(0, x.size - 3, 4):
        p, q = (x[j] - first) - mean, (x[j + 1] - first) - mean
        r, s = (x[j + 2] - first) - mean, (x[j + 3] - first) - mean
        a, b, c, d = a + p, b + q, c + r, d + s
        e, f, g, h = e + abs(p), f + abs(q), g + abs(r), h + abs(s)
    for j in range(x.size - x.size % 4, x.size):
        p = (x[j] - first) - mean
        a, e = a + p, e + abs(p)
    return (a + b) + (c + d), (e + f) + (g + h)


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, window: int) -> None:
    s = registers[0]
    clean = s["clean"]  # finite values in a row
    for i in range(out.size):
        clean = clean + 1 if maths.is_finite(x[i + window]) else 0
        out[i] = np.nan
        if clean >= window:
            values = x[i + 1 : i + 1 + window]
            past, _ = _distance(values, values[0], 0.0)
            _, spread = _distance(values, values[0], past / window)
            out[i] = spread / window
    s["clean"] = clean


def _oracle(x: F8, window: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            shifted = (values - values[0]).astype(np.longdouble)
            out[t] = abs(shifted - shifted.mean()).mean()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingMeanAbsDev(Operator):
    r"""Mean distance of the last `window` values to their mean.

    .. math:: y_t = \frac{1}{w} \sum_{i=t-w+1}^{t} | x_i - \bar x_t |

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`. The mean is taken about a value of the window; a tick costs two passes over it.

    References
    ----------
    Lambert, D. R. (1980). Commodity channel index: tool for trading cyclic trends. Commodities
    9(10), 40-41.

    Examples
    --------
    >>> evaluate(RollingMeanAbsDev(x, window=2), x=[1.0, 3.0, 3.0])
    [nan, 1.0, 0.0]
    """

    x: Expr
    window: int

    registers: ClassVar = np.dtype([("clean", "i8")])
    cost: ClassVar = LINEAR
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
