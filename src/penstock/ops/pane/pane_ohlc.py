"""First, highest, lowest and last value of a time window of panes."""

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
    h["open"], h["high"], h["low"], h["close"], h["n"], h["bad"] = 0.0, 0.0, 0.0, 0.0, 0, 0


@jit
def _merge(history: np.ndarray, to: int, a: int, b: int) -> None:
    h, one, two = history[to], history[a], history[b]
    n = one["n"] + two["n"]
    early = one if one["n"] > 0 else two
    late = two if two["n"] > 0 else one
    start, stop = early["open"], late["close"]
    high, low = max(early["high"], late["high"]), min(early["low"], late["low"])
    h["open"], h["high"], h["low"], h["close"] = start, high, low, stop
    h["n"], h["bad"] = n, one["bad"] + two["bad"]


@jit
def _kernel(
    open: F8,
    high: F8,
    low: F8,
    close: F8,
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
    for i in range(open.size):
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
                    h["open"], h["high"], h["low"] = value, value, value
                h["high"], h["low"] = max(h["high"], value), min(h["low"], value)
                h["close"] = value
                h["n"] += 1
            else:
                h["bad"] += 1
        if at[i] - early > end and started == 1:
            end = turn(history, end, at[i] - early, step, origin, _merge, _clear)
        one, two = history[panes + 2], history[panes]
        open[i], high[i], low[i], close[i] = np.nan, np.nan, np.nan, np.nan
        if one["bad"] + two["bad"] == 0 and one["n"] + two["n"] > 0:
            a = one if one["n"] > 0 else two
            b = two if two["n"] > 0 else one
            open[i], close[i] = a["open"], b["close"]
            high[i], low[i] = max(a["high"], b["high"]), min(a["low"], b["low"])
    s["seen"], s["end"], s["started"] = seen, end, started


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int, step: int, offset: int) -> dict[str, F8]:
    found = {name: np.full(at.size, np.nan) for name in ("open", "high", "low", "close")}
    begin = beginning(at, width, step, offset)
    for i in range(at.size):
        values = x[(np.arange(x.size) < upto[i]) & (ts > begin[i])]
        if values.size and np.isfinite(values).all():
            row = (values[0], values.max(), values.min(), values[-1])
            for name, value in zip(found, row, strict=True):
                found[name][i] = value
    return found


@dataclass(frozen=True, eq=False, repr=False)
class PaneOhlc(Paned):
    r"""First, highest, lowest and last value of the last `width` of time, whose beginning moves in steps.

    .. math:: H_p = \max_{q \in W(p)} x_q, \quad L_p = \min_{q \in W(p)} x_q, \quad
        W(p) = \left( s \lceil t_p / s \rceil - w, \; t_p \right]

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite is in the window. Warm-up: 1; an empty
    window is NaN. Unit: that of `x`. Nothing older than `width` is in the window, and at a multiple
    of `step` it is `width` long. At a timed tick it holds the events from a multiple of `step` on,
    up to before T. Memory: `width / step` summaries.

    References
    ----------
    van Herk, M. (1992). A fast algorithm for local minimum and maximum filters on rectangular and
    octagonal kernels. Pattern Recognition Letters 13(7), 517-521.

    Examples
    --------
    >>> evaluate(PaneOhlc(x, width="2s", step="1s"), x=[1.0, 3.0, 2.0])["high"]
    [1.0, 3.0, 3.0]
    """

    x: Expr
    width: Duration
    step: Duration
    on: Clock = VIEW
    offset: Duration = START

    outputs: ClassVar = ("open", "high", "low", "close")
    history: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("open", "high", "low", "close")),
            *((name, "i8") for name in ("n", "bad")),
        ]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
