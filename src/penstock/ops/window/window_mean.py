"""Mean over a time window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(
    out: F8, x: F8, ts: I8, first: int, at: I8, upto: I8, registers: np.ndarray, width: int
) -> None:
    s = registers[0]
    total, carry, bad, head, tail, last = (
        s["total"],
        s["carry"],
        s["bad"],
        s["head"],
        s["tail"],
        s["last"],
    )
    for i in range(out.size):
        start = at[i] - width
        if last <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head = tail
            total, carry, bad = 0.0, 0.0, 0
        while head < upto[i]:
            value = x[head - first]
            if maths.is_finite(value):
                total, carry = maths.two_sum(total, carry, value)
            else:
                bad += 1
            head += 1
        while tail < head and ts[tail - first] <= start:
            value = x[tail - first]
            if maths.is_finite(value):
                total, carry = maths.two_sum(total, carry, -value)
            else:
                bad -= 1
            tail += 1
        if tail == head:
            total, carry = 0.0, 0.0
        last = at[i]
        out[i] = (total + carry) / (head - tail) if bad == 0 and head > tail else np.nan
    s["total"], s["carry"], s["bad"], s["head"], s["tail"], s["last"] = (
        total,
        carry,
        bad,
        head,
        tail,
        last,
    )


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        seen = np.arange(x.size) < upto[i]
        values = x[seen & (ts > at[i] - width)]
        if values.size and np.isfinite(values).all():
            out[i] = values.astype(np.longdouble).mean()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowMean(Operator):
    r"""Mean of the last `width` of time.

    .. math:: y_p = \frac{1}{|W(p)|} \sum_{q \in W(p)} x_q

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: 1;
    an empty window is NaN. Unit: that of `x`. The window is (t-w, t] at an event and [T-w, T) over
    events at a timed tick. Compensated, and exact again whenever the window empties.

    References
    ----------
    Neumaier, A. (1974). Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen.
    ZAMM 54, 39-51.

    Examples
    --------
    >>> evaluate(WindowMean(x, width="2s"), x=[1.0, 3.0, 2.0])
    [1.0, 2.0, 2.5]
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype(
        [
            ("total", "f8"),
            ("carry", "f8"),
            ("bad", "i8"),
            ("head", "i8"),
            ("tail", "i8"),
            ("last", "i8"),
        ]
    )
    absolute: ClassVar = {"head": "source", "tail": "source"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}

    def check(self) -> None:
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def retention(self) -> int:
        return self.width
