"""Volume-weighted average price over a time window."""

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
    out: F8,
    price: F8,
    size: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    width: int,
) -> None:
    s = registers[0]
    notional, n_carry, volume, v_carry = s["notional"], s["n_carry"], s["volume"], s["v_carry"]
    traded, bad, head, tail, last = s["traded"], s["bad"], s["head"], s["tail"], s["last"]
    for i in range(out.size):
        start = at[i] - width
        if last <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head, traded, bad = tail, 0, 0
            notional, n_carry, volume, v_carry = 0.0, 0.0, 0.0, 0.0
        while head < upto[i]:
            q = size[head - first]
            pq = price[head - first] * q
            head += 1
            if maths.is_finite(pq):
                traded += 1 if q != 0.0 else 0
                notional, n_carry = maths.two_sum(notional, n_carry, pq)
                volume, v_carry = maths.two_sum(volume, v_carry, q)
            else:
                bad += 1
        while tail < head and ts[tail - first] <= start:
            q = size[tail - first]
            pq = price[tail - first] * q
            tail += 1
            if maths.is_finite(pq):
                traded -= 1 if q != 0.0 else 0
                notional, n_carry = maths.two_sum(notional, n_carry, -pq)
                volume, v_carry = maths.two_sum(volume, v_carry, -q)
            else:
                bad -= 1
        if traded == 0:  # what is left is rounding
            notional, n_carry, volume, v_carry = 0.0, 0.0, 0.0, 0.0
        last = at[i]
        out[i] = maths.divide(notional + n_carry, volume + v_carry) if bad == 0 else np.nan
    s["notional"], s["n_carry"], s["volume"], s["v_carry"] = notional, n_carry, volume, v_carry
    s["traded"], s["bad"], s["head"], s["tail"], s["last"] = traded, bad, head, tail, last


def _oracle(price: F8, size: F8, ts: I8, at: I8, upto: I8, width: int) -> F8:
    out = np.full(at.size, np.nan)
    for i in range(at.size):
        inside = (np.arange(price.size) < upto[i]) & (ts > at[i] - width)
        p, q = price[inside].astype(np.longdouble), size[inside].astype(np.longdouble)
        if np.isfinite(p * q).all() and q.sum() != 0.0:
            out[i] = (p * q).sum() / q.sum()
    return out


@dataclass(frozen=True, eq=False, repr=False)
class WindowVwap(Operator):
    r"""Price per unit traded in the last `width` of time.

    .. math:: y_p = \frac{\sum_{q \in W(p)} P_q Q_q}{\sum_{q \in W(p)} Q_q}

    Notes
    -----
    Seed: none. NaN: NaN while a price or size that is not finite is in the window, and
    where nothing was traded. Warm-up: 1. Unit: that of `price`. The window is
    (t-w, t] at an event and [T-w, T) over events at a timed tick.
    Compensated, exact again whenever the window empties.

    References
    ----------
    Berkowitz, S. A., Logue, D. E., Noser, E. A. (1988). The total cost of transactions on the NYSE.
    Journal of Finance 43(1), 97-112.

    Examples
    --------
    >>> evaluate(WindowVwap(x, y, width="2s"), price=[1.0, 4.0, 2.0], size=[2.0, 1.0, 1.0])
    [1.0, 2.0, 3.0]
    """

    price: Expr
    size: Expr
    width: Duration
    on: Clock = VIEW

    registers: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("notional", "n_carry", "volume", "v_carry")),
            *((name, "i8") for name in ("traded", "bad", "head", "tail", "last")),
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
