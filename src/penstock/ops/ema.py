"""Exponential moving average by span or half-life."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _kernel(out: F8, x: F8, registers: np.ndarray, span: float) -> None:
    s = registers[0]
    y, n, alpha = s["y"], s["n"], 2.0 / (span + 1.0)
    for i in range(out.size):
        value = x[i]
        if maths.is_finite(value):
            y = y + alpha * (value - y) if n > 0 else value
            n += 1
        out[i] = y if n > 0 else np.nan
    s["y"], s["n"] = y, n


def _oracle(x: F8, span: float) -> F8:
    out, alpha = np.full(x.size, np.nan), 2.0 / (span + 1.0)
    for t in range(x.size):
        known = x[: t + 1][np.isfinite(x[: t + 1])]
        if known.size:
            weights = alpha * (1.0 - alpha) ** np.arange(known.size)[::-1]
            weights[0] /= alpha  # the seed is the first value
            out[t] = np.dot(weights, known)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class Ema(Operator):
    r"""Exponential moving average.

    .. math:: y_t = y_{t-1} + \alpha (x_t - y_{t-1}), \quad \alpha = 2 / (\text{span} + 1)

    Notes
    -----
    Seed: the first value. NaN: skipped, and so is an infinity; the last average stands.
    Warm-up: 1. Unit: that of `x`.

    References
    ----------
    Roberts, S. W. (1959). Control chart tests based on geometric moving averages. Technometrics 1(3), 239-250.

    Examples
    --------
    >>> evaluate(Ema(x, span=3.0), x=[1.0, 3.0, 3.0])
    [1.0, 2.0, 2.5]
    """

    x: Expr
    span: float

    registers: ClassVar = np.dtype([("y", "f8"), ("n", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"span": 9.0}

    def check(self) -> None:
        self.require("span must be at least 1", self.span >= 1.0, self.span)
