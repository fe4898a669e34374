"""Mean and standard deviation over a time window."""

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
def _sums(x: F8, start: int, stop: int, anchor: float) -> tuple[float, float]:
    """Sum and sum of squares of the finite values about an anchor."""
    s1, s2 = 0.0, 0.0
    for j in range(start, stop):
        if maths.is_finite(x[j]):
            e = x[j] - anchor
            s1 += e
            s2 += e * e
    return s1, s2


@jit
def _anchored(x: F8, start: int, stop: int, n: int) -> tuple[float, float, float]:
    """An anchor near the ``n`` finite values, of which there is one, and the sums about it."""
    newest = stop - 1
    while not maths.is_finite(x[newest]):
        newest -= 1
    anchor = x[newest]  # a flat window is exactly flat about one of its own values
    s1, s2 = _sums(x, start, stop, anchor)
    if 64.0 * (s2 - s1 * s1 / n) < s2:  # the newest value stands apart
        anchor += s1 / n
        s1, s2 = _sums(x, start, stop, anchor)
    return anchor, s1, s2


@jit
def _kernel(
    mean: F8,
    std: F8,
    x: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    width: int,
) -> None:
    s = registers[0]
    anchor, s1, s2, peak, n = s["anchor"], s["s1"], s["s2"], s["peak"], s["n"]
    since, head, tail, last = s["since"], s["head"], s["tail"], s["last"]
    for i in range(mean.size):
        start = at[i] - width
        if last <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head, n = tail, 0
        while head < upto[i]:
            value: Item = x[head - first]
            if maths.is_finite(value):
                if n == 0:
                    anchor, s1, s2, peak, since = value, 0.0, 0.0, 0.0, 0
                n += 1
                s1 += value - anchor
                s2 += (value - anchor) * (value - anchor)
            head += 1
            since += 1
        peak = max(peak, s2)
        while tail < head and ts[tail - first] <= start:
            value = x[tail - first]
            if maths.is_finite(value):
                n -= 1
                s1 -= value - anchor
                s2 -= (value - anchor) * (value - anchor)
            tail += 1
        last = at[i]
        spread = 0.0
        if n > 0:
            spread = s2 - s1 * s1 / n
            # all is newer than the anchor; the anchor is far off; what made the sums big has left
            if since >= head - tail or 64.0 * spread < s2 or 64.0 * s2 < peak:
                anchor, s1, s2 = _anchored(x, tail - first, head - first, n)
                spread, peak, since = s2 - s1 * s1 / n, s2, 0
        known = n > 0 and n == head - tail
        mean[i] = anchor + s1 / n if known else np.nan
        std[i] = maths.sqrt(max(spread, 0.0) / (n - 1)) if known and n > 1 else np.nan
    s["anchor"], s["s1"], s["s2"], s["peak"], s["n"] = anchor, s1, s2, peak, n
    s["since"], s["head"], s["tail"], s["last"] = since, head, tail, last


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> dict[str, F8]:
    mean, std = np.full(at.size, np.nan), np.full(at.size, np.nan)
    for i in range(at.size):
        values = x[(np.arange(x.size) < upto[i]) & (ts > at[i] - width)].astype(np.longdouble)
        if values.size and np.isfinite(values).all():
            mean[i] = values.mean()
            if values.size > 1:
                std[i] = values.std(ddof=1)
    return {"mean": mean, "std": std}


@dataclass(frozen=True, eq=False, repr=False)
class WindowMoments(Operator):
    r"""Mean and sample standard deviation of the last `width` of time.

    .. math:: \bar x_p = \frac{1}{n} \sum_{q \in W(p)} x_q, \quad
        s_p = \sqrt{\frac{1}{n-1} \sum_{q \in W(p)} (x_q - \bar x_p)^2}

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: 1, and 2 values
    in the window for `std`. Unit: that of `x`. The window is (t-w, t] at an event and [T-w, T) over
    events at a timed tick. Sums about an anchor that moves with the data: a flat window has exactly
    0, and a spike leaves no trace.

    References
    ----------
    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the sample variance.
    The American Statistician 37(3), 242-247.

    Examples
    --------
    >>> evaluate(WindowMoments(x, width="2s"), x=[1.0, 3.0, 3.0])
    {'mean': [1.0, 2.0, 3.0], 'std': [nan, 1.41421356..., 0.0]}
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    outputs: ClassVar = ("mean", "std")
    registers: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("anchor", "s1", "s2", "peak")),
            *((name, "i8") for name in ("n", "since", "head", "tail", "last")),
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
