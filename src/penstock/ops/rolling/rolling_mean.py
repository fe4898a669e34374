"""Mean over the last ticks."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _lay_out(history: np.ndarray, x: F8, start: int, window: int) -> None:
    total, carry = 0.0, 0.0
    for j in range(window - 1, -1, -1):
        total, carry = maths.two_sum(total, carry, x[start + j])
        history[j]["sum"] = total + carry


@jit
def _kernel(
    out: F8, x: F8, registers: np.ndarray, history: np.ndarray, window: int, share: float
) -> None:
    s = registers[0]
    total, carry, entered, full = s["total"], s["carry"], s["entered"], s["full"]
    for i in range(out.size):
        entered += 1
        if entered == window:
            _lay_out(history, x, i + 1, window)
            total, carry, entered, full = 0.0, 0.0, 0, 1
        else:
            total, carry = maths.two_sum(total, carry, x[i + window])
        mean = (history[entered]["sum"] + (total + carry)) * share
        out[i] = mean if full == 1 and maths.is_finite(mean) else np.nan
    s["total"], s["carry"], s["entered"], s["full"] = total, carry, entered, full


def _oracle(x: F8, window: int) -> F8:
    out = np.full(x.size, np.nan)
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1]
        if np.isfinite(values).all():
            out[t] = values.astype(np.longdouble).sum() / window
    return out


@dataclass(frozen=True, eq=False, repr=False)
class RollingMean(Operator):
    r"""Mean of the last `window` values.

    .. math:: y_t = \frac{1}{w} \sum_{i=t-w+1}^{t} x_i

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`. Compensated; laid out as in `RollingSum`, so a value leaves without a trace. The
    mean of `RollingMoments` is for free beside a deviation.

    References
    ----------
    Neumaier, A. (1974). Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen.
    ZAMM 54, 39-51.

    Examples
    --------
    >>> evaluate(RollingMean(x, window=2), x=[1.0, 3.0, 2.0])
    [nan, 2.0, 2.5]
    """

    x: Expr
    window: int

    registers: ClassVar = np.dtype(
        [("total", "f8"), ("carry", "f8"), ("entered", "i8"), ("full", "i8")]
    )
    history: ClassVar = np.dtype([("sum", "f8")])
    ahead: ClassVar = "entered"
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)

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
