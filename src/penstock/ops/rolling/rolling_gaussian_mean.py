"""Mean of the last values with weights on a bell."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR


@jit
def _weigh(history: np.ndarray, window: int, centre: float, width: float) -> None:
    total = 0.0
    for j in range(window):
        away = (j - centre) / width
        history[j]["weight"] = maths.exp(-0.5 * away * away)
        total += history[j]["weight"]
    for j in range(window):
        history[j]["weight"] /= total


@jit
def _kernel(
    out: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    centre: float,
    width: float,
) -> None:
    s = registers[0]
    clean = s["clean"]  # finite values in a row
    if s["weighed"] == 0:
        _weigh(history, window, centre, width)
        s["weighed"] = 1
    for i in range(out.size):
        clean = clean + 1 if maths.is_finite(x[i + window]) else 0
        out[i] = np.nan
        if clean >= window:
            first, total = x[i + 1], 0.0
            for j in range(window):
                total += history[j]["weight"] * (x[i + 1 + j] - first)
            out[i] = first + total
    s["clean"] = clean


def _oracle(x: F8, window: int, offset: float, sigma: float) -> F8:
    out, place = np.full(x.size, np.nan), np.arange(window).astype(np.longdouble)
    weights = np.exp(-(((place - offset * (window - 1)) * sigma / window) ** 2) / 2)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            out[t] = values[0] + np.dot(weights, values - values[0]) / weights.sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingGaussianMean(Operator):
    r"""Mean of the last `window` values with the weights of a Gaussian bell.

    .. math::
        y_t = \frac{\sum_{i<w} g_i x_{t-w+1+i}}{\sum_{i<w} g_i}, \quad
        g_i = \exp \left( -\frac{(i - o (w - 1))^2}{2 (w / \sigma)^2} \right)

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`. The top of the bell lies at the share `offset` o of the way from the oldest value
    to the newest, and a larger `sigma` makes it narrower. A tick costs one pass over the window.

    References
    ----------
    Legoux, A., Kouzis-Loukas, D. (2009). ALMA: Arnaud Legoux Moving Average.

    Examples
    --------
    >>> evaluate(RollingGaussianMean(x, window=3, offset=0.5, sigma=6.0), x=[1.0, 5.0, 1.0])
    [nan, nan, 4.147944]
    """

    x: Expr
    window: int
    offset: float = 0.85
    sigma: float = 6.0

    registers: ClassVar = np.dtype([("clean", "i8"), ("weighed", "i8")])
    history: ClassVar = np.dtype([("weight", "f8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require("offset must be from 0 to 1", 0.0 <= self.offset <= 1.0, self.offset)
        self.require("sigma must be positive", self.sigma > 0.0, self.sigma)

    @property
    def centre(self) -> float:
        """Where the top of the bell lies, counted from the oldest value."""
        return self.offset * (self.window - 1.0)

    @property
    def width(self) -> float:
        """The standard deviation of the bell."""
        return self.window / self.sigma

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window
