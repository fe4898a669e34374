"""Covariance, correlation and slope of two columns over a time window of panes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8, Item
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE, power, times
from penstock.expr import VIEW, Expr
from penstock.ops.pane.ring import Paned, beginning, turn
from penstock.streams import Clock
from penstock.streams.clocks import START


@jit
def _clear(history: np.ndarray, to: int) -> None:
    h = history[to]
    h["x0"], h["y0"], h["x"], h["y"] = 0.0, 0.0, 0.0, 0.0
    h["xx"], h["yy"], h["xy"], h["n"], h["bad"] = 0.0, 0.0, 0.0, 0, 0


@jit
def _merge(history: np.ndarray, to: int, a: int, b: int) -> None:
    # x and y are means above the anchors x0 and y0, which are values of the sample
    h, one, two = history[to], history[a], history[b]
    n, m, bad = one["n"], two["n"], one["bad"] + two["bad"]
    some = two if n == 0 else one
    x0, y0, x, y = some["x0"], some["y0"], some["x"], some["y"]
    xx, yy, xy = one["xx"] + two["xx"], one["yy"] + two["yy"], one["xy"] + two["xy"]
    if n > 0 and m > 0:
        share = m / (n + m)
        dx = (two["x0"] - x0) + (two["x"] - x)
        dy = (two["y0"] - y0) + (two["y"] - y)
        x, y, share_of_both = x + dx * share, y + dy * share, share * n
        xx, yy = xx + dx * dx * share_of_both, yy + dy * dy * share_of_both
        xy += dx * dy * share_of_both
    h["x0"], h["y0"], h["x"], h["y"] = x0, y0, x, y
    h["xx"], h["yy"], h["xy"], h["n"], h["bad"] = xx, yy, xy, n + m, bad


@jit
def _add(h: np.void, x: float, y: float) -> None:
    """Take one more pair into a summary."""
    if h["n"] == 0:
        h["x0"], h["y0"] = x, y
    h["n"] += 1
    x, y = x - h["x0"], y - h["y0"]
    dx, dy = x - h["x"], y - h["y"]
    h["x"] += dx / h["n"]
    h["y"] += dy / h["n"]
    h["xx"] += dx * (x - h["x"])
    h["yy"] += dy * (y - h["y"])
    h["xy"] += dx * (y - h["y"])


@jit
def _kernel(
    covariance: F8,
    correlation: F8,
    slope: F8,
    x: F8,
    y: F8,
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
    s, panes = registers[0], history.size - 4
    seen: int = s["seen"]
    end: int = s["end"]
    started: int = s["started"]
    for i in range(slope.size):
        seen = max(seen, first)
        while seen < upto[i]:
            time = ts[seen - first]
            a: Item = x[seen - first]
            b: Item = y[seen - first]
            seen += 1
            if started == 0:
                started, end = 1, time - width - step
            if time > end:
                end = turn(history[: panes + 3], end, time, step, origin, _merge, _clear)
            if maths.is_finite(a) and maths.is_finite(b):
                _add(history[panes], a, b)
            else:
                history[panes]["bad"] += 1
        if at[i] - early > end and started == 1:
            end = turn(history[: panes + 3], end, at[i] - early, step, origin, _merge, _clear)
        _merge(history, panes + 3, panes + 2, panes)
        h = history[panes + 3]
        good = h["bad"] == 0 and h["n"] > 1
        covariance[i] = h["xy"] / (h["n"] - 1) if good else np.nan
        slope[i] = maths.divide(h["xy"], h["xx"]) if good else np.nan
        correlation[i] = np.nan
        if good:
            both = maths.sqrt(h["xx"]) * maths.sqrt(h["yy"])
            correlation[i] = (
                min(max(maths.divide(h["xy"], both), -1.0), 1.0) if both > 0.0 else np.nan
            )
    s["seen"], s["end"], s["started"] = seen, end, started


def _oracle(
    x: F8, y: F8, ts: I8, at: I8, upto: I8, width: int, step: int, offset: int
) -> dict[str, F8]:
    names = ("covariance", "correlation", "slope")
    found = {name: np.full(at.size, np.nan) for name in names}
    begin = beginning(at, width, step, offset)
    for i in range(at.size):
        inside = (np.arange(x.size) < upto[i]) & (ts > begin[i])
        a, b = x[inside].astype(np.longdouble), y[inside].astype(np.longdouble)
        if a.size < 2 or not np.isfinite(a + b).all():
            continue
        dx, dy = a - a[0], b - b[0]
        dx, dy = dx - dx.mean(), dy - dy.mean()
        flat = [(v == v[0]).all() for v in (a, b)]
        found["covariance"][i] = 0.0 if any(flat) else (dx * dy).sum() / (a.size - 1)
        if not any(flat):
            found["correlation"][i] = (dx * dy).sum() / np.sqrt((dx * dx).sum() * (dy * dy).sum())
        if not flat[0]:
            found["slope"][i] = 0.0 if flat[1] else (dx * dy).sum() / (dx * dx).sum()
    return found


@dataclass(frozen=True, eq=False, repr=False)
class PaneRegression(Paned):
    r"""Slope of `y` on `x` over the last `width` of time, whose beginning moves in steps.

    .. math:: \hat\beta_p = \frac{\sum_{q \in W(p)} (x_q - \bar x_p)(y_q - \bar y_p)}
        {\sum_{q \in W(p)} (x_q - \bar x_p)^2}, \quad
        W(p) = \left( s \lceil t_p / s \rceil - w, \; t_p \right]

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: 2; the slope is
    NaN where `x` is flat, the correlation where either is. Unit: covariance in both units, slope in
    that of `y` by that of `x`, correlation 1. Nothing older than `width` is in the window, and at a
    multiple of `step` it is `width` long. At a timed tick it holds the events from a multiple of
    `step` on, up to before T. Memory: `width / step` summaries.

    References
    ----------
    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the sample variance.
    The American Statistician 37(3), 242-247: moments of two samples together.

    Examples
    --------
    >>> line = PaneRegression(x, y, width="3s", step="1s")
    >>> evaluate(line, x=[1.0, 2.0, 3.0], y=[1.0, 3.0, 5.0])["slope"]
    [nan, 2.0, 2.0]
    """

    x: Expr
    y: Expr
    width: Duration
    step: Duration
    on: Clock = VIEW
    offset: Duration = START

    outputs: ClassVar = ("covariance", "correlation", "slope")
    history: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("x0", "y0", "x", "y", "xx", "yy", "xy")),
            *((name, "i8") for name in ("n", "bad")),
        ]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def history_items(self) -> int:
        """The ring, its three records, and the whole window."""
        return self.panes + 4

    @property
    def warmup(self) -> int:
        return 2

    def unit_of(self, output: str) -> str:
        units = {
            "covariance": times(self.x.unit, self.y.unit),
            "correlation": ONE,
            "slope": times(self.y.unit, power(self.x.unit, -1)),
        }
        return units[output]
