"""Difference of a fractional order."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.expr.operator import LINEAR


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, window: int, order: float) -> None:
    s = registers[0]
    clean = s["clean"]  # finite values in a row
    for i in range(out.size):
        clean = clean + 1 if maths.is_finite(x[i + window]) else 0
        out[i] = np.nan
        if clean >= window:
            weight, total, carry = 1.0, 0.0, 0.0
            for k in range(window):
                total, carry = maths.two_sum(total, carry, weight * x[i + window - k])
                weight *= (k - order) / (k + 1.0)
            out[i] = total + carry
    s["clean"] = clean


def _oracle(x: F8, window: int, order: float) -> F8:
    out = np.full(x.size, np.nan)
    steps = np.arange(1, window).astype(np.longdouble)
    weights = np.cumprod(np.concatenate([[1.0], (steps - 1 - order) / steps]))
    for t in range(window - 1, x.size):
        values = x[t - window + 1 : t + 1][::-1]
        if np.isfinite(values).all():
            out[t] = np.dot(weights, values)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class FractionalDifference(Operator):
    r"""Difference of a fractional order over the last `window` values.

    .. math::
        y_t = \sum_{k=0}^{w-1} \omega_k x_{t-k}, \quad
        \omega_0 = 1, \; \omega_k = -\omega_{k-1} \frac{d - k + 1}{k}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: `window`. Unit:
    that of `x`. `order` d from 0 (the value) to 1 (the difference) keeps memory; the weights are
    those of (1 - B)^d, cut off after `window` terms. Compensated; a tick costs one pass over the
    window.

    References
    ----------
    Hosking, J. R. M. (1981). Fractional differencing. Biometrika 68(1), 165-176.

    Examples
    --------
    >>> evaluate(FractionalDifference(x, window=2, order=0.5), x=[1.0, 3.0, 2.0])
    [nan, 2.5, 0.5]
    """

    x: Expr
    window: int
    order: float

    registers: ClassVar = np.dtype([("clean", "i8")])
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"window": 7, "order": 0.4}

    def check(self) -> None:
        self.require("window must be at least 1", self.window >= 1, self.window)
        self.require("order must be from -1 to 2", -1.0 <= self.order <= 2.0, self.order)

    @property
    def lookback(self) -> int:
        return self.window

    @property
    def warmup(self) -> int:
        return self.window
