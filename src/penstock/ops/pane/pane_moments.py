"""Mean and standard deviation over a time window of panes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.expr import VIEW, Expr
from penstock.ops.pane.ring import Paned, beginning, turn
from penstock.streams import Clock
from penstock.streams.clocks import START


@jit
def _clear(history: np.ndarray, to: int) -> None:
    h = history[to]
    h["anchor"], h["mean"], h["m2"], h["n"], h["bad"] = 0.0, 0.0, 0.0, 0, 0


@jit
def _merge(history: np.ndarray, to: int, a: int, b: int) -> None:
    h, bad = history[to], history[a]["bad"] + history[b]["bad"]
    anchor, mean, m2, n = _merged(history[a], history[b])
    h["anchor"], h["mean"], h["m2"], h["n"], h["bad"] = anchor, mean, m2, n, bad


@jit
def _merged(one: np.void, two: np.void) -> tuple[float, float, float, int]:
    """Anchor, mean above it, sum of squared distances to the mean and number of two samples together.

    The anchor is a value of the sample: distances to it keep the digits that a level of 1e9 takes.
    """
    n, m, anchor, mean = one["n"], two["n"], one["anchor"], one["mean"]
    if m == 0:
        return anchor, mean, one["m2"], n
    if n == 0:
        return two["anchor"], two["mean"], two["m2"], m
    apart, share = (two["anchor"] - anchor) + (two["mean"] - mean), m / (n + m)
    m2 = one["m2"] + two["m2"] + apart * apart * (share * n)
    return anchor, mean + apart * share, m2, n + m


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
    history: np.ndarray,
    width: int,
    step: int,
    origin: int,
    early: int,
) -> None:
    s, panes = registers[0], history.size - 3
    seen: int = s["seen"]
    end: int = s["end"]
    started: int = s["started"]
    for i in range(mean.size):
        seen = max(seen, first)
        while seen < upto[i]:
            time, value = ts[seen - first], x[seen - first]
            seen += 1
            if started == 0:
                started, end = 1, time - width - step
            if time > end:
                end = turn(history, end, time, step, origin, _merge, _clear)
            h = history[panes]
            if maths.is_finite(value):
                if h["n"] == 0:
                    h["anchor"] = value
                h["n"] += 1
                value -= h["anchor"]
                apart = value - h["mean"]
                h["mean"] += apart / h["n"]
                h["m2"] += apart * (value - h["mean"])
            else:
                h["bad"] += 1
        if at[i] - early > end and started == 1:
            end = turn(history, end, at[i] - early, step, origin, _merge, _clear)
        rest, opened = history[panes + 2], history[panes]
        anchor, above, m2, n = _merged(rest, opened)
        good = rest["bad"] + opened["bad"] == 0
        mean[i] = anchor + above if good and n > 0 else np.nan
        std[i] = maths.sqrt(m2 / (n - 1)) if good and n > 1 else np.nan
    s["seen"], s["end"], s["started"] = seen, end, started


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int, step: int, offset: int) -> dict[str, F8]:
    mean, std = np.full(at.size, np.nan), np.full(at.size, np.nan)
    begin = beginning(at, width, step, offset)
    for i in range(at.size):
        values = x[(np.arange(x.size) < upto[i]) & (ts > begin[i])].astype(np.longdouble)
        if values.size and np.isfinite(values).all():
            mean[i] = values.mean()
            if values.size > 1:
                std[i] = values.std(ddof=1)
    return {"mean": mean, "std": std}


@dataclass(frozen=True, eq=False, repr=False)
class PaneMoments(Paned):
    r"""Mean and sample standard deviation of the last `width` of time, whose beginning moves in steps.

    .. math:: \bar x_p = \frac{1}{n} \sum_{q \in W(p)} x_q, \quad
        s_p = \sqrt{\frac{1}{n-1} \sum_{q \in W(p)} (x_q - \bar x_p)^2}, \quad
        W(p) = \left( s \lceil t_p / s \rceil - w, \; t_p \right]

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: 1, and 2 values
    in the window for `std`. Unit: that of `x`. Nothing older than `width` is in the window, and at a
    multiple of `step` it is `width` long. At a timed tick it holds the events from a multiple of
    `step` on, up to before T. Memory: `width / step` summaries. A flat window has exactly 0.

    References
    ----------
    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the sample variance.
    The American Statistician 37(3), 242-247: moments of two samples together.

    Examples
    --------
    >>> evaluate(PaneMoments(x, width="2s", step="1s"), x=[1.0, 3.0, 3.0])
    {'mean': [1.0, 2.0, 3.0], 'std': [nan, 1.41421356..., 0.0]}
    """

    x: Expr
    width: Duration
    step: Duration
    on: Clock = VIEW
    offset: Duration = START

    outputs: ClassVar = ("mean", "std")
    history: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("anchor", "mean", "m2")),
            *((name, "i8") for name in ("n", "bad")),
        ]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
