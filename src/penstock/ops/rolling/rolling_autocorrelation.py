"""Autocovariance and autocorrelation over the last ticks.

Distances to an anchor, their squares and their products with what was `lag` ticks before are laid
out from the newest value back, as in `RollingMoments`; every `window` - `lag` ticks, so that the
oldest product that counts is always among those laid out.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE, power
from penstock.expr import Expr, Operator

SUMS = ("e", "ee", "pairs")


@jit
def _lay_out(history: np.ndarray, x: F8, start: int, window: int, lag: int, anchor: float) -> None:
    total, squares, products = 0.0, 0.0, 0.0
    for j in range(window - 1, -1, -1):
        e = x[start + j] - anchor
        total, squares = total + e, squares + e * e
        if j >= lag:
            products += e * (x[start + j - lag] - anchor)
        rest = history[j]
        rest["e"], rest["ee"], rest["pairs"] = total, squares, products


@jit
def _kernel(
    covariance: F8,
    correlation: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    lag: int,
) -> None:
    s = registers[0]
    total, squares, products, anchor = s["e"], s["ee"], s["pairs"], s["anchor"]
    entered, full = s["entered"], s["full"]
    for i in range(covariance.size):
        new = i + window
        entered += 1
        if entered == window - lag:
            # what is not finite spoils every window that this anchor serves
            anchor = x[new] if maths.is_finite(x[new]) else 0.0
            _lay_out(history, x, i + 1, window, lag, anchor)
            total, squares, products, entered = 0.0, 0.0, 0.0, 0
        else:
            e = x[new] - anchor
            total, squares = total + e, squares + e * e
            products += e * (x[new - lag] - anchor)
        full = min(full + 1, window)
        old, later = history[entered], history[entered + lag]
        late = 0.0
        for j in range(lag):
            late += x[new - j] - anchor
        every = old["e"] + total
        d = every / window
        product = (later["pairs"] + products) - d * ((later["e"] + total) + (every - late))
        product += (window - lag) * d * d
        square = (old["ee"] + squares) - every * d
        known = full >= window and maths.is_finite(square)
        covariance[i] = product / window if known else np.nan
        correlation[i] = maths.divide(product, square) if known else np.nan
    s["e"], s["ee"], s["pairs"], s["anchor"] = total, squares, products, anchor
    s["entered"], s["full"] = entered, full


def _oracle(x: F8, window: int, lag: int) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("covariance", "correlation")}
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            d = (values - values[0]).astype(np.longdouble)
            d -= d.mean()
            product = np.sum(d[lag:] * d[: window - lag])
            out["covariance"][t] = product / window
            if not (values == values[0]).all():
                out["correlation"][t] = product / np.sum(d * d)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingAutocorrelation(Operator):
    r"""Autocovariance and autocorrelation of the last `window` values at one lag.

    .. math::
        \gamma_k = \frac{1}{w} \sum_{i=t-w+1+k}^{t} (x_i - \bar x_t)(x_{i-k} - \bar x_t), \quad
        \rho_k = \gamma_k / \gamma_0

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    the square of that of `x` for the covariance, none for the correlation. All terms have the mean
    of the whole window and the divisor is `window`, so the correlations of all lags are those of
    one process. A flat window has no correlation.

    References
    ----------
    Box, G. E. P., Jenkins, G. M. (1970). Time Series Analysis, section 2.1.5.

    Examples
    --------
    >>> evaluate(RollingAutocorrelation(x, window=4, lag=1), x=[1.0, -1.0, 1.0, -1.0])["correlation"]
    [nan, nan, nan, -0.75]
    """

    x: Expr
    window: int
    lag: int = 1

    outputs: ClassVar = ("covariance", "correlation")
    registers: ClassVar = np.dtype(
        [(name, "f8") for name in (*SUMS, "anchor")] + [("entered", "i8"), ("full", "i8")]
    )
    history: ClassVar = np.dtype([(name, "f8") for name in SUMS])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "lag": 2}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)
        self.require("lag must be from 1 to below window", 1 <= self.lag < self.window, self.lag)

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
        return power(self.x.unit, 2) if output == "covariance" else ONE
