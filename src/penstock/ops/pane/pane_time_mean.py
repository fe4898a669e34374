"""Time-weighted mean over a time window of panes."""

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
    h["area"], h["carry"], h["before"], h["value"] = 0.0, 0.0, 0.0, 0.0
    h["first"], h["last"], h["n"], h["bad"] = 0, 0, 0, 0


@jit
def _merge(history: np.ndarray, to: int, a: int, b: int) -> None:
    # a summary is of the time from its first tick to its last one, so an empty pane changes nothing
    h, one, two = history[to], history[a], history[b]
    n, bad = one["n"] + two["n"], one["bad"] + two["bad"]
    early = one if one["n"] > 0 else two
    late = two if two["n"] > 0 else one
    before, first, value, last = early["before"], early["first"], late["value"], late["last"]
    area, carry = maths.two_sum(one["area"], one["carry"], two["area"])
    carry += two["carry"]
    if one["n"] > 0 and two["n"] > 0 and two["first"] > one["last"]:
        if maths.is_finite(one["value"]):
            between = one["value"] * float(two["first"] - one["last"])
            area, carry = maths.two_sum(area, carry, between)
        else:
            bad += 1
    h["area"], h["carry"], h["before"], h["value"] = area, carry, before, value
    h["first"], h["last"], h["n"], h["bad"] = first, last, n, bad


@jit
def _add(h: np.void, time: int, value: float, before: float) -> None:
    """Take one more tick into a summary; `before` was in force until then."""
    if h["n"] == 0:
        h["first"], h["before"] = time, before
    elif time > h["last"]:
        if maths.is_finite(h["value"]):
            more = h["value"] * float(time - h["last"])
            h["area"], h["carry"] = maths.two_sum(h["area"], h["carry"], more)
        else:
            h["bad"] += 1
    h["last"], h["value"] = time, value
    h["n"] += 1


@jit
def _mean(h: np.void, begin: int, at: int, ticks: int) -> float:
    """The mean from the beginning of a window to now, of whose ticks there have been so many ever."""
    if h["bad"] > 0:
        return np.nan
    total, value = h["area"] + h["carry"], h["value"]
    if h["n"] == ticks:  # before the first tick there is nothing
        begin = h["first"]
    if h["first"] > begin:
        total += h["before"] * float(h["first"] - begin)
    if at > h["last"]:
        total += value * float(at - h["last"])
    return total / float(at - begin) if at > begin else value


@jit
def _kernel(
    out: F8,
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
    s, panes = registers[0], history.size - 4
    seen: int = s["seen"]
    end: int = s["end"]
    ticks: int = s["ticks"]
    newest = s["newest"]
    for i in range(out.size):
        seen = max(seen, first)
        while seen < upto[i]:
            time, value = ts[seen - first], x[seen - first]
            seen += 1
            if ticks == 0:
                end = time - width - step
            if time > end:
                end = turn(history[: panes + 3], end, time, step, origin, _merge, _clear)
            _add(history[panes], time, value, newest)
            newest = value
            ticks += 1
        if at[i] - early > end and ticks > 0:
            end = turn(history[: panes + 3], end, at[i] - early, step, origin, _merge, _clear)
        _merge(history, panes + 3, panes + 2, panes)
        mean = newest if ticks > 0 else np.nan
        if history[panes + 3]["n"] > 0:
            mean = _mean(history[panes + 3], end + early - width, at[i], ticks)
        out[i] = mean if maths.is_finite(mean) else np.nan
    s["seen"], s["end"], s["ticks"], s["newest"] = seen, end, ticks, newest


def _oracle(x: F8, ts: I8, at: I8, upto: I8, width: int, step: int, offset: int) -> F8:
    out = np.full(at.size, np.nan)
    begin = beginning(at, width, step, offset)
    for i in range(at.size):
        seen = np.flatnonzero(np.arange(x.size) < upto[i])
        if seen.size == 0:
            continue
        start = max(begin[i], ts[0])
        lengths = np.append(ts[seen[1:]], at[i]) - ts[seen]  # how long each value was in force
        lengths = np.minimum(lengths, np.append(ts[seen[1:]], at[i]) - start)
        parts = [x[j] * float(w) for j, w in zip(seen, lengths, strict=True) if w > 0]
        out[i] = np.sum(parts, dtype=np.longdouble) / (at[i] - start) if parts else x[seen[-1]]
    return np.where(np.isfinite(out), out, np.nan)


@dataclass(frozen=True, eq=False, repr=False)
class PaneTimeMean(Paned):
    r"""Mean of the last `width` of time, by how long each value was in force; its beginning moves in steps.

    .. math:: y_p = \frac{1}{t_p - b} \int_b^{t_p} x(u) \, du, \quad
        b = \max\left( s \lceil t_p / s \rceil - w, \; t_0 \right)

    Notes
    -----
    Seed: none. NaN: NaN while a value that is not finite was in force for some of the window; what
    was in force for no time counts nothing. Warm-up: 1; at the time of the first tick it is the
    value itself. Unit: that of `x`. The value in force when the window began is carried into it;
    before the first tick there is nothing. Memory: `width / step` summaries.

    References
    ----------
    Almgren, R., Chriss, N. (2001). Optimal execution of portfolio transactions. Journal of Risk 3,
    5-39: the time-weighted average price.

    Examples
    --------
    >>> evaluate(PaneTimeMean(x, width="2s", step="1s"), x=[1.0, 3.0, 5.0, 9.0])
    [1.0, 1.0, 2.0, 4.0]
    """

    x: Expr
    width: Duration
    step: Duration
    on: Clock = VIEW
    offset: Duration = START

    registers: ClassVar = np.dtype(
        [("newest", "f8"), *((name, "i8") for name in ("seen", "end", "ticks"))]
    )
    history: ClassVar = np.dtype(
        [
            *((name, "f8") for name in ("area", "carry", "before", "value")),
            *((name, "i8") for name in ("first", "last", "n", "bad")),
        ]
    )
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)

    @property
    def history_items(self) -> int:
        """One more, for all of the window."""
        return super().history_items + 1
