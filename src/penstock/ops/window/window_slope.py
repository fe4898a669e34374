"""Slope of a line through the values of a time window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import power, times
from penstock.expr import VIEW, Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.streams import Clock


@jit
def _kernel(out: F8, x: F8, ts: I8, first: int, at: I8, upto: I8, width: int) -> None:
    for i in range(at.size):
        end = upto[i] - first
        start = end
        while start > 0 and ts[start - 1] > at[i] - width:
            start -= 1
        base = x[end - 1] if end > 0 and maths.is_finite(x[end - 1]) else 0.0
        n, ages, level = 0, 0, 0.0
        for j in range(start, end):
            if maths.is_finite(x[j]):
                n += 1
                ages += at[i] - ts[j]
                level += x[j] - base
        level = maths.divide(level, float(n))
        over, under = 0.0, 0.0
        for j in range(start, end):
            if maths.is_finite(x[j]):
                # from the mean, in whole nanoseconds: a stamp has more digits than a float
                age = float(n * (at[i] - ts[j]) - ages) / (1e9 * n)
                over += age * (x[j] - base - level)
                under += age * age
        out[i] = -over / under if under > 0.0 else np.nan


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        inside = (np.arange(x.size) < upto[i]) & (ts > at[i] - width) & np.isfinite(x)
        t, y = ts[inside] - at[i], x[inside].astype(np.longdouble)
        if np.unique(t).size > 1:
            off = t.astype(np.longdouble) / 1_000_000_000
            off -= off.mean()
            out[i] = (off * (y - y.mean())).sum() / (off * off).sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowSlope(Operator):
    r"""Slope of the least-squares line of values on their times over the last `width`, by second.

    .. math::
        b_p = \frac{\sum_{q \in W(p)} (\tau_q - \bar \tau) (x_q - \bar x)}{\sum_{q \in W(p)} (\tau_q - \bar \tau)^2}

    Notes
    -----
    Seed: none. NaN: skipped, and so is an infinity; NaN without two values of different times. Warm-up: 2. Unit:
    that of `x` by second. The window is (t-w, t] at an event and [T-w, T) over events at a timed tick. A tick costs
    the values of its window: use it where ticks are few or windows short.

    References
    ----------
    Draper, N. R., Smith, H. (1998). Applied Regression Analysis, chapter 1.

    Examples
    --------
    >>> evaluate(WindowSlope(x, width="10s"), x=[1.0, 3.0, 5.0])
    [nan, 2.0, 2.0]
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "20s"}

    def check(self) -> None:
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def retention(self) -> int:
        return self.width

    @property
    def warmup(self) -> int:
        return 2

    @property
    def unit(self) -> str:
        return times(self.x.unit, power("s", -1))
