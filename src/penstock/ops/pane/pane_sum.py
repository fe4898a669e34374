"""Sum, mean and count over a time window of panes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import VIEW, Expr
from penstock.ops.pane.ring import Paned, beginning, turn
from penstock.streams import Clock
from penstock.streams.clocks import START


@jit
def _clear(history: np.ndarray, to: int) -> None:
    h = history[to]
    h["total"], h["carry"], h["known"], h["bad"] = 0.0, 0.0, 0, 0


@jit
def _merge(history: np.ndarray, to: int, a: int, b: int) -> None:
    h, one, two = history[to], history[a], history[b]
    total, carry = maths.two_sum(one["total"], one["carry"], two["total"])
    h["total"], h["carry"] = total, carry + two["carry"]
    h["known"], h["bad"] = one["known"] + two["known"], one["bad"] + two["bad"]


@jit
def _kernel(
    sum: F8,
    mean: F8,
    count: F8,
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
    for i in range(sum.size):
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
                h["total"], h["carry"] = maths.two_sum(h["total"], h["carry"], value)
                h["known"] += 1
            else:
                h["known"] += 0 if maths.is_nan(value) else 1
                h["bad"] += 1
        if at[i] - early > end and started == 1:
            end = turn(history, end, at[i] - early, step, origin, _merge, _clear)
        opened, rest = history[panes], history[panes + 2]
        total, carry = maths.two_sum(rest["total"], rest["carry"], opened["total"])
        total += carry + opened["carry"]
        known, bad = rest["known"] + opened["known"], rest["bad"] + opened["bad"]
        sum[i] = total if bad == 0 else np.nan
        mean[i] = total / known if bad == 0 and known > 0 else np.nan
        count[i] = float(known)
    s["seen"], s["end"], s["started"] = seen, end, started


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int, step: int, offset: int) -> dict[str, F8]:
    found = {name: np.full(at.size, np.nan) for name in ("sum", "mean", "count")}
    begin = beginning(at, width, step, offset)
    for i in range(at.size):
        values = x[(np.arange(x.size) < upto[i]) & (ts > begin[i])].astype(np.longdouble)
        found["count"][i] = np.count_nonzero(~np.isnan(values))
        if np.isfinite(values).all():
            found["sum"][i] = values.sum()
            found["mean"][i] = values.mean() if values.size else np.nan
    return found


@dataclass(frozen=True, eq=False, repr=False)
class PaneSum(Paned):
    r"""Sum, mean and count of the last `width` of time, whose beginning moves in steps.

    .. math:: S_p = \sum_{q \in W(p)} x_q, \quad
        W(p) = \left( s \lceil t_p / s \rceil - w, \; t_p \right]

    Notes
    -----
    Seed: none. NaN: sum and mean are NaN while a value that is not finite is in the window; count is
    of all but NaN. Warm-up: 1; an empty window has sum 0. Unit: that of `x`; of the count 1. Nothing
    older than `width` is in the window, and at a multiple of `step` it is `width` long. At a timed
    tick it holds the events from a multiple of `step` on, up to before T. Memory: `width / step`
    summaries. Compensated.

    References
    ----------
    Li, J., Maier, D., Tufte, K., Papadimos, V., Tucker, P. A. (2005). No pane, no gain: efficient
    evaluation of sliding-window aggregates over data streams. SIGMOD Record 34(1), 39-44.

    Examples
    --------
    >>> evaluate(PaneSum(x, width="2s", step="1s"), x=[1.0, 3.0, 2.0])["sum"]
    [1.0, 4.0, 5.0]
    """

    x: Expr
    width: Duration
    step: Duration
    on: Clock = VIEW
    offset: Duration = START

    outputs: ClassVar = ("sum", "mean", "count")
    history: ClassVar = np.dtype([("total", "f8"), ("carry", "f8"), ("known", "i8"), ("bad", "i8")])
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    def unit_of(self, output: str) -> str:
        return ONE if output == "count" else self.x.unit
