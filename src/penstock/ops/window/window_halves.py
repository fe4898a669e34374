"""The newer half of a time window's values against the older one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.expr.operator import LINEAR
from penstock.streams import Clock


@jit
def _halves(x: F8, begin: int, end: int) -> float:
    """The newer half's mean less the older one's, both about the newest value: their own level drops out."""
    half = begin + (end - begin) // 2
    if half == begin:
        return np.nan
    anchor = x[end - 1]
    old, old_carry, new, new_carry = 0.0, 0.0, 0.0, 0.0
    for j in range(begin, end):
        if not maths.is_finite(x[j]):
            return np.nan
        if j < half:
            old, old_carry = maths.two_sum(old, old_carry, x[j] - anchor)
        else:
            new, new_carry = maths.two_sum(new, new_carry, x[j] - anchor)
    return (new + new_carry) / (end - half) - (old + old_carry) / (half - begin)


@jit
def _kernel(
    out: F8, x: F8, ts: I8, first: int, at: I8, upto: I8, registers: np.ndarray, width: int
) -> None:
    s = registers[0]
    head, tail, value = s["head"], s["tail"], s["value"]
    for i in range(out.size):
        end, before = upto[i], tail
        tail = max(tail, first)
        while tail < end and ts[tail - first] <= at[i] - width:
            tail += 1
        if head != end or tail != before:  # else it is what it was
            head = end
            value = _halves(x, tail - first, head - first)
        out[i] = value if head > tail else np.nan
    s["head"], s["tail"], s["value"] = head, tail, value


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        seen = np.arange(x.size) < upto[i]
        values = x[seen & (ts > at[i] - width)].astype(np.longdouble)
        half = values.size // 2
        if half and np.isfinite(values).all():
            out[i] = values[half:].mean() - values[:half].mean()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowHalves(Operator):
    r"""Mean of the newer half of the values of the last `width` less that of the older half.

    .. math:: \frac{1}{n - h} \sum_{i > h} x_i - \frac{1}{h} \sum_{i \le h} x_i, \quad
        h = \lfloor n / 2 \rfloor

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: 2 values in the
    window. Unit: that of `x`. Halves of the number of values, not of time: of an odd number the
    middle one is new. The window is (t-w, t] at an event and [T-w, T) over events at a timed tick.
    Made anew from the window whenever it has changed, so that no rounding is left.

    References
    ----------
    Neumaier, A. (1974). Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen.
    ZAMM 54, 39-51.

    Examples
    --------
    >>> evaluate(WindowHalves(x, width="3s"), x=[1.0, 3.0, 8.0])
    [nan, 2.0, 4.5]
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype([("value", "f8"), ("head", "i8"), ("tail", "i8")])
    absolute: ClassVar = {"head": "source", "tail": "source"}
    cost: ClassVar = LINEAR
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}
    exempt: ClassVar = {"warmup": "counted in values of the window, not in ticks"}

    def check(self) -> None:
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def retention(self) -> int:
        return self.width
