"""Weighted mean and standard deviation over a time window."""

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
def _usable(x: Item, q: Item) -> bool:
    """Whether a value counts: finite, with a weight that is finite and positive."""
    return maths.is_finite(x) and maths.is_finite(q) and q > 0.0


@jit
def _sums(x: F8, q: F8, start: int, stop: int, anchor: float) -> tuple[float, float, float]:
    """Sums of the weights, of the weighted values and of their squares about an anchor."""
    s0, s1, s2 = 0.0, 0.0, 0.0
    for j in range(start, stop):
        if _usable(x[j], q[j]):
            e = x[j] - anchor
            s0 += q[j]
            s1 += q[j] * e
            s2 += q[j] * e * e
    return s0, s1, s2


@jit
def _anchored(x: F8, q: F8, start: int, stop: int) -> tuple[float, float, float, float]:
    """An anchor near the values that count, of which there is one, and the sums about it."""
    newest = stop - 1
    while not _usable(x[newest], q[newest]):
        newest -= 1
    anchor = x[newest]  # a flat window is exactly flat about one of its own values
    s0, s1, s2 = _sums(x, q, start, stop, anchor)
    if 64.0 * (s2 - s1 * s1 / s0) < s2:  # the newest value stands apart
        anchor += s1 / s0
        s0, s1, s2 = _sums(x, q, start, stop, anchor)
    return anchor, s0, s1, s2


@jit
def _kernel(
    mean: F8,
    std: F8,
    x: F8,
    weight: F8,
    ts: I8,
    first: int,
    at: I8,
    upto: I8,
    registers: np.ndarray,
    width: int,
) -> None:
    s = registers[0]
    anchor, s0, s1, s2, peak = s["anchor"], s["s0"], s["s1"], s["s2"], s["peak"]
    most, n, bad, since = s["most"], s["n"], s["bad"], s["since"]
    head, tail, last = s["head"], s["tail"], s["last"]
    for i in range(mean.size):
        start = at[i] - width
        if last <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head, n, bad = tail, 0, 0
        while head < upto[i]:
            value: Item = x[head - first]
            q: Item = weight[head - first]
            if _usable(value, q):
                if n == 0:
                    anchor, s0, s1, s2, peak, most, since = value, 0.0, 0.0, 0.0, 0.0, 0.0, 0
                n += 1
                e = value - anchor
                s0, s1, s2 = s0 + q, s1 + q * e, s2 + q * e * e
            elif not (maths.is_finite(value) and maths.is_finite(q)):
                bad += 1
            head += 1
            since += 1
        peak, most = max(peak, s2), max(most, s0)
        while tail < head and ts[tail - first] <= start:
            value = x[tail - first]
            q = weight[tail - first]
            if _usable(value, q):
                n -= 1
                e = value - anchor
                s0, s1, s2 = s0 - q, s1 - q * e, s2 - q * e * e
            elif not (maths.is_finite(value) and maths.is_finite(q)):
                bad -= 1
            tail += 1
        last = at[i]
        spread = 0.0
        if n > 0:
            spread = s2 - s1 * s1 / s0
            # all is newer than the anchor; the anchor is far off; what made the sums big has left
            stale = since >= head - tail or 64.0 * spread < s2
            if stale or 64.0 * s2 < peak or 64.0 * s0 < most:
                anchor, s0, s1, s2 = _anchored(x, weight, tail - first, head - first)
                spread, peak, most, since = s2 - s1 * s1 / s0, s2, s0, 0
        known = n > 0 and bad == 0
        mean[i] = anchor + s1 / s0 if known else np.nan
        std[i] = maths.sqrt(max(spread, 0.0) / s0) if known else np.nan
    s["anchor"], s["s0"], s["s1"], s["s2"], s["peak"] = anchor, s0, s1, s2, peak
    s["most"], s["n"], s["bad"], s["since"] = most, n, bad, since
    s["head"], s["tail"], s["last"] = head, tail, last


def _oracle(x: F8, weight: F8, ts: I8, at: I8, upto: I8, width: int) -> dict[str, F8]:
    mean, std = np.full(at.size, np.nan), np.full(at.size, np.nan)
    for i in range(at.size):
        inside = (np.arange(x.size) < upto[i]) & (ts > at[i] - width)
        values, weights = x[inside], weight[inside]
        if not (np.isfinite(values).all() and np.isfinite(weights).all()):
            continue
        values, weights = values[weights > 0.0], weights[weights > 0.0].astype(np.longdouble)
        if values.size:
            e = (values - values[-1]).astype(np.longdouble)
            centre = (weights * e).sum() / weights.sum()
            mean[i] = values[-1] + centre
            std[i] = np.sqrt((weights * (e - centre) ** 2).sum() / weights.sum())
    return {"mean": mean, "std": std}


@dataclass(frozen=True, eq=False, repr=False)
class WindowWeightedMoments(Operator):
    r"""Weighted mean and standard deviation of the last `width` of time.

    .. math:: \bar x_p = \frac{\sum_{q \in W(p)} w_q x_q}{\sum_{q \in W(p)} w_q}, \quad
        s_p = \sqrt{\frac{\sum_{q \in W(p)} w_q (x_q - \bar x_p)^2}{\sum_{q \in W(p)} w_q}}

    Notes
    -----
    Seed: none. NaN: NaN while a value or weight that is not finite is in the window; a weight that is not positive
    does not count. Warm-up: 1. Unit: that of `x`. As if each value came `weight` times: no correction for the size of
    the sample. The window is (t-w, t] at an event and [T-w, T) over events at a timed tick. Sums about an anchor that
    moves with the data: a flat window has exactly 0, and a spike leaves no trace.

    References
    ----------
    West, D. H. D. (1979). Updating mean and variance estimates: an improved method. Communications of the ACM 22(9),
    532-535.

    Examples
    --------
    >>> evaluate(WindowWeightedMoments(x, y, width="2s"), x=[1.0, 5.0, 5.0], weight=[3.0, 1.0, 1.0])
    {'mean': [1.0, 2.0, 5.0], 'std': [0.0, 1.7320508..., 0.0]}
    """

    x: Expr
    weight: Expr
    width: Duration
    on: Clock = VIEW

    outputs: ClassVar = ("mean", "std")
    registers: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("anchor", "s0", "s1", "s2", "peak", "most")),
            *((name, "i8") for name in ("n", "bad", "since", "head", "tail", "last")),
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
