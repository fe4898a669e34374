"""Mean with fading memory."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.ops.asof import AsOf
from penstock.ops.decay.fading import Fading
from penstock.streams import Clock


@jit
def _kernel(out: F8, x: F8, at: I8, registers: np.ndarray, halflife: int) -> None:
    s = registers[0]
    total, weight, last = s["total"], s["weight"], s["last"]
    for i in range(out.size):
        if maths.is_finite(x[i]):
            if weight > 0.0 and at[i] != last:
                fade = maths.exp2(-float(at[i] - last) / float(halflife))
                total, weight = total * fade, weight * fade
            total, weight = total + x[i], weight + 1.0
            last = at[i]
        out[i] = maths.divide(total, weight)
    s["total"], s["weight"], s["last"] = total, weight, last


def _oracle(x: F8, at: I8, halflife: int) -> F8:
    out, known = np.full(x.size, np.nan), np.isfinite(x)
    for t in range(x.size):
        seen = np.flatnonzero(known[: t + 1])
        if seen.size:
            weights = np.exp2((at[seen] - at[seen[-1]]) / halflife)
            out[t] = np.dot(weights, x[seen]) / weights.sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class DecayedMean(Fading):
    r"""Mean in which a value counts half after each half-life.

    .. math:: y_p = \frac{\sum_{q \le p} w_q x_q}{\sum_{q \le p} w_q}, \; w_q = 2^{-(t_p - t_q)/h}

    Notes
    -----
    Seed: the first value. NaN: skipped, and so is an infinity; the last mean stands. Warm-up: 1.
    Unit: that of `x`. Between events all weights fade alike, so on another clock the mean is as-of.

    References
    ----------
    Eckner, A. (2012). Algorithms for unevenly spaced time series: moving averages and other rolling
    operators.

    Examples
    --------
    >>> evaluate(DecayedMean(x, halflife="1s"), x=[1.0, 4.0])
    [1.0, 3.0]
    """

    x: Expr
    halflife: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("total", "f8"), ("weight", "f8"), ("last", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"halflife": "3s"}

    def sampled(self, on: Clock) -> Operator:
        return AsOf(self, on=on)
