"""Autocorrelations over the last ticks at all lags up to one.

Laid out as in `RollingAutocorrelation`, with a sum of products for every lag.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator


@jit
def _lay_out(history: np.ndarray, x: F8, start: int, window: int, lags: int, anchor: float) -> None:
    """Row j of the history holds the sums over the window from its j-th value on: values, squares, products by lag."""
    width = lags + 2
    for c in range(width):
        history[window * width + c]["value"] = 0.0
    for j in range(window - 1, -1, -1):
        e, row, after = x[start + j] - anchor, j * width, (j + 1) * width
        history[row]["value"] = history[after]["value"] + e
        history[row + 1]["value"] = history[after + 1]["value"] + e * e
        for k in range(1, lags + 1):
            product = e * (x[start + j - k] - anchor) if j >= k else 0.0
            history[row + 1 + k]["value"] = history[after + 1 + k]["value"] + product


@jit
def _kernel(
    out: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    lags: int,
) -> None:
    s = registers[0]
    anchor, entered, full = s["anchor"], s["entered"], s["full"]
    width, fresh = (
        lags + 2,
        (window + 1) * (lags + 2),
    )  # the sums of what entered lie behind the rows
    for i in range(out.shape[0]):
        new = i + window
        entered += 1
        if entered == window - lags:
            # what is not finite spoils every window that this anchor serves
            anchor = x[new] if maths.is_finite(x[new]) else 0.0
            _lay_out(history, x, i + 1, window, lags, anchor)
            entered = 0
            for c in range(width):
                history[fresh + c]["value"] = 0.0
        else:
            e = x[new] - anchor
            history[fresh]["value"] += e
            history[fresh + 1]["value"] += e * e
            for k in range(1, lags + 1):
                history[fresh + 1 + k]["value"] += e * (x[new - k] - anchor)
        full = min(full + 1, window)
        every = history[entered * width]["value"] + history[fresh]["value"]
        d = every / window
        squares = history[entered * width + 1]["value"] + history[fresh + 1]["value"]
        square = squares - every * d
        known = full >= window and maths.is_finite(square) and square > 0.0
        early, late = 0.0, 0.0
        for k in range(1, lags + 1):
            early += x[i + k] - anchor
            late += x[new - k + 1] - anchor
            pairs = (
                history[(entered + k) * width + 1 + k]["value"] + history[fresh + 1 + k]["value"]
            )
            product = pairs - d * ((every - early) + (every - late)) + (window - k) * d * d
            out[i, k - 1] = product / square if known else np.nan
    s["anchor"], s["entered"], s["full"] = anchor, entered, full


def _oracle(x: F8, window: int, lags: int) -> F8:
    out = np.full((x.size, lags), np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all() and not (values == values[0]).all():
            d = (values - values[0]).astype(np.longdouble)
            d -= d.mean()
            for k in range(1, lags + 1):
                out[t, k - 1] = np.sum(d[k:] * d[: window - k]) / np.sum(d * d)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingAutocorrelations(Operator):
    r"""Autocorrelations of the last `window` values at lags 1 to `lags`, one a cell.

    .. math::
        \rho_k = \frac{\sum_{i=t-w+1+k}^{t} (x_i - \bar x_t)(x_{i-k} - \bar x_t)}
        {\sum_{i=t-w+1}^{t} (x_i - \bar x_t)^2}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window, and where it is flat.
    Warm-up: `window`. Unit: 1; a wide column. All lags have the mean and the divisor of the whole
    window, as `RollingAutocorrelation` has. A tick costs one product a lag; the sums of every lag
    are kept for every place of the window.

    References
    ----------
    Box, G. E. P., Jenkins, G. M. (1970). Time Series Analysis, section 2.1.5.

    Examples
    --------
    >>> evaluate(RollingAutocorrelations(x, window=4, lags=2), x=[1.0, -1.0, 1.0, -1.0])[-1]
    [-0.75, 0.5]
    """

    x: Expr
    window: int
    lags: int

    registers: ClassVar = np.dtype([("anchor", "f8"), ("entered", "i8"), ("full", "i8")])
    history: ClassVar = np.dtype([("value", "f8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 9, "lags": 3}

    def check(self) -> None:
        rule = "lags must be at least 2 and below window"
        self.require(rule, 2 <= self.lags < self.window, self.lags)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return (self.window + 2) * (self.lags + 2)

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def unit(self) -> str:
        return ONE

    @property
    def cells(self) -> int:
        return self.lags
