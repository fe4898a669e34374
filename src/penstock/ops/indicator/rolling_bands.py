"""Mean and bands of deviations about it over the last ticks.

Distances to an anchor and their squares are summed, laid out and re-anchored as in `RollingMoments`.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _lay_out(history: np.ndarray, x: F8, start: int, window: int, anchor: float) -> None:
    total, squares = 0.0, 0.0
    for j in range(window - 1, -1, -1):
        e = x[start + j] - anchor
        total, squares = total + e, squares + e * e
        history[j]["e"], history[j]["ee"] = total, squares


@jit
def _kernel(
    lower: F8,
    middle: F8,
    upper: F8,
    x: F8,
    registers: np.ndarray,
    history: np.ndarray,
    window: int,
    share: float,
    deviations: float,
) -> None:
    s = registers[0]
    total, squares, anchor = s["e"], s["ee"], s["anchor"]
    entered, full = s["entered"], s["full"]
    for i in range(lower.size):
        entered += 1
        if entered == window:
            # what is not finite spoils every window that this anchor serves
            anchor = x[i + window] if maths.is_finite(x[i + window]) else 0.0
            _lay_out(history, x, i + 1, window, anchor)
            total, squares, entered, full = 0.0, 0.0, 0, 1
        else:
            e = x[i + window] - anchor
            total, squares = total + e, squares + e * e
        rest = history[entered]
        every = rest["e"] + total
        d = every * share
        square = (rest["ee"] + squares) - every * d
        reach = deviations * maths.sqrt(max(square, 0.0) * share)
        mean = anchor + d if full == 1 and maths.is_finite(square) else np.nan
        lower[i], middle[i], upper[i] = mean - reach, mean, mean + reach
    s["e"], s["ee"], s["anchor"] = total, squares, anchor
    s["entered"], s["full"] = entered, full


def _oracle(x: F8, window: int, deviations: float) -> dict[str, F8]:
    out = {name: np.full(x.size, np.nan) for name in ("lower", "middle", "upper")}
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            shifted = (values - values[0]).astype(np.longdouble)
            mean, reach = values[0] + shifted.mean(), deviations * shifted.std()
            out["lower"][t], out["middle"][t], out["upper"][t] = mean - reach, mean, mean + reach
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingBands(Operator):
    r"""Bollinger's bands: the mean of the last values, and so many standard deviations below and above it.

    .. math::
        m_t = \frac{1}{w} \sum_{i=t-w+1}^{t} x_i, \quad
        s_t^2 = \frac{1}{w} \sum_{i=t-w+1}^{t} (x_i - m_t)^2, \quad
        m_t \pm k s_t

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`. The divisor of the variance is w, as Bollinger has it.

    References
    ----------
    Bollinger, J. (2001). Bollinger on Bollinger Bands. McGraw-Hill, chapter 7.

    Examples
    --------
    >>> evaluate(RollingBands(x, window=2), x=[1.0, 3.0])["upper"]
    [nan, 4.0]
    """

    x: Expr
    window: int
    deviations: float = 2.0

    outputs: ClassVar = ("lower", "middle", "upper")
    registers: ClassVar = np.dtype(
        [("e", "f8"), ("ee", "f8"), ("anchor", "f8"), ("entered", "i8"), ("full", "i8")]
    )
    history: ClassVar = np.dtype([("e", "f8"), ("ee", "f8")])
    ahead: ClassVar = "entered"
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 2", self.window >= 2, self.window)
        self.require("deviations must be positive", self.deviations > 0.0, self.deviations)

    @property
    def share(self) -> float:
        """The weight of one value."""
        return 1.0 / self.window

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def history_items(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window
