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
    h["mean"], h["m2"], h["n"], h["bad"] = 0.0, 0.0, 0, 0


@jit
def _merge(history: np.ndarray, to: int, a: int, b: int) -> None:
    h, one, two = history[to], history[a], history[b]
    mean, m2, n = _merged(one["mean"], one["m2"], one["n"], two["mean"], two["m2"], two["n"])
    h["mean"], h["m2"], h["n"], h["bad"] = mean, m2, n, one["bad"] + two["bad"]


@jit
def _merged(
    mean: float, m2: float, n: int, mean_2: float, m2_2: float, n_2: int
) -> tuple[float, float, int]:
    """Mean, sum of squared distances to it and number of two samples together."""
    both = n + n_2
    if n == 0 or n_2 == 0:
        return (mean, m2, n) if n_2 == 0 else (mean_2, m2_2, n_2)
    share, apart = n_2 / both, mean_2 - mean
    return mean + apart * share, m2 + m2_2 + apart * apart * (share * n), both


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
                h["n"] += 1
                apart = value - h["mean"]
                h["mean"] += apart / h["n"]
                h["m2"] += apart * (value - h["mean"])
            else:
                h["bad"] += 1
        if at[i] - early > end and started == 1:
            end = turn(history, end, at[i] - early, step, origin, _merge, _clear)
        a, b = history[panes + 2], history[panes]
        middle, m2, n = _merged(a["mean"], a["m2"], a["n"], b["mean"], b["m2"], b["n"])
        good = a["bad"] + b["bad"] == 0
        mean[i] = middle if good and n > 0 else np.nan
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
    registers: ClassVar = np.dtype([(name, "i8") for name in ("seen", "end", "started")])
    history: ClassVar = np.dtype([("mean", "f8"), ("m2", "f8"), ("n", "i8"), ("bad", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"width": "12s", "step": "4s"}
