"""L-moments of the last values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.ops.rolling.ordered import ORDERED, REGISTERS, move_on


@jit
def _kernel(
    scale: F8,
    skew: F8,
    kurtosis: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
) -> None:
    s = registers[0]
    seen, size = s["seen"], s["size"]
    for i in range(scale.size):
        size = move_on(history, seen, size, x[i], x[i + window], window)
        seen += 1
        scale[i], skew[i], kurtosis[i] = np.nan, np.nan, np.nan
        if size == window:
            first, b0, b1, b2, b3 = history[0]["value"], 0.0, 0.0, 0.0, 0.0
            for j in range(window):
                e = history[j]["value"] - first
                b0 += e
                b1 += e * float(j)
                b2 += e * (float(j) * float(j - 1))
                b3 += e * (float(j) * float(j - 1) * float(j - 2))
            n = float(window)
            b0, b1 = b0 / n, b1 / (n * (n - 1.0))
            b2 /= n * (n - 1.0) * (n - 2.0)
            b3 /= n * (n - 1.0) * (n - 2.0) * (n - 3.0)
            l2 = 2.0 * b1 - b0
            scale[i] = l2
            skew[i] = maths.divide(6.0 * b2 - 6.0 * b1 + b0, l2)
            kurtosis[i] = maths.divide(20.0 * b3 - 30.0 * b2 + 12.0 * b1 - b0, l2)
    s["seen"], s["size"] = seen, size


def _oracle(x: F8, window: int) -> dict[str, F8]:
    """Mean differences of order statistics: weights of shifted Legendre polynomials over ranks."""
    out = {name: np.full(x.size, np.nan) for name in ("scale", "skew", "kurtosis")}
    ranks, n = np.arange(window, dtype=np.longdouble), window
    p1 = ranks / (n - 1)
    p2 = p1 * (ranks - 1) / (n - 2)
    p3 = p2 * (ranks - 2) / (n - 3)
    weights = (2 * p1 - 1, 6 * p2 - 6 * p1 + 1, 20 * p3 - 30 * p2 + 12 * p1 - 1)
    for t in range(window - 1, x.size):
        values = np.sort(x[t - window + 1 : t + 1])
        if np.isfinite(values).all():
            shifted = (values - values[0]).astype(np.longdouble)
            l2, l3, l4 = (np.mean(weight * shifted) for weight in weights)
            out["scale"][t] = l2
            if values[0] != values[-1]:
                out["skew"][t], out["kurtosis"][t] = l3 / l2, l4 / l2
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingLMoments(Operator):
    r"""L-scale, L-skewness and L-kurtosis of the last `window` values.

    .. math::
        b_r = \frac{1}{w} \sum_{j=1}^{w} \frac{(j-1) \cdots (j-r)}{(w-1) \cdots (w-r)} x_{(j)}, \quad
        \lambda_2 = 2 b_1 - b_0, \quad
        \tau_3 = \frac{6 b_2 - 6 b_1 + b_0}{\lambda_2}, \quad
        \tau_4 = \frac{20 b_3 - 30 b_2 + 12 b_1 - b_0}{\lambda_2}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x` for the scale, none for the ratios. The ratios of a flat window are NaN. Unbiased
    weighted moments; a tick costs one pass over the values in order.

    References
    ----------
    Hosking, J. R. M. (1990). L-moments: analysis and estimation of distributions using linear
    combinations of order statistics. Journal of the Royal Statistical Society B 52(1), 105-124.

    Examples
    --------
    >>> evaluate(RollingLMoments(x, window=4), x=[1.0, 2.0, 4.0, 3.0])["scale"]
    [nan, nan, nan, 0.8333333]
    """

    x: Expr
    window: int

    outputs: ClassVar = ("scale", "skew", "kurtosis")
    registers: ClassVar = REGISTERS
    history: ClassVar = ORDERED
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 4", self.window >= 4, self.window)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window

    def unit_of(self, output: str) -> str:
        return self.x.unit if output == "scale" else ONE
