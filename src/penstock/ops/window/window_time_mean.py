"""Time-weighted mean over a time window."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8, Item
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr, Operator
from penstock.streams import Clock


@jit
def _kernel(
    out: F8,
    x: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    period: int,
) -> None:
    # the area is that between the first and the last tick in the window; both ends are added at
    # each tick; what was in force when the window began is the value of the tick before its first one
    s = registers[0]
    area, carry, bad = s["area"], s["carry"], s["bad"]
    head, tail, began, last = s["head"], s["tail"], s["began"], s["last"]
    for i in range(out.size):
        start = at[i] - period
        if last <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head, area, carry, bad = tail, 0.0, 0.0, 0
        while head < upto[i]:
            j = head - 1 - first
            if head > tail and ts[j + 1] > ts[j]:
                held: Item = x[j]
                if maths.is_finite(held):
                    area, carry = maths.two_sum(area, carry, held * float(ts[j + 1] - ts[j]))
                else:
                    bad += 1
            head += 1
        while tail < head and ts[tail - first] <= start:
            j = tail - first
            tail += 1
            if tail < head and ts[j + 1] > ts[j]:
                held = x[j]
                if maths.is_finite(held):
                    area, carry = maths.two_sum(area, carry, -held * float(ts[j + 1] - ts[j]))
                else:
                    bad -= 1
        if head - tail < 2:
            area, carry, bad = 0.0, 0.0, 0
        last = at[i]
        known = bad == 0 and upto[i] > began
        value, total, duration = np.nan, area + carry, period
        if known:
            value = x[upto[i] - 1 - first]
        if known and tail < head:
            if tail == began:
                duration = at[i] - ts[tail - first]
            else:
                total += x[tail - 1 - first] * float(ts[tail - first] - start)
            if at[i] > ts[head - 1 - first]:
                total += value * float(at[i] - ts[head - 1 - first])
            if duration > 0:
                value = total / float(duration)
        out[i] = value if maths.is_finite(value) else np.nan
    s["area"], s["carry"], s["bad"] = area, carry, bad
    s["head"], s["tail"], s["last"] = head, tail, last


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        inside = np.flatnonzero((np.arange(x.size) < upto[i]) & (ts > at[i] - width))
        if inside.size == 0:
            out[i] = x[upto[i] - 1] if upto[i] > 0 else np.nan
            continue
        edges = [at[i] - width, *ts[inside], at[i]]
        values = [x[max(inside[0] - 1, 0)], *x[inside]]
        lengths = np.diff(edges)
        if inside[0] == 0:  # the first tick ever
            lengths[0] = 0
        parts = [v * float(w) for v, w in zip(values, lengths, strict=True) if w > 0]
        out[i] = sum(parts) / lengths.sum() if parts else x[upto[i] - 1]
    return np.where(np.isfinite(out), out, np.nan)


@dataclass(frozen=True, eq=False, repr=False)
class WindowTimeMean(Operator):
    r"""Mean of the last `width` of time in which each value counts as long as it was in force.

    .. math:: y_p = \frac{1}{t_p - b} \int_b^{t_p} x(s) \, ds, \quad b = \max(t_p - w, t_0)

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite was in force for some of the window; what
    was in force for no time counts nothing. Warm-up: 1; at the time of the first tick it is the
    value itself. Unit: that of `x`. The value in force when the window began is carried into it;
    before the first tick there is nothing.

    References
    ----------
    Almgren, R., Chriss, N. (2001). Optimal execution of portfolio transactions. Journal of Risk 3,
    5-39: the time-weighted average price.

    Examples
    --------
    >>> evaluate(WindowTimeMean(x, width="2s"), x=[1.0, 3.0, 5.0, 9.0])
    [1.0, 1.0, 2.0, 4.0]
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    version: ClassVar = 2
    registers: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("area", "carry")),
            *((name, "i8") for name in ("bad", "head", "tail", "began", "last")),
        ]
    )
    absolute: ClassVar = {"head": "source", "tail": "source", "began": "source"}
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "5s"}

    def check(self) -> None:
        self.require("width must be positive", self.width > 0, self.width)

    @property
    def period(self) -> int:
        """The width itself: which of the two ends belongs to a window does not change an area."""
        return int(self.width)

    @property
    def retention(self) -> int:
        return self.width
