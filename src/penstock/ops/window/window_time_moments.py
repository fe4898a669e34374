"""Time-weighted mean and standard deviation over a time window."""

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
def _inside(x: F8, ts: I8, start: int, stop: int, anchor: float) -> tuple[float, float]:
    """Areas of what was in force between ticks, and of its square, about an anchor."""
    s1, s2 = 0.0, 0.0
    for j in range(start, stop - 1):
        if ts[j + 1] > ts[j] and maths.is_finite(x[j]):
            e, held = x[j] - anchor, float(ts[j + 1] - ts[j])
            s1, s2 = s1 + e * held, s2 + e * e * held
    return s1, s2


@jit
def _with_ends(
    s1: float, s2: float, anchor: float, first: float, before: float, last: float, after: float
) -> tuple[float, float]:
    """The areas with those of the value that was carried in, and of the one in force, for so long."""
    if before > 0.0:
        e = first - anchor
        s1, s2 = s1 + e * before, s2 + e * e * before
    if after > 0.0:
        e = last - anchor
        s1, s2 = s1 + e * after, s2 + e * e * after
    return s1, s2


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
    period: int,
) -> None:
    # the areas are those between the first and the last tick in the window, as in WindowTimeMean
    s = registers[0]
    s1, s2, anchor, n, bad, since = s["s1"], s["s2"], s["anchor"], s["n"], s["bad"], s["since"]
    head, tail, began, recent = s["head"], s["tail"], s["began"], s["last"]
    for i in range(mean.size):
        start = at[i] - period
        if recent <= start or tail == head:  # nothing of the last window is left
            tail = max(tail, first)
            while tail < upto[i] and ts[tail - first] <= start:
                tail += 1
            head, s1, s2, n, bad = tail, 0.0, 0.0, 0, 0
        while head < upto[i]:
            j = head - 1 - first
            if head > tail and ts[j + 1] > ts[j]:
                if maths.is_finite(x[j]):
                    if n == 0:
                        anchor, s1, s2 = x[j], 0.0, 0.0
                    n += 1
                    e, held = x[j] - anchor, float(ts[j + 1] - ts[j])
                    s1, s2 = s1 + e * held, s2 + e * e * held
                else:
                    bad += 1
            head += 1
            since += 1
        while tail < head and ts[tail - first] <= start:
            j = tail - first
            tail += 1
            if tail < head and ts[j + 1] > ts[j]:
                if maths.is_finite(x[j]):
                    e, held = x[j] - anchor, float(ts[j + 1] - ts[j])
                    s1, s2, n = s1 - e * held, s2 - e * e * held, n - 1
                else:
                    bad -= 1
        recent = at[i]
        mean[i], std[i] = np.nan, np.nan
        if bad > 0 or upto[i] <= began:
            continue
        value: Item = x[upto[i] - 1 - first]
        carried, before, after, whole = value, 0.0, float(period), float(period)
        if tail < head:
            after = float(at[i] - ts[head - 1 - first])
            if tail == began:
                whole = float(at[i] - ts[tail - first])
            else:
                before = float(ts[tail - first] - start)
                carried = x[tail - 1 - first]
        if not (maths.is_finite(value) or (after == 0.0 and whole > 0.0)):
            continue
        if before > 0.0 and not maths.is_finite(carried):
            continue
        if head - tail < 2:
            s1, s2, n, anchor = 0.0, 0.0, 0, value if after >= before else carried
        if whole == 0.0:
            mean[i], std[i] = value, 0.0
            continue
        a1, a2 = _with_ends(s1, s2, anchor, carried, before, value, after)
        spread = a2 - a1 * a1 / whole
        if head - tail >= 2 and (since >= head - tail or 64.0 * spread < a2):
            # all is newer than the anchor, or the anchor is far off
            newest = value if after > 0.0 else x[head - 2 - first]
            anchor = newest if maths.is_finite(newest) else anchor + a1 / whole
            for again in range(2):
                s1, s2 = _inside(x, ts, tail - first, head - first, anchor)
                a1, a2 = _with_ends(s1, s2, anchor, carried, before, value, after)
                spread = a2 - a1 * a1 / whole
                if again == 1 or not 64.0 * spread < a2:
                    break
                anchor += a1 / whole
            since = 0
        found = anchor + a1 / whole
        if maths.is_finite(found):
            mean[i], std[i] = found, maths.sqrt(max(spread, 0.0) / whole)
    s["s1"], s["s2"], s["anchor"], s["n"], s["bad"], s["since"] = s1, s2, anchor, n, bad, since
    s["head"], s["tail"], s["last"] = head, tail, recent


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int) -> dict[str, F8]:
    mean, std = np.full(at.size, np.nan), np.full(at.size, np.nan)
    for i in range(at.size):
        if upto[i] == 0:
            continue
        inside = np.flatnonzero((np.arange(x.size) < upto[i]) & (ts > at[i] - width))
        values, lengths = x[upto[i] - 1 : upto[i]], np.array([width])
        if inside.size:
            edges = [at[i] - width, *ts[inside], at[i]]
            values, lengths = x[[max(inside[0] - 1, 0), *inside]], np.diff(edges)
            if inside[0] == 0:  # the first tick ever
                lengths[0] = 0
        counts = lengths > 0
        if not counts.any():
            values, lengths, counts = values[-1:], np.array([1]), np.array([True])
        if np.isfinite(values[counts]).all():
            held, weight = values[counts], lengths[counts].astype(np.longdouble)
            e = (held - held[-1]).astype(np.longdouble)
            centre = (weight * e).sum() / weight.sum()
            mean[i] = held[-1] + centre
            std[i] = np.sqrt((weight * (e - centre) ** 2).sum() / weight.sum())
    return {"mean": mean, "std": std}


@dataclass(frozen=True, eq=False, repr=False)
class WindowTimeMoments(Operator):
    r"""Mean and standard deviation of the last `width` of time, each value counting as long as it was in force.

    .. math:: \bar x_p = \frac{1}{t_p - b} \int_b^{t_p} x(s) \, ds, \quad
              s_p^2 = \frac{1}{t_p - b} \int_b^{t_p} (x(s) - \bar x_p)^2 \, ds, \quad b = \max(t_p - w, t_0)

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite was in force for some of the window; what was in force for no
    time counts nothing. Warm-up: 1; at the time of the first tick the mean is the value itself. Unit: that of `x`. The
    value in force when the window began is carried into it. Sums about an anchor that moves with the data: a flat
    window has exactly 0.

    References
    ----------
    Hasbrouck, J. (2018). High-frequency quoting: short-term volatility in bids and offers. Journal of Financial and
    Quantitative Analysis 53(2), 613-641. West, D. H. D. (1979), for the sums.

    Examples
    --------
    >>> evaluate(WindowTimeMoments(x, width="2s"), x=[1.0, 3.0, 5.0, 9.0])
    {'mean': [1.0, 1.0, 2.0, 4.0], 'std': [0.0, 0.0, 1.0, 1.0]}
    """

    x: Expr
    width: Duration
    on: Clock = VIEW

    outputs: ClassVar = ("mean", "std")
    registers: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("s1", "s2", "anchor")),
            *((name, "i8") for name in ("n", "bad", "since", "head", "tail", "began", "last")),
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
